//! A peer of a NetworkPolicy that selects no workload of the input.

use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::lint::model::Model;
use crate::lint::model::network_policy::{Direction, NetworkPolicy, Peer};
use crate::lint::wording;

pub(super) static RULE: Rule = Rule {
    id: "network-policy-peer-selects-nothing",
    title: "a peer of a NetworkPolicy selects no workload",
    severity: Severity::Low,
    confidence: Confidence::Medium,
    page: page!("network_policy_peer_selects_nothing.md"),
};

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    for policy in &model.network_policies {
        for direction in Direction::ALL {
            let rules = policy.section(direction).map(|section| section.rules.as_slice());
            for peer in rules.unwrap_or_default().iter().flat_map(|rule| &rule.peers) {
                found.extend(finding(model, policy, peer));
            }
        }
    }
}

/// Peers of other namespaces are left alone: their workloads are often in another repository.
fn finding(model: &Model<'_>, policy: &NetworkPolicy<'_>, peer: &Peer<'_>) -> Option<Finding> {
    let pods = peer.pods.as_ref().filter(|_| peer.namespaces.is_none())?;
    let namespace = policy.resource.namespace;
    let seen = model.workloads_in(namespace).count();
    let selects = model.selected(namespace, pods).next().is_some();
    if seen == 0 || selects {
        return None;
    }
    let subject = policy.resource.subject();
    let message = format!(
        "a peer of {subject} {} of namespace `{namespace}`",
        wording::selects_none_of(seen)
    );
    Some(
        Finding::new(&RULE, subject, message)
            .at(policy.resource.source(), peer.span, "matches no pod")
            .help("correct the labels, add a `namespaceSelector` if the pods are elsewhere, or remove the peer"),
    )
}
