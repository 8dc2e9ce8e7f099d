//! An access token without its client.

use super::super::subject::{Role, Token};
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};

pub(super) static RULE: Rule = Rule {
    id: "jwt-no-client",
    title: "an access token does not name its client",
    severity: Severity::Low,
    confidence: Confidence::Medium,
    page: page!("no_client.md"),
};

pub(super) fn check(token: &Token<'_>) -> Option<Finding> {
    token.claims?;
    let nameless =
        token.role == Role::Access && token.absent(&["client_id", "azp", "cid"]).len() == 3;
    nameless.then(|| {
        Finding::new(
            &RULE,
            "client_id",
            "the access token has no `client_id`: nothing says which client it was issued to",
        )
        .help("add `client_id` (RFC 9068 §2.2)")
    })
}
