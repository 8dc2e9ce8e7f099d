//! Key identifiers are missing or critical.

use super::Subject;
use crate::cert::certificate::oid;
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};

pub(super) static RULE: Rule = Rule {
    id: "x509-key-identifiers",
    title: "key identifiers are missing or critical",
    severity: Severity::Low,
    confidence: Confidence::High,
    page: page!("x509_key_identifiers.md"),
};

pub(super) fn check(subject: &Subject<'_>) -> Option<Finding> {
    let certificate = subject.certificate;
    let critical = |oid| {
        certificate
            .extension(oid)
            .is_some_and(|extension| extension.critical)
    };
    let message = if critical(oid::AUTHORITY_KEY_ID) || critical(oid::SUBJECT_KEY_ID) {
        "a key identifier is critical"
    } else if certificate.is_authority && certificate.subject_key_id.is_none() {
        "it is an authority without subjectKeyIdentifier"
    } else if certificate.authority_key_id.is_none() && !certificate.is_self_issued() {
        "it has no authorityKeyIdentifier with a key"
    } else {
        return None;
    };
    Some(subject.finding(&RULE, message))
}
