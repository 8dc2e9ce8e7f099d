//! An algorithm that is kept for old systems.

use super::Subject;
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};

pub(super) static RULE: Rule = Rule {
    id: "request-legacy-algorithm",
    title: "the signature uses RSASSA-PKCS1-v1_5",
    severity: Severity::Low,
    confidence: Confidence::High,
    page: page!("legacy_algorithm.md"),
};

pub(super) fn check(subject: &Subject<'_>) -> Vec<Finding> {
    subject
        .signatures
        .iter()
        .filter(|signature| signature.text("alg") == Some("rsa-v1_5-sha256"))
        .map(|signature| {
            let label = &signature.fields.label;
            let message = format!("the signature `{label}` uses `rsa-v1_5-sha256`");
            subject
                .at_signature(Finding::new(&RULE, label, message))
                .help("use `rsa-pss-sha512`, `ecdsa-p256-sha256` or `ed25519`")
        })
        .collect()
}
