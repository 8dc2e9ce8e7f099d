//! A token without end.

use super::super::inspect::Dissection;
use crate::kernel::finding::{Confidence, Finding, Rule, Severity};
use crate::kernel::time::Timestamp;

pub(super) static RULE: Rule = Rule {
    id: "jwt-no-expiry",
    title: "the token never expires",
    severity: Severity::High,
    confidence: Confidence::High,
    page: include_str!("no_expiry.md"),
};

pub(super) fn check(token: &Dissection, _now: Timestamp) -> Option<Finding> {
    let claims = token.claims.as_ref()?;
    claims.get("exp").is_none().then(|| {
        Finding::new(&RULE, "exp", "the token has no `exp`: it is valid for ever")
            .help("mint it with an end, such as `--ttl 15m`")
    })
}
