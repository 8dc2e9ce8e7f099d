//! A certificate has unique identifiers.

use super::Subject;
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};

pub(super) static RULE: Rule = Rule {
    id: "x509-unique-ids",
    title: "a certificate has unique identifiers",
    severity: Severity::Low,
    confidence: Confidence::High,
    page: page!("x509_unique_ids.md"),
};

pub(super) fn check(subject: &Subject<'_>) -> Option<Finding> {
    subject
        .certificate
        .has_unique_ids
        .then(|| subject.finding(&RULE, "it has unique identifiers"))
}
