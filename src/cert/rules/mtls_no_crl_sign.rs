//! An authority can sign no revocation list.

use super::Subject;
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};

pub(super) static RULE: Rule = Rule {
    id: "mtls-no-crl-sign",
    title: "an authority can sign no revocation list",
    severity: Severity::Info,
    confidence: Confidence::High,
    page: page!("mtls_no_crl_sign.md"),
};

pub(super) fn check(subject: &Subject<'_>) -> Option<Finding> {
    let usage = subject.certificate.key_usage?;
    (subject.certificate.is_authority && !usage.revocation_lists)
        .then(|| subject.finding(&RULE, "its keyUsage lacks cRLSign"))
}
