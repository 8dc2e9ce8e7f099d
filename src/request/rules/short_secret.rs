//! A secret that is too short for its MAC.

use super::secrets;
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::kernel::key::Key;

pub(super) static RULE: Rule = Rule {
    id: "request-short-secret",
    title: "the shared secret is shorter than the hash",
    severity: Severity::High,
    confidence: Confidence::High,
    page: page!("short_secret.md"),
};

pub(super) fn check(keys: &[Key]) -> Vec<Finding> {
    secrets(keys)
        .filter(|(_, secret)| secret.len() < MINIMUM)
        .map(|(name, secret)| {
            let message = format!(
                "the secret `{name}` has {} bytes; HMAC-SHA256 wants at least {MINIMUM} random ones",
                secret.len()
            );
            Finding::new(&RULE, name, message)
                .help("make a new one: `openssl rand -base64 32`")
        })
        .collect()
}

const MINIMUM: usize = 32;
