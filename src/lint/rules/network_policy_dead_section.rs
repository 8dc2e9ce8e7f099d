//! A section of a NetworkPolicy that `policyTypes` switches off.

use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::lint::model::Model;
use crate::lint::model::network_policy::Direction;

pub(super) static RULE: Rule = Rule {
    id: "network-policy-dead-section",
    title: "a NetworkPolicy section has no effect without its policy type",
    severity: Severity::Medium,
    confidence: Confidence::High,
    page: page!("network_policy_dead_section.md"),
};

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    for policy in &model.network_policies {
        for direction in Direction::ALL {
            let Some(section) = policy.section(direction) else {
                continue;
            };
            // Without `policyTypes` an empty `egress` is dead too: nothing is isolated.
            if policy.isolates(direction) {
                continue;
            }
            let subject = policy.resource.subject();
            let (name, policy_type) = (direction.section(), direction.policy_type());
            let message = format!(
                "{subject} has a section `{name}` that does nothing: `policyTypes` does not hold `{policy_type}`"
            );
            found.push(
                Finding::new(&RULE, subject, message)
                    .at(policy.resource.source(), section.key_span, "has no effect")
                    .help(format!("add it:\n  policyTypes:\n  - {policy_type}")),
            );
        }
    }
}
