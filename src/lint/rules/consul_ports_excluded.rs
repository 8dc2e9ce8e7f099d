//! `consul.hashicorp.com/transparent-proxy-exclude-inbound-ports`, and a proxy to which nothing is redirected.

use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::lint::model::Model;

pub(super) static RULE: Rule = Rule {
    id: "consul-ports-excluded",
    title: "ports bypass Consul's proxy",
    severity: Severity::High,
    confidence: Confidence::High,
    page: page!("consul_ports_excluded.md"),
};

const PORTS: &str = "consul.hashicorp.com/transparent-proxy-exclude-inbound-ports";
const TRANSPARENT: &str = "consul.hashicorp.com/transparent-proxy";

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    for workload in &model.workloads {
        let said = |key: &str| workload.annotations.get(key).map_or("", |value| value.trim());
        let (key, what) = if !said(PORTS).is_empty() {
            let what = format!("lets inbound port {} bypass Consul's proxy: no mTLS and no intention holds there", said(PORTS));
            (PORTS, what)
        } else if matches!(said(TRANSPARENT), "0" | "f" | "F" | "false" | "FALSE" | "False") {
            let what = "redirects nothing to Consul's proxy: its ports are open without mTLS, whatever intentions deny";
            (TRANSPARENT, what.to_owned())
        } else {
            continue;
        };
        let resource = &workload.resource;
        let span = workload.metadata_span("annotations", key).unwrap_or(resource.name_span);
        found.push(
            resource
                .finding(&RULE, (span, "past the proxy"), what)
                .help("remove the annotation, or let the application listen on the loopback address alone"),
        );
    }
}
