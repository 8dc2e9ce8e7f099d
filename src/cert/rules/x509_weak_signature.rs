//! A certificate is signed with a weak or unknown algorithm.

use super::Subject;
use crate::cert::PostQuantum;
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};

pub(super) static RULE: Rule = Rule {
    id: "x509-weak-signature",
    title: "a certificate is signed with a weak or unknown algorithm",
    severity: Severity::High,
    confidence: Confidence::High,
    page: page!("x509_weak_signature.md"),
};

pub(super) fn check(subject: &Subject<'_>) -> Option<Finding> {
    let certificate = subject.certificate;
    let name = &certificate.signature_name;
    let known = name.algorithm.is_some() || PostQuantum::of(&name.oid).is_some();
    (!known && !certificate.is_self_issued())
        .then(|| subject.finding(&RULE, format!("it is signed with {}", name.words())))
}
