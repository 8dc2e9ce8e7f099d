//! A certificate ends before it begins.

use super::Subject;
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};

pub(super) static RULE: Rule = Rule {
    id: "x509-never-valid",
    title: "a certificate ends before it begins",
    severity: Severity::High,
    confidence: Confidence::High,
    page: page!("x509_never_valid.md"),
};

pub(super) fn check(subject: &Subject<'_>) -> Option<Finding> {
    let certificate = subject.certificate;
    (certificate.not_after < certificate.not_before).then(|| {
        subject.finding(
            &RULE,
            format!(
                "it is valid from {} to {}",
                certificate.not_before, certificate.not_after
            ),
        )
    })
}
