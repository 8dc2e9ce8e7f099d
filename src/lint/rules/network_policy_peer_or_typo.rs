//! Two peers, a namespace and pods, where one dash too many makes OR of AND.

use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::lint::model::Model;
use crate::lint::model::network_policy::{Direction, Peer};

pub(super) static RULE: Rule = Rule {
    id: "network-policy-peer-or-typo",
    title: "a namespace and pods are two peers where one was likely meant",
    severity: Severity::Medium,
    confidence: Confidence::Low,
    page: page!("network_policy_peer_or_typo.md"),
};

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    for policy in &model.network_policies {
        let sections = Direction::ALL
            .into_iter()
            .filter(|direction| policy.isolates(*direction))
            .filter_map(|direction| policy.section(direction));
        for rule in sections.flat_map(|section| &section.rules) {
            for pair in rule.peers.windows(2) {
                let [first, second] = pair else { continue };
                if !(only_namespaces(first) && only_pods(second)) {
                    continue;
                }
                let subject = policy.resource.subject();
                let message = format!(
                    "{subject} allows every pod of the namespaces selected here, and beside them pods of its own \
                     namespace: the second dash makes two peers"
                );
                found.push(
                    Finding::new(&RULE, subject, message)
                        .at(policy.resource.source(), first.span, "every pod of these namespaces")
                        .and(policy.resource.source(), second.span, "a peer of its own")
                        .help(
                            "to allow only these pods in these namespaces, write one peer:\n  - namespaceSelector: …\n    \
                             podSelector: …",
                        ),
                );
            }
        }
    }
}

fn only_namespaces(peer: &Peer<'_>) -> bool {
    peer.namespaces.is_some() && peer.pods.is_none() && peer.addresses.is_none()
}

fn only_pods(peer: &Peer<'_>) -> bool {
    peer.pods.as_ref().is_some_and(|selector| !selector.is_empty())
        && peer.namespaces.is_none()
        && peer.addresses.is_none()
}
