//! A certificate is for any purpose.

use super::Subject;
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};

pub(super) static RULE: Rule = Rule {
    id: "mtls-any-purpose",
    title: "a certificate is for any purpose",
    severity: Severity::Low,
    confidence: Confidence::High,
    page: page!("mtls_any_purpose.md"),
};

pub(super) fn check(subject: &Subject<'_>) -> Option<Finding> {
    let purposes = subject.certificate.purposes.as_ref()?;
    purposes
        .iter()
        .any(|purpose| purpose == "any")
        .then(|| subject.finding(&RULE, "its extKeyUsage allows any purpose"))
}
