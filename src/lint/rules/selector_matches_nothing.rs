//! Selectors of Sidecars and Telemetries that pick no pod (IST0101).

use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::lint::mesh_facts::selected;
use crate::lint::model::Model;

pub(super) static RULE: Rule = Rule {
    id: "selector-matches-nothing",
    title: "a Sidecar or a Telemetry selects no workload",
    severity: Severity::Low,
    confidence: Confidence::Medium,
    page: page!("selector_matches_nothing.md"),
};

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    if model.workloads.is_empty() {
        return;
    }
    let sidecars = model.mesh.sidecars.iter();
    let sidecars = sidecars.map(|one| (&one.resource, &one.selector, "workloadSelector"));
    let telemetries = model.mesh.telemetries.iter();
    let telemetries = telemetries.map(|one| (&one.resource, &one.selector, "selector"));
    for (resource, selector, key) in sidecars.chain(telemetries) {
        if selector.is_empty() || !selected(model, resource.namespace, selector).is_empty() {
            continue;
        }
        let span = resource.key_span(&["spec", key]);
        found.push(
            resource
                .finding(&RULE, (span, "matches no pod"), "selects no workload: it holds for nobody")
                .help("use the labels of the pod template, and check the namespace"),
        );
    }
}
