//! An algorithm that nobody knows.

use super::super::registry::{is_registered, registered};
use super::super::subject::Token;
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};

pub(super) static RULE: Rule = Rule {
    id: "jwt-unknown-algorithm",
    title: "the algorithm is not registered",
    severity: Severity::Medium,
    confidence: Confidence::High,
    page: page!("unknown_algorithm.md"),
};

pub(super) fn check(token: &Token<'_>) -> Option<Finding> {
    let name = token.algorithm()?;
    if name.eq_ignore_ascii_case("none") || is_registered(name) {
        return None;
    }
    let near = registered().find(|known| known.eq_ignore_ascii_case(name));
    let near = near.map_or_else(String::new, |near| {
        format!("; did you mean `{near}`? Names are case-sensitive")
    });
    let message = format!("`alg` is `{name}`, which is not registered{near}");
    Some(Finding::new(&RULE, "alg", message).help("use a registered algorithm, such as `ES256`"))
}
