//! Issuer or subject is empty where it must not be.

use super::Subject;
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};

pub(super) static RULE: Rule = Rule {
    id: "x509-missing-name",
    title: "issuer or subject is empty where it must not be",
    severity: Severity::Medium,
    confidence: Confidence::High,
    page: page!("x509_missing_name.md"),
};

pub(super) fn check(subject: &Subject<'_>) -> Option<Finding> {
    let certificate = subject.certificate;
    let no_subject = certificate.subject_name.is_empty();
    let message = if certificate.issuer_name.is_empty() {
        "it names no issuer"
    } else if no_subject && certificate.is_authority {
        "it is an authority without subject"
    } else if no_subject && certificate.names.is_empty() {
        "it has neither subject nor alternative name"
    } else {
        return None;
    };
    Some(subject.finding(&RULE, message))
}
