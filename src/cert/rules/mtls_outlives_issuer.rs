//! A certificate outlives its issuer.

use super::Subject;
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};

pub(super) static RULE: Rule = Rule {
    id: "mtls-outlives-issuer",
    title: "a certificate outlives its issuer",
    severity: Severity::Medium,
    confidence: Confidence::High,
    page: page!("mtls_outlives_issuer.md"),
};

pub(super) fn check(subject: &Subject<'_>) -> Option<Finding> {
    let issuer = subject.issuer()?;
    (issuer.not_after < subject.certificate.not_after).then(|| {
        let message = format!(
            "it ends at {}, its issuer at {}",
            subject.certificate.not_after, issuer.not_after
        );
        subject.finding(&RULE, message)
    })
}
