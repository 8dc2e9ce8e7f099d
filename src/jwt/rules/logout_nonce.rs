//! A nonce in a logout token.

use super::super::subject::{Role, Token};
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};

pub(super) static RULE: Rule = Rule {
    id: "jwt-logout-nonce",
    title: "a logout token can pass for an ID token",
    severity: Severity::High,
    confidence: Confidence::High,
    page: page!("logout_nonce.md"),
};

pub(super) fn check(token: &Token<'_>) -> Option<Finding> {
    (token.role == Role::Logout && token.claim("nonce").is_some()).then(|| {
        Finding::new(
            &RULE,
            "nonce",
            "the logout token has `nonce`, which it must not have: it could pass for an ID token",
        )
        .help("leave `nonce` out of logout tokens")
    })
}
