//! A token without end.

use super::super::subject::{Role, Token};
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};

pub(super) static RULE: Rule = Rule {
    id: "jwt-no-expiry",
    title: "the token never expires",
    severity: Severity::High,
    confidence: Confidence::High,
    page: page!("no_expiry.md"),
};

pub(super) fn check(token: &Token<'_>) -> Option<Finding> {
    // RFC 9449 §4.2 and RFC 8417 §2.2: proofs and events say when they were made, not when they end.
    let ends_elsewhere = matches!(token.role, Role::Dpop | Role::SecurityEvent | Role::Other);
    (token.claims?.get("exp").is_none() && !ends_elsewhere).then(|| {
        Finding::new(&RULE, "exp", "the token has no `exp`: it is valid for ever")
            .help("mint it with an end, such as `--ttl 15m`")
    })
}
