//! A leaf has no alternative name.

use super::Subject;
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};

pub(super) static RULE: Rule = Rule {
    id: "x509-no-names",
    title: "a leaf has no alternative name",
    severity: Severity::Medium,
    confidence: Confidence::High,
    page: page!("x509_no_names.md"),
};

pub(super) fn check(subject: &Subject<'_>) -> Option<Finding> {
    let certificate = subject.certificate;
    let purposes = certificate.purposes.as_deref().unwrap_or_default();
    let answers_alone = matches!(purposes, [only] if only == "OCSPSigning");
    (!certificate.is_authority && certificate.names.is_empty() && !answers_alone)
        .then(|| subject.finding(&RULE, "it has no subjectAltName"))
}
