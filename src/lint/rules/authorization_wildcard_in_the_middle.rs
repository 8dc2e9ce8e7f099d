//! A star that is neither first nor last, where it stands for itself.

use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::lint::model::istio::Attribute;
use crate::lint::model::Model;

pub(super) static RULE: Rule = Rule {
    id: "authorization-wildcard-in-the-middle",
    title: "a star in the middle of a value is not a wildcard",
    severity: Severity::Medium,
    confidence: Confidence::High,
    page: page!("authorization_wildcard_in_the_middle.md"),
};

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    for policy in &model.authorization_policies {
        for matcher in policy.rules.iter().flat_map(|rule| rule.matchers()) {
            let knows_any = matches!(
                matcher.attribute,
                Attribute::Namespace | Attribute::TrustDomain | Attribute::Path
            );
            if knows_any && matcher.attribute != Attribute::Path {
                continue;
            }
            for value in matcher.values.iter().chain(&matcher.not_values) {
                if !is_literal_star(value.text) {
                    continue;
                }
                let what = format!("names `{}`, where the star stands for itself: it matches nothing that exists", value.text);
                found.push(
                    policy
                        .resource
                        .finding(&RULE, (value.span, "not a wildcard"), what)
                        .help("one star at the end (`x*`) or the beginning (`*x`) is a wildcard; a segment of a path is `{*}`"),
                );
            }
        }
    }
}

fn is_literal_star(value: &str) -> bool {
    let plain = value.replace("{**}", "").replace("{*}", "");
    let rest = match plain.strip_prefix('*') {
        Some(rest) => rest,
        None => plain.strip_suffix('*').unwrap_or(&plain),
    };
    rest.contains('*')
}
