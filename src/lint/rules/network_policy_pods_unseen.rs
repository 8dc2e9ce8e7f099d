//! A NetworkPolicy about pods of a namespace of which the input holds none: whether it selects any is not known.

use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::kernel::source::Span;
use crate::lint::model::Model;
use crate::lint::model::network_policy::{Direction, NetworkPolicy, Peer};

pub(super) static RULE: Rule = Rule {
    id: "network-policy-pods-unseen",
    title: "the pods that a NetworkPolicy selects are not in the input",
    severity: Severity::Info,
    confidence: Confidence::Low,
    page: page!("network_policy_pods_unseen.md"),
};

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    for policy in &model.network_policies {
        if model.workloads_in(policy.resource.namespace).next().is_some() {
            continue;
        }
        if !policy.pod_selector.is_empty() {
            found.push(finding(policy, policy.selector_span, "selects pods"));
        }
        for direction in Direction::ALL {
            let rules = policy.section(direction).map(|section| section.rules.as_slice());
            let mut peers = rules.unwrap_or_default().iter().flat_map(|rule| &rule.peers);
            if let Some(peer) = peers.find(|peer| names_pods(peer)) {
                found.push(finding(policy, peer.span, "has a peer"));
            }
        }
    }
}

/// Whether a peer selects pods of the policy's own namespace by their labels.
fn names_pods(peer: &Peer<'_>) -> bool {
    let pods = peer.pods.as_ref().filter(|_| peer.namespaces.is_none());
    pods.is_some_and(|pods| !pods.is_empty())
}

fn finding(policy: &NetworkPolicy<'_>, span: Span, what: &str) -> Finding {
    let namespace = policy.resource.namespace;
    let what = format!("{what} in namespace `{namespace}`, of which the input holds none: it may select nothing");
    policy
        .resource
        .finding(&RULE, (span, "no pod to match"), what)
        .help("lint the workloads together with their policies")
}
