//! `outboundTrafficPolicy: ALLOW_ANY`, the default.

use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::lint::model::Model;

pub(super) static RULE: Rule = Rule {
    id: "outbound-traffic-unrestricted",
    title: "the mesh lets workloads call any host outside",
    severity: Severity::Low,
    confidence: Confidence::High,
    page: page!("outbound_traffic_unrestricted.md"),
};

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    for config in &model.mesh.configs {
        if config.outbound.as_deref().is_none_or(|mode| mode == "ALLOW_ANY") {
            found.push(
                config
                    .resource
                    .finding(&RULE, (config.span, "the mesh's configuration"), "lets workloads call any host outside the mesh")
                    .help("write `outboundTrafficPolicy: {mode: REGISTRY_ONLY}`, and limit egress with NetworkPolicies"),
            );
        }
    }
    for sidecar in &model.mesh.sidecars {
        if let Some(span) = sidecar.allows_any {
            found.push(
                sidecar
                    .resource
                    .finding(&RULE, (span, "any host"), "lets its workloads call any host outside the mesh")
                    .help("write `outboundTrafficPolicy: {mode: REGISTRY_ONLY}`, and limit egress with NetworkPolicies"),
            );
        }
    }
}
