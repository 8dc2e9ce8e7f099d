//! A Gateway whose selector picks no pod of the input (IST0101).

use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::lint::mesh_facts::gateway_pods;
use crate::lint::model::Model;

pub(super) static RULE: Rule = Rule {
    id: "gateway-selects-nothing",
    title: "a Gateway configures no pod",
    severity: Severity::Low,
    confidence: Confidence::Medium,
    page: page!("gateway_selects_nothing.md"),
};

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    let shows_gateways = model.workloads.iter().any(|one| one.labels.contains_key("istio"));
    for gateway in model.mesh.gateways.iter().filter(|_| shows_gateways) {
        if gateway.selector.is_empty() || !gateway_pods(model, gateway).is_empty() {
            continue;
        }
        let span = gateway.resource.key_span(&["spec", "selector"]);
        found.push(
            gateway
                .resource
                .finding(&RULE, (span, "matches no pod"), "selects no workload of the input: it opens nothing")
                .help("use the labels of the gateway's pods"),
        );
    }
}
