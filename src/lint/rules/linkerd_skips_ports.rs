//! `config.linkerd.io/skip-inbound-ports`.

use crate::kernel::finding::{Confidence, Finding, Rule, Severity};
use crate::lint::model::Model;

pub(super) static RULE: Rule = Rule {
    id: "linkerd-skips-ports",
    title: "ports bypass Linkerd's proxy",
    severity: Severity::High,
    confidence: Confidence::High,
    page: include_str!("linkerd_skips_ports.md"),
};

const ANNOTATION: &str = "config.linkerd.io/skip-inbound-ports";

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
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
                .help("remove the annotation; for protocols that the proxy cannot detect use `config.linkerd.io/opaque-ports`"),
        );
    }
}
