//! A certificate has expired, or is not valid yet.

use super::Subject;
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};

pub(super) static RULE: Rule = Rule {
    id: "mtls-expired",
    title: "a certificate has expired, or is not valid yet",
    severity: Severity::High,
    confidence: Confidence::High,
    page: page!("mtls_expired.md"),
};

pub(super) fn check(subject: &Subject<'_>) -> Option<Finding> {
    let certificate = subject.certificate;
    let now = subject.now;
    let message = if now.unix() > certificate.not_after.unix() {
        format!(
            "it expired at {} ({})",
            certificate.not_after,
            certificate.not_after.relative_to(now)
        )
    } else if now.unix() < certificate.not_before.unix() {
        format!(
            "it is not valid before {} ({})",
            certificate.not_before,
            certificate.not_before.relative_to(now)
        )
    } else {
        return None;
    };
    Some(subject.finding(&RULE, message))
}
