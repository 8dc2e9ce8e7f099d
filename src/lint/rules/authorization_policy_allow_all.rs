//! An AuthorizationPolicy with a rule that matches every request.

use crate::kernel::document::Node;
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::lint::model::Model;
use crate::lint::model::istio::Action;

pub(super) static RULE: Rule = Rule {
    id: "authorization-policy-allow-all",
    title: "an AuthorizationPolicy allows every request",
    severity: Severity::High,
    confidence: Confidence::High,
    page: page!("authorization_policy_allow_all.md"),
};

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    for policy in &model.authorization_policies {
        if policy.action != Action::Allow || policy.dry_run.is_some() {
            continue;
        }
        let Some(rule) = policy.rules.iter().map(|rule| rule.node).find(|rule| matches_everything(rule)) else {
            continue;
        };
        let subject = policy.resource.subject();
        let why = if has_no_condition(rule) {
            "one of its rules has no condition"
        } else {
            "the conditions of one of its rules are wildcards"
        };
        let message = format!("{subject} allows every request: {why}");
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
fn has_no_condition(rule: &Node) -> bool {
    let absent = |key: &str| rule.get(key).is_none_or(Node::is_null);
    (rule.is_null() || rule.as_mapping().is_some())
        && ["from", "to", "when"].into_iter().all(absent)
}

/// One source and one operation, where there are any, are met by every request, and nothing else is asked.
fn matches_everything(rule: &Node) -> bool {
    let clause = |list: &str, item: &str, matches: fn(&str, &Node) -> bool| match rule.get(list) {
        None => true,
        Some(list) if list.is_null() => true,
        Some(list) => list
            .as_sequence()
            .unwrap_or_default()
            .iter()
            .filter_map(|one| one.get(item))
            .any(|one| is_wildcard(one, matches)),
    };
    has_no_condition(rule)
        || (rule.get("when").is_none_or(Node::is_null)
            && clause("from", "source", matches_every_source)
            && clause("to", "operation", matches_every_operation))
}

/// Fields are ANDed, the values of one ORed.
fn is_wildcard(clause: &Node, matches: fn(&str, &Node) -> bool) -> bool {
    let fields = clause.as_mapping().unwrap_or_default();
    !fields.is_empty()
        && fields.iter().all(|field| {
            let values = field.value.as_sequence().unwrap_or_default();
            values.iter().any(|value| matches(&field.key, value))
        })
}

/// `principals: ["*"]` is no wildcard: it asks for some identity of the mesh.
fn matches_every_source(field: &str, value: &Node) -> bool {
    matches!(field, "ipBlocks" | "remoteIpBlocks") && matches!(value.as_str(), Some("0.0.0.0/0" | "::/0"))
}

fn matches_every_operation(field: &str, value: &Node) -> bool {
    match field {
        "hosts" | "methods" => value.as_str() == Some("*"),
        "paths" => matches!(value.as_str(), Some("*" | "/*" | "/{**}")),
        _ => false,
    }
}
