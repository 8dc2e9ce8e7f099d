//! A token that headers and cookies do not carry.

use super::super::subject::Token;
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};

pub(super) static RULE: Rule = Rule {
    id: "jwt-oversized",
    title: "the token is large",
    severity: Severity::Low,
    confidence: Confidence::High,
    page: page!("oversized.md"),
};

pub(super) fn check(token: &Token<'_>) -> Option<Finding> {
    let length = token.length.filter(|length| *length > COOKIE)?;
    let (what, severity) = if length > HEADER {
        (
            "most servers refuse a header of more than 8 KB",
            Severity::Medium,
        )
    } else {
        ("a cookie of more than 4 KB is dropped", RULE.severity)
    };
    let message = format!("the token has {length} bytes: {what}");
    let finding = Finding::new(&RULE, "token", message)
        .help("leave out what the audience can look up, such as long lists of groups");
    Some(Finding {
        severity,
        ..finding
    })
}

/// RFC 6265 §6.1.
const COOKIE: usize = 4096;
const HEADER: usize = 8192;
