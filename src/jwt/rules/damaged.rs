//! Defects that some readers forgive.

use super::super::subject::Token;
use crate::kernel::finding::{Confidence, Finding, Rule, Severity};

pub(super) static RULE: Rule = Rule {
    id: "jwt-damaged",
    title: "a strict reader refuses the token",
    severity: Severity::High,
    confidence: Confidence::High,
    page: include_str!("damaged.md"),
};

pub(super) fn check(token: &Token<'_>) -> Option<Finding> {
    let first = token.defects.first()?;
    let mut finding = Finding::new(
        &RULE,
        "token",
        format!("a strict reader refuses the token: {first}"),
    )
    .help("mint it anew; what two readers read differently is not to be accepted");
    for other in token.defects.iter().skip(1).take(8) {
        finding = finding.because(other.message.as_str());
    }
    Some(finding)
}
