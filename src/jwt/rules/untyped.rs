//! A token that any verifier may take for its own kind.

use super::super::subject::{Role, Token};
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};

pub(super) static RULE: Rule = Rule {
    id: "jwt-untyped",
    title: "the token has no explicit type",
    severity: Severity::Low,
    confidence: Confidence::High,
    page: page!("untyped.md"),
};

pub(super) fn check(token: &Token<'_>) -> Option<Finding> {
    token.header?;
    if !matches!(
        token.role,
        Role::Access | Role::Logout | Role::SecurityEvent
    ) {
        return None;
    }
    let wanted = match token.role {
        Role::Access => "at+jwt",
        Role::Logout => "logout+jwt",
        _ => "secevent+jwt",
    };
    let found = match token.parameter("typ") {
        None => "has no `typ`".to_owned(),
        Some(node) => {
            let typ = node.as_str()?;
            let plain = typ.to_ascii_lowercase();
            // `JWT` says nothing that three parts do not say already.
            if !["jwt", "application/jwt", "jose"].contains(&plain.as_str()) {
                return None;
            }
            format!("has `typ: {typ}`, which every token could have")
        }
    };
    let message = format!("the header {found}: another kind of token can stand in for it");
    Some(Finding::new(&RULE, "typ", message).help(format!(
        "mint it with `typ: {wanted}`, and have verifiers demand that"
    )))
}
