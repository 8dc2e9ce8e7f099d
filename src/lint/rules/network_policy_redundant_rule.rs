//! A rule that another rule of the same policy already allows.

use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::lint::model::Model;
use crate::lint::model::network_policy::{Direction, PolicyRule, Ports};

pub(super) static RULE: Rule = Rule {
    id: "network-policy-redundant-rule",
    title: "a NetworkPolicy rule adds nothing",
    severity: Severity::Info,
    confidence: Confidence::High,
    page: page!("network_policy_redundant_rule.md"),
};

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    for policy in &model.network_policies {
        for direction in Direction::ALL {
            let section = policy.section(direction).filter(|_| policy.isolates(direction));
            let rules = section.map(|section| section.rules.as_slice()).unwrap_or_default();
            for (index, rule) in rules.iter().enumerate() {
                let covering = rules.iter().enumerate().find(|(other, wide)| {
                    *other != index && covers(wide, rule) && (*other < index || !covers(rule, wide))
                });
                let Some((_, wide)) = covering.filter(|_| rule.span.start < rule.span.end) else {
                    continue;
                };
                let subject = policy.resource.subject();
                let message = format!(
                    "{} rule {} of {subject} adds nothing: another rule allows all of it",
                    direction.section(),
                    index + 1
                );
                found.push(
                    Finding::new(&RULE, subject, message)
                        .at(policy.resource.source(), rule.span, "is allowed already")
                        .and(policy.resource.source(), wide.span, "allows it")
                        .help("remove one of them: a rule that decides nothing hides the one that does"),
                );
            }
        }
    }
}

/// Whether everything that `narrow` allows is allowed by `wide`.
fn covers(wide: &PolicyRule<'_>, narrow: &PolicyRule<'_>) -> bool {
    let ports = wide.ports == Ports::All
        || (!narrow.listed_ports.is_empty()
            && narrow.listed_ports.iter().all(|port| {
                wide.listed_ports.iter().any(|other| other.ports == port.ports)
            }));
    let peers = wide.peers.is_empty()
        || (!narrow.peers.is_empty()
            && narrow.peers.iter().all(|peer| {
                wide.peers.iter().any(|other| {
                    (&other.pods, &other.namespaces, &other.addresses)
                        == (&peer.pods, &peer.namespaces, &peer.addresses)
                })
            }));
    ports && peers
}
