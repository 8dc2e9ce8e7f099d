//! The work of a password.

use super::super::subject::Token;
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};

pub(super) static RULE: Rule = Rule {
    id: "jwt-iteration-count",
    title: "the password is stretched too much or too little",
    severity: Severity::High,
    confidence: Confidence::High,
    page: page!("iteration_count.md"),
};

pub(super) fn check(token: &Token<'_>) -> Option<Finding> {
    let node = token.parameter("p2c")?;
    let count = node.as_i64().unwrap_or(0);
    let wrong = match count {
        ..1000 => "fewer than the 1000 that are the least: the password can be guessed",
        1000..=MOST => return None,
        _ => "more than 1,200,000: a receiver that obeys is kept busy by a single token",
    };
    let message = format!("`p2c` asks for {count} iterations, {wrong}");
    Some(
        Finding::new(&RULE, "p2c", message)
            .help("use a random key instead of a password, or 600000 iterations"),
    )
}

/// RFC 8725bis §3.13: twice the 600,000 that are recommended.
const MOST: i64 = 1_200_000;
