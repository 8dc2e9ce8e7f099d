//! Codes without a proof of who asked.

use super::super::subject::Metadata;
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};

pub(super) static RULE: Rule = Rule {
    id: "metadata-no-pkce",
    title: "the server does not support PKCE with S256",
    severity: Severity::Medium,
    confidence: Confidence::High,
    page: page!("metadata_no_pkce.md"),
};

pub(super) fn check(metadata: &Metadata<'_>) -> Vec<Finding> {
    if !metadata.grants().contains(&"authorization_code")
        || metadata.root.get("authorization_endpoint").is_none()
    {
        return Vec::new();
    }
    let name = "code_challenge_methods_supported";
    let methods = metadata.texts(name);
    let (message, severity) = match methods {
        None => (
            format!("there is no `{name}`: the server does not support PKCE"),
            RULE.severity,
        ),
        Some(methods) if !methods.contains(&"S256") => {
            (format!("`{name}` has no `S256`"), RULE.severity)
        }
        Some(methods) if methods.contains(&"plain") => (
            format!("`{name}` holds `plain`, which hides nothing from whoever sees the request"),
            Severity::Low,
        ),
        Some(_) => return Vec::new(),
    };
    let finding = metadata
        .finding(&RULE, name, message)
        .help("support `S256` and demand it (RFC 7636 §4.2, RFC 9700 §2.1.1)");
    vec![Finding {
        severity,
        ..finding
    }]
}
