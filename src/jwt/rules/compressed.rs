//! Compression in a header.

use super::super::subject::Token;
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};

pub(super) static RULE: Rule = Rule {
    id: "jwt-compressed",
    title: "the header asks for compression",
    severity: Severity::Medium,
    confidence: Confidence::High,
    page: page!("compressed.md"),
};

pub(super) fn check(token: &Token<'_>) -> Option<Finding> {
    let found = token.parameter("zip")?;
    let name = found.as_str().unwrap_or("something that is no text");
    let message = if token.encrypted {
        format!(
            "the contents are compressed before encryption (`zip: {name}`): their length tells about them, and they may explode"
        )
    } else {
        format!("the header of a signed token has `zip: {name}`, which has no meaning there")
    };
    Some(Finding::new(&RULE, "zip", message).help("mint it without `zip`"))
}
