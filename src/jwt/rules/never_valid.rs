//! A token whose times exclude each other.

use super::super::subject::Token;
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};

pub(super) static RULE: Rule = Rule {
    id: "jwt-never-valid",
    title: "the token is never valid",
    severity: Severity::High,
    confidence: Confidence::High,
    page: page!("never_valid.md"),
};

pub(super) fn check(token: &Token<'_>) -> Option<Finding> {
    let end = token.time("exp")?;
    let start = ["nbf", "iat"].into_iter().find_map(|name| {
        let time = token.time(name)?;
        (time >= end).then_some((name, time))
    });
    let (name, time) = start?;
    let message =
        format!("`{name}` ({time}) is not before `exp` ({end}): no verifier can accept the token");
    Some(
        Finding::new(&RULE, "exp", message)
            .help("compute `exp` from the time of issue and a positive life"),
    )
}
