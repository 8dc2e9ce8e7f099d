//! Defects that some readers forgive.

use super::super::subject::Token;
use crate::jwt::DefectKind;
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};

pub(super) static RULE: Rule = Rule {
    id: "jwt-damaged",
    title: "a strict reader refuses the token",
    severity: Severity::High,
    confidence: Confidence::High,
    page: page!("damaged.md"),
};

pub(super) fn check(token: &Token<'_>) -> Option<Finding> {
    // A signature of the wrong length verifies nowhere; no two readers differ about it.
    let mut defects = token
        .defects
        .iter()
        .filter(|defect| defect.kind != DefectKind::Length);
    let first = defects.next()?;
    let mut finding = Finding::new(
        &RULE,
        "token",
        format!("a strict reader refuses the token: {first}"),
    )
    .help("mint it anew; what two readers read differently is not to be accepted");
    for other in defects.take(8) {
        finding = finding.because(other.message.as_str());
    }
    Some(finding)
}
