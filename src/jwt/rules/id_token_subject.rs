//! The subject of an ID token.

use super::super::subject::{Role, Token};
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};

pub(super) static RULE: Rule = Rule {
    id: "jwt-id-token-subject",
    title: "the subject of an ID token is too long or not ASCII",
    severity: Severity::Medium,
    confidence: Confidence::High,
    page: page!("id_token_subject.md"),
};

pub(super) fn check(token: &Token<'_>) -> Option<Finding> {
    let subject = token.text("sub").filter(|_| token.role == Role::Id)?;
    (subject.len() > 255 || !subject.is_ascii()).then(|| {
        let message = "`sub` of the ID token has more than 255 characters, or such outside ASCII: clients cut it or refuse it";
        Finding::new(&RULE, "sub", message).help("use an opaque id of at most 255 ASCII characters")
    })
}
