//! A critical extension is not understood.

use super::Subject;
use crate::cert::certificate::oid;
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};

pub(super) static RULE: Rule = Rule {
    id: "x509-unknown-critical",
    title: "a critical extension is not understood",
    severity: Severity::Medium,
    confidence: Confidence::High,
    page: page!("x509_unknown_critical.md"),
};

pub(super) fn check(subject: &Subject<'_>) -> Option<Finding> {
    let unknown = subject.certificate.unknown_critical.first()?;
    Some(subject.finding(
        &RULE,
        format!("the extension {} is critical", oid::words(unknown)),
    ))
}
