//! A header that brings the key to verify it with.

use super::super::subject::{Role, Token, quoted};
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};

pub(super) static RULE: Rule = Rule {
    id: "jwt-key-in-header",
    title: "the token brings its own key",
    severity: Severity::High,
    confidence: Confidence::Medium,
    page: page!("key_in_header.md"),
};

pub(super) fn check(token: &Token<'_>) -> Option<Finding> {
    let found: Vec<&str> = ["jku", "jwk", "x5u", "x5c"]
        .into_iter()
        .filter(|name| token.parameter(name).is_some())
        .filter(|name| !(token.role == Role::Dpop && *name == "jwk"))
        .collect();
    (!found.is_empty()).then(|| {
        let message = format!(
            "the header holds {}: whoever trusts it trusts the sender's own key",
            quoted(&found)
        );
        Finding::new(&RULE, "header", message)
            .help("take keys from the issuer's configuration alone; these parameters are never followed here")
    })
}
