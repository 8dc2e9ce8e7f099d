//! An AuthorizationPolicy with a rule that matches every request.

use crate::kernel::document::Node;
use crate::kernel::finding::{Confidence, Finding, Rule, Severity};
use crate::lint::model::Model;
use crate::lint::model::istio::Action;

pub(super) static RULE: Rule = Rule {
    id: "authorization-policy-allow-all",
    title: "an AuthorizationPolicy allows every request",
    severity: Severity::High,
    confidence: Confidence::High,
    page: include_str!("authorization_policy_allow_all.md"),
};

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    for policy in &model.authorization_policies {
        if policy.action != Action::Allow || policy.dry_run.is_some() {
            continue;
        }
        let Some(rule) = policy.rules.iter().find(|rule| matches_everything(rule)) else {
            continue;
        };
        let subject = policy.resource.subject();
        let message = format!("{subject} allows every request: one of its rules has no condition");
        let span = if rule.span.start == rule.span.end {
            policy.resource.key_span(&["spec", "rules"])
        } else {
            rule.span
        };
        found.push(
            Finding::new(&RULE, subject, message)
                .at(policy.resource.source(), span, "matches everything")
                .help(
                    "name who may call:\n  rules:\n  - from:\n    - source:\n        principals:\n        \
                     - cluster.local/ns/production/sa/order-service",
                ),
        );
    }
}

/// `{}`, or a rule whose `from`, `to` and `when` are all absent.
fn matches_everything(rule: &Node) -> bool {
    let absent = |key: &str| rule.get(key).is_none_or(Node::is_null);
    (rule.is_null() || rule.as_mapping().is_some())
        && ["from", "to", "when"].into_iter().all(absent)
}
