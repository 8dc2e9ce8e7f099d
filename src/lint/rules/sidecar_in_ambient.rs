//! Sidecar resources for pods of ambient mode (IST0167).

use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::lint::injection::{Membership, membership};
use crate::lint::mesh_facts::{is_ambient, selected};
use crate::lint::model::Model;

pub(super) static RULE: Rule = Rule {
    id: "sidecar-in-ambient",
    title: "a Sidecar does nothing in ambient mode",
    severity: Severity::Low,
    confidence: Confidence::High,
    page: page!("sidecar_in_ambient.md"),
};

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    for sidecar in &model.mesh.sidecars {
        let resource = &sidecar.resource;
        let pods = selected(model, resource.namespace, &sidecar.selector);
        let all_ambient = !pods.is_empty() && pods.iter().all(|pod| membership(model, pod) == Membership::Ambient);
        let waits_for_pods = pods.is_empty() && is_ambient(model, resource.namespace);
        if !all_ambient && !waits_for_pods {
            continue;
        }
        found.push(
            resource
                .finding(&RULE, (resource.name_span, "no sidecar reads it"), "does nothing: its pods are in ambient mode and have no sidecar")
                .help("remove it; limit egress with policies at a waypoint and with NetworkPolicies"),
        );
    }
}
