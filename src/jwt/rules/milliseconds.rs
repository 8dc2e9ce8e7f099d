//! Times in milliseconds.

use super::super::inspect::Dissection;
use crate::kernel::finding::{Confidence, Finding, Rule, Severity};
use crate::kernel::time::Timestamp;

pub(super) static RULE: Rule = Rule {
    id: "jwt-milliseconds",
    title: "a time claim counts milliseconds",
    severity: Severity::High,
    confidence: Confidence::High,
    page: include_str!("milliseconds.md"),
};

pub(super) fn check(token: &Dissection, _now: Timestamp) -> Option<Finding> {
    let claims = token.claims.as_ref()?;
    // 10¹¹ seconds is the year 5138.
    let found: Vec<String> = ["exp", "nbf", "iat"]
        .into_iter()
        .filter(|name| {
            claims
                .get(name)
                .and_then(|node| node.as_number())
                .is_some_and(|n| n.float >= 1e11)
        })
        .map(|name| format!("`{name}`"))
        .collect();
    (!found.is_empty()).then(|| {
        let message = format!(
            "{} counts milliseconds, not seconds: the token lives for millennia",
            found.join(", ")
        );
        Finding::new(&RULE, "exp", message).help("divide the time by 1000 when minting")
    })
}
