//! Times in milliseconds.

use super::super::subject::{Token, quoted};
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};

pub(super) static RULE: Rule = Rule {
    id: "jwt-milliseconds",
    title: "a time claim counts milliseconds",
    severity: Severity::High,
    confidence: Confidence::High,
    page: page!("milliseconds.md"),
};

pub(super) fn check(token: &Token<'_>) -> Option<Finding> {
    // 10¹¹ seconds is the year 5138.
    let counts = |name: &&str| {
        let number = token.claim(name).and_then(|node| node.as_number());
        number.is_some_and(|number| number.float >= 1e11)
    };
    let found: Vec<&str> = ["exp", "nbf", "iat", "auth_time"]
        .into_iter()
        .filter(counts)
        .collect();
    (!found.is_empty()).then(|| {
        let message = format!(
            "{} counts milliseconds, not seconds: the token lives for millennia",
            quoted(&found)
        );
        Finding::new(&RULE, "exp", message).help("divide the time by 1000 when minting")
    })
}
