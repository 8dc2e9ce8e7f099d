//! `config.linkerd.io/skip-inbound-ports`.

use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::lint::model::Model;

pub(super) static RULE: Rule = Rule {
    id: "linkerd-skips-ports",
    title: "ports bypass Linkerd's proxy",
    severity: Severity::High,
    confidence: Confidence::High,
    page: page!("linkerd_skips_ports.md"),
};

const HELP: &str = "remove the annotation; for protocols that the proxy cannot detect use `config.linkerd.io/opaque-ports`";
const ANNOTATION: &str = "config.linkerd.io/skip-inbound-ports";

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    for namespace in model.namespaces.values() {
        let resource = &namespace.resource;
        let annotations = resource.at(&["metadata", "annotations"]);
        let Some(entry) = annotations.and_then(|map| map.entry(ANNOTATION)) else {
            continue;
        };
        let ports = entry.value.as_str().unwrap_or_default().trim();
        if !ports.is_empty() {
            let what = format!("lets inbound port {ports} of its pods bypass Linkerd's proxy: no mTLS and no policy holds there");
            let span = entry.key_span.to(entry.value.span);
            found.push(resource.finding(&RULE, (span, "past the proxy"), what).help(HELP));
        }
    }
    for workload in &model.workloads {
        let ports = workload.annotations.get(ANNOTATION).map_or("", |ports| ports.trim());
        if ports.is_empty() {
            continue;
        }
        let resource = &workload.resource;
        let span = workload.metadata_span("annotations", ANNOTATION).unwrap_or(resource.name_span);
        let what = format!("lets inbound port {ports} bypass Linkerd's proxy: no mTLS and no policy holds there");
        found.push(
            resource
                .finding(&RULE, (span, "past the proxy"), what)
                .help(HELP),
        );
    }
}
