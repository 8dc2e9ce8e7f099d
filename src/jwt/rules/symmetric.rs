//! A MAC where a signature belongs.

use super::super::subject::{Role, Token, is_hmac};
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};

pub(super) static RULE: Rule = Rule {
    id: "jwt-symmetric",
    title: "a shared secret signs for a third party",
    severity: Severity::Medium,
    confidence: Confidence::Medium,
    page: page!("symmetric.md"),
};

pub(super) fn check(token: &Token<'_>) -> Option<Finding> {
    let algorithm = token.algorithm().filter(|algorithm| is_hmac(algorithm))?;
    if !matches!(token.role, Role::Access | Role::Refresh | Role::Unknown) {
        return None;
    }
    let issuer = token.text("iss");
    let audience = token
        .audiences()
        .into_iter()
        .find(|name| Some(*name) != issuer)?;
    let message = format!(
        "the token is for `{audience}` and carries a MAC ({algorithm}): whoever can check it can also make it"
    );
    Some(
        Finding::new(&RULE, "alg", message).help(
            "sign with a private key (`ES256`, `EdDSA`), and give the audience the public one",
        ),
    )
}
