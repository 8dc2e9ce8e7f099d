//! An access token without `nbf`.

use super::super::subject::{Role, Token};
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};

pub(super) static RULE: Rule = Rule {
    id: "jwt-no-not-before",
    title: "the token does not say when it becomes valid",
    severity: Severity::Low,
    confidence: Confidence::High,
    page: page!("no_not_before.md"),
};

pub(super) fn check(token: &Token<'_>) -> Option<Finding> {
    token.claims?;
    (token.role == Role::Access && token.claim("nbf").is_none()).then(|| {
        Finding::new(
            &RULE,
            "nbf",
            "the access token has no `nbf`: it cannot be refused before its time",
        )
        .help("set `nbf` to the time of issue (RFC 7519 §4.1.5)")
    })
}
