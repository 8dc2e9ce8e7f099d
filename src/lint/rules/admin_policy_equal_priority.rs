//! AdminNetworkPolicies of one tier and priority.

use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::lint::model::Model;
use crate::lint::model::admin_network_policy::{ClusterPolicy, Tier};
use crate::lint::model::network_policy::Direction;

pub(super) static RULE: Rule = Rule {
    id: "admin-policy-equal-priority",
    title: "two cluster policies of one priority may contradict each other",
    severity: Severity::Medium,
    confidence: Confidence::High,
    page: page!("admin_policy_equal_priority.md"),
};

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    let policies = &model.cluster_policies;
    for (index, policy) in policies.iter().enumerate() {
        let before = policies.iter().take(index);
        let Some(other) = before.rev().find(|other| may_contradict(policy, other)) else {
            continue;
        };
        let subject = policy.resource.subject();
        let message = format!(
            "{subject} has the priority {} of {}: which is asked first is not defined",
            policy.priority,
            other.resource.subject()
        );
        let span = policy.resource.key_span(&["spec", "priority"]);
        let other_span = other.resource.key_span(&["spec", "priority"]);
        found.push(
            Finding::new(&RULE, subject, message)
                .at(policy.resource.source(), span, "the same priority")
                .and(other.resource.source(), other_span, "as here")
                .help("give each its own priority; the lower one is asked first"),
        );
    }
}

/// Same tier and priority, and both have rules of a direction that do different things.
fn may_contradict(a: &ClusterPolicy<'_>, b: &ClusterPolicy<'_>) -> bool {
    let together = |direction: Direction| {
        let actions = |policy: &ClusterPolicy<'_>| -> Vec<_> {
            policy.rules(direction).iter().map(|rule| rule.action).collect()
        };
        let (a, b) = (actions(a), actions(b));
        a.iter().any(|one| b.iter().any(|other| one != other))
    };
    let is_same = (a.tier, a.priority) == (b.tier, b.priority) && a.resource.name != b.resource.name;
    is_same && a.tier == Tier::Admin && Direction::ALL.into_iter().any(together)
}
