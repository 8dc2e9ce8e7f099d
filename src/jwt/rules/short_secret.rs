//! Secrets that are too short for their MAC.

use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::kernel::key::{Key, Material};

pub(super) static RULE: Rule = Rule {
    id: "jwt-short-secret",
    title: "the secret is shorter than the hash",
    severity: Severity::High,
    confidence: Confidence::High,
    page: page!("short_secret.md"),
};

pub(super) fn check(key: &Key) -> Option<Finding> {
    let Material::Secret(secret) = &key.material else {
        return None;
    };
    let least = match key.algorithm.as_deref() {
        Some("HS384") => 48,
        Some("HS512") => 64,
        _ => 32,
    };
    (secret.len() < least).then(|| {
        let message = match secret.len() {
            0 => format!("the secret `{}` is empty", key.name()),
            length => format!(
                "the secret `{}` has {length} bytes; its MAC needs at least {least} random ones",
                key.name()
            ),
        };
        Finding::new(&RULE, key.name(), message)
            .help("make a new one: `countersign jwt jwks generate --kind HS256`")
    })
}
