//! The id of a DPoP proof.

use super::super::subject::{Role, Token};
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};

pub(super) static RULE: Rule = Rule {
    id: "jwt-dpop-guessable-id",
    title: "the id of a DPoP proof is too short to be unique",
    severity: Severity::Low,
    confidence: Confidence::Medium,
    page: page!("dpop_guessable_id.md"),
};

pub(super) fn check(token: &Token<'_>) -> Option<Finding> {
    let id = token.text("jti").filter(|_| token.role == Role::Dpop)?;
    (id.len() < MINIMUM).then(|| {
        let message = format!(
            "`jti` has {} characters: 96 random bits need at least {MINIMUM}",
            id.len()
        );
        Finding::new(&RULE, "jti", message)
            .help("take a random UUID, or 96 random bits in base64url")
    })
}

/// 96 bits in base64url.
const MINIMUM: usize = 16;
