//! A policy for every pod that lets everything through, beside a default-deny.

use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::lint::model::Model;
use crate::lint::model::network_policy::{Direction, NetworkPolicy, Ports};

pub(super) static RULE: Rule = Rule {
    id: "network-policy-default-allow",
    title: "a NetworkPolicy voids the default-deny of its namespace",
    severity: Severity::High,
    confidence: Confidence::High,
    page: page!("network_policy_default_allow.md"),
};

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    for policy in model.network_policies.iter().filter(|policy| policy.pod_selector.is_empty()) {
        for direction in Direction::ALL {
            let Some(deny) = denied_by(model, policy, direction) else {
                continue;
            };
            let section = policy.section(direction).filter(|_| policy.isolates(direction));
            let rules = section.map(|section| section.rules.as_slice()).unwrap_or_default();
            let open = rules.iter().find(|rule| rule.peers.is_empty() && rule.ports == Ports::All);
            let (Some(open), Some(section)) = (open, section) else {
                continue;
            };
            let span = if open.span.start == open.span.end { section.key_span } else { open.span };
            let subject = policy.resource.subject();
            let message = format!(
                "{subject} lets everything through for every pod: the default-deny for {} of {} is void",
                direction.section(),
                deny.resource.subject()
            );
            found.push(
                Finding::new(&RULE, subject, message)
                    .at(policy.resource.source(), span, "policies add up: this one decides")
                    .and(deny.resource.source(), deny.resource.name_span, "denies nothing any more")
                    .help("remove the rule, or name whom it is for"),
            );
        }
    }
}

/// Another policy of the namespace that isolates every pod and allows nothing.
fn denied_by<'m, 'a>(
    model: &'m Model<'a>,
    policy: &NetworkPolicy<'a>,
    direction: Direction,
) -> Option<&'m NetworkPolicy<'a>> {
    model.network_policies_in(policy.resource.namespace).find(|other| {
        let rules = other.section(direction).map_or(0, |section| section.rules.len());
        other.pod_selector.is_empty() && other.isolates(direction) && rules == 0
    })
}
