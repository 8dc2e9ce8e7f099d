//! A certificate without subject has alternative names that are not critical.

use super::Subject;
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};

pub(super) static RULE: Rule = Rule {
    id: "x509-names-not-critical",
    title: "a certificate without subject has alternative names that are not critical",
    severity: Severity::Medium,
    confidence: Confidence::High,
    page: page!("x509_names_not_critical.md"),
};

pub(super) fn check(subject: &Subject<'_>) -> Option<Finding> {
    let certificate = subject.certificate;
    (certificate.subject_name.is_empty()
        && certificate.has_names
        && !certificate.names_are_critical)
        .then(|| subject.finding(&RULE, "its alternative names are not critical"))
}
