//! An SVID without `kid`.

use super::super::subject::{Role, Token};
use crate::kernel::document::Node;
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};

pub(super) static RULE: Rule = Rule {
    id: "jwt-svid-no-kid",
    title: "an SVID does not name its key",
    severity: Severity::Medium,
    confidence: Confidence::High,
    page: page!("svid_no_kid.md"),
};

pub(super) fn check(token: &Token<'_>) -> Option<Finding> {
    if !matches!(token.role, Role::JwtSvid | Role::WitSvid) {
        return None;
    }
    let kid = token
        .header?
        .get("kid")
        .and_then(Node::as_str)
        .unwrap_or_default();
    kid.is_empty().then(|| {
        Finding::new(
            &RULE,
            "kid",
            "the SVID has no `kid`: the validators of SPIFFE refuse it",
        )
        .help("mint it with the id that its key has in the bundle")
    })
}
