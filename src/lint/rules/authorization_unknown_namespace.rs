//! Source namespaces that the input does not hold (IST0101, KIA0101).

use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::lint::model::istio::Attribute;
use crate::lint::model::Model;

pub(super) static RULE: Rule = Rule {
    id: "authorization-unknown-namespace",
    title: "a policy names a namespace that is not there",
    severity: Severity::Low,
    confidence: Confidence::Medium,
    page: page!("authorization_unknown_namespace.md"),
};

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    if model.namespaces.is_empty() {
        return;
    }
    for policy in &model.authorization_policies {
        let matchers = policy.rules.iter().flat_map(|rule| rule.matchers());
        let namespaces = matchers.filter(|matcher| matcher.attribute == Attribute::Namespace);
        let values = namespaces.flat_map(|matcher| matcher.values.iter().chain(&matcher.not_values));
        for value in values {
            if is_known(model, value.text) {
                continue;
            }
            let what = format!("names namespace `{}`, which is not in the input", value.text);
            found.push(
                policy
                    .resource
                    .finding(&RULE, (value.span, "no such namespace"), what)
                    .help("correct the name, or add the manifest of the namespace to the input"),
            );
        }
    }
}

fn is_known(model: &Model<'_>, pattern: &str) -> bool {
    if let Some(suffix) = pattern.strip_prefix('*') {
        return suffix.contains('*') || model.namespaces.keys().any(|name| name.ends_with(suffix));
    }
    match pattern.split_once('*') {
        Some((prefix, _)) => model.namespaces.keys().any(|name| name.starts_with(prefix)),
        None => model.namespaces.contains_key(pattern),
    }
}
