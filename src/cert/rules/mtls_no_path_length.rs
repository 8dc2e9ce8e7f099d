//! An intermediate authority has no path length.

use super::Subject;
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};

pub(super) static RULE: Rule = Rule {
    id: "mtls-no-path-length",
    title: "an intermediate authority has no path length",
    severity: Severity::Low,
    confidence: Confidence::High,
    page: page!("mtls_no_path_length.md"),
};

pub(super) fn check(subject: &Subject<'_>) -> Option<Finding> {
    let certificate = subject.certificate;
    (certificate.is_authority && !certificate.is_self_issued() && certificate.path_length.is_none())
        .then(|| subject.finding(&RULE, "it may make authorities without end"))
}
