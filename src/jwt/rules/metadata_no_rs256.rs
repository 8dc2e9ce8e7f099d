//! The algorithm that every client knows.

use super::super::subject::Metadata;
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};

pub(super) static RULE: Rule = Rule {
    id: "metadata-no-rs256",
    title: "an OpenID provider does not offer RS256",
    severity: Severity::Low,
    confidence: Confidence::High,
    page: page!("metadata_no_rs256.md"),
};

pub(super) fn check(metadata: &Metadata<'_>) -> Vec<Finding> {
    let name = "id_token_signing_alg_values_supported";
    let algorithms = metadata.texts(name).unwrap_or_default();
    if algorithms.is_empty() || algorithms.contains(&"RS256") {
        return Vec::new();
    }
    let message = format!("`{name}` has no `RS256`, which it must have");
    vec![
        metadata
            .finding(&RULE, name, message)
            .help("add it, or know that clients which expect the default will fail"),
    ]
}
