//! A key or a signature is of an algorithm that is not verified here.

use super::Subject;
use crate::cert::{PostQuantum, PostQuantumKey};
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};

pub(super) static RULE: Rule = Rule {
    id: "x509-post-quantum",
    title: "a post-quantum key or signature is not verified here",
    severity: Severity::Info,
    confidence: Confidence::High,
    page: page!("x509_post_quantum.md"),
};

pub(super) fn check(subject: &Subject<'_>) -> Option<Finding> {
    let certificate = subject.certificate;
    let key = PostQuantumKey::of(&certificate.key_info);
    let signature = PostQuantum::of(&certificate.signature_name.oid);
    let key = key.map(|key| format!("its key is {}", key.words()));
    let length = certificate.signature.len();
    let signature =
        signature.map(|algorithm| format!("it is signed with {}, {length} bytes", algorithm.name));
    let parts: Vec<String> = key.into_iter().chain(signature).collect();
    if parts.is_empty() {
        return None;
    }
    let told = format!("{}: this build cannot verify it", parts.join(", and "));
    Some(subject.finding(&RULE, told))
}
