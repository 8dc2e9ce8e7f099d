//! Paths that are denied exactly, and everything else that reaches the same handler.

use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::lint::model::istio::{Action, Attribute};
use crate::lint::model::Model;

pub(super) static RULE: Rule = Rule {
    id: "authorization-deny-exact-path",
    title: "a DENY by an exact path is evaded by another spelling",
    severity: Severity::Low,
    confidence: Confidence::Medium,
    page: page!("authorization_deny_exact_path.md"),
};

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    for policy in &model.authorization_policies {
        let denies = policy.action == Action::Deny;
        if !denies && policy.action != Action::Allow {
            continue;
        }
        let matchers = policy.rules.iter().flat_map(|rule| rule.matchers());
        let mut paths = matchers
            .filter(|matcher| matcher.attribute == Attribute::Path)
            .flat_map(|matcher| if denies { &matcher.values } else { &matcher.not_values });
        let Some(path) = paths.find(|path| path.text.starts_with('/') && !path.text.contains(['*', '{'])) else {
            continue;
        };
        let what = format!("refuses `{}` exactly: another spelling of the path may pass", path.text);
        found.push(
            policy
                .resource
                .finding(&RULE, (path.span, "this spelling alone"), what)
                .help("prefer an ALLOW that names the paths that may be called, or deny the prefix as well"),
        );
    }
}
