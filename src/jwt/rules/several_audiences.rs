//! A token that several parties may accept.

use super::super::subject::{Role, Token};
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};

pub(super) static RULE: Rule = Rule {
    id: "jwt-several-audiences",
    title: "the token has several audiences",
    severity: Severity::Low,
    confidence: Confidence::High,
    page: page!("several_audiences.md"),
};

pub(super) fn check(token: &Token<'_>) -> Option<Finding> {
    let audiences = token.audiences();
    // RFC 9068 §3 allows them to access tokens; an ID token says with `azp` whom it was issued to.
    let parted = token.role == Role::Id && token.text("azp").is_some();
    (audiences.len() > 1 && !parted).then(|| {
        let message = format!(
            "the token is meant for {} audiences: each can use it at the others",
            audiences.len()
        );
        let finding = Finding::new(&RULE, "aud", message).help("mint one token for each audience");
        match token.role {
            // JWT-SVID §3.2: a single audience is strongly recommended.
            Role::JwtSvid => Finding {
                severity: Severity::Medium,
                ..finding
            },
            _ => finding,
        }
    })
}
