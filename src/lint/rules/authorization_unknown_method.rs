//! Methods that are neither of HTTP nor written as HTTP writes them (KIA0102).

use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::lint::model::istio::Attribute;
use crate::lint::model::Model;

pub(super) static RULE: Rule = Rule {
    id: "authorization-unknown-method",
    title: "a policy names a method that no request has",
    severity: Severity::Medium,
    confidence: Confidence::High,
    page: page!("authorization_unknown_method.md"),
};

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    for policy in &model.authorization_policies {
        let matchers = policy.rules.iter().flat_map(|rule| rule.matchers());
        let methods = matchers.filter(|matcher| matcher.attribute == Attribute::Method);
        for value in methods.flat_map(|matcher| matcher.values.iter().chain(&matcher.not_values)) {
            let is_upper = |c: char| c.is_ascii_uppercase() || matches!(c, '*' | '-' | '_');
            if value.text.chars().all(is_upper) {
                continue;
            }
            let what = format!("names the method `{}`, which no request has", value.text);
            found.push(
                policy
                    .resource
                    .finding(&RULE, (value.span, "matches no request"), what)
                    .help("methods are written in upper case; a call of gRPC is told by its path, `/package.Service/Method`"),
            );
        }
    }
}
