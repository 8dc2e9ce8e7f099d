//! `spiffe://` in front of a principal: Istio adds it itself.

use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::lint::model::istio::Attribute;
use crate::lint::model::Model;

pub(super) static RULE: Rule = Rule {
    id: "authorization-principal-with-scheme",
    title: "a principal is written with its scheme and matches nobody",
    severity: Severity::High,
    confidence: Confidence::High,
    page: page!("authorization_principal_with_scheme.md"),
};

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    for policy in &model.authorization_policies {
        let matchers = policy.rules.iter().flat_map(|rule| rule.matchers());
        let principals = matchers.filter(|matcher| matcher.attribute == Attribute::Principal);
        let values = principals.flat_map(|matcher| matcher.values.iter().chain(&matcher.not_values));
        for value in values.filter(|value| value.text.starts_with("spiffe://")) {
            let what = format!("names the principal `{}`, which matches nobody: Istio adds `spiffe://` itself", value.text);
            found.push(
                policy
                    .resource
                    .finding(&RULE, (value.span, "matches nobody"), what)
                    .help(format!("write `{}`", value.text.trim_start_matches("spiffe://"))),
            );
        }
    }
}
