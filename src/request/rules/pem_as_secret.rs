//! A key file used as a MAC secret.

use super::Subject;
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::kernel::key::{Key, Material};

pub(super) static RULE: Rule = Rule {
    id: "request-pem-as-secret",
    title: "a public or private key stands where a shared secret belongs",
    severity: Severity::Critical,
    confidence: Confidence::High,
    page: page!("pem_as_secret.md"),
};

pub(super) fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let hmac = subject
        .signatures
        .iter()
        .find(|signature| signature.text("alg") == Some("hmac-sha256"));
    let Some(signature) = hmac else {
        return Vec::new();
    };
    let wanted = signature.text("keyid");
    let named = |key: &&Key| match (key.id.as_deref(), wanted) {
        (Some(id), Some(wanted)) => id == wanted,
        _ => true,
    };
    subject
        .keys
        .iter()
        .filter(|key| !matches!(key.material, Material::Secret(_)))
        .filter(named)
        .map(|key| {
            let message = format!(
                "`{}` is {}, and the signature `{}` says hmac-sha256",
                key.name(),
                key.describe(),
                signature.fields.label
            );
            let finding = Finding::new(&RULE, key.name(), message);
            subject
                .at_signature(finding)
                .help("give HMAC a random secret of its own; a public key is known to everyone")
        })
        .collect()
}
