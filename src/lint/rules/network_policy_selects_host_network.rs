//! A NetworkPolicy for pods that share the network of their node.

use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::lint::model::Model;

pub(super) static RULE: Rule = Rule {
    id: "network-policy-selects-host-network",
    title: "a NetworkPolicy selects pods on the host network",
    severity: Severity::Medium,
    confidence: Confidence::High,
    page: page!("network_policy_selects_host_network.md"),
};

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    for policy in model.network_policies.iter().filter(|policy| !policy.pod_selector.is_empty()) {
        for (_, workload) in model.selected(policy.resource.namespace, &policy.pod_selector) {
            let Some(span) = workload.host_network else {
                continue;
            };
            let subject = policy.resource.subject();
            let message = format!(
                "{subject} selects {}, which is on the host network: most networks do not apply it there",
                workload.resource.subject()
            );
            found.push(
                Finding::new(&RULE, subject, message)
                    .at(policy.resource.source(), policy.selector_span, "selects a pod on the host network")
                    .and(workload.resource.source(), span, "shares the network of its node")
                    .help("take the pod off the host network, or guard the node itself"),
            );
        }
    }
}
