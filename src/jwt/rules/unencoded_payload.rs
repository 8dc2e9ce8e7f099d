//! `b64` in a JWT.

use super::super::subject::Token;
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};

pub(super) static RULE: Rule = Rule {
    id: "jwt-unencoded-payload",
    title: "the payload is not encoded",
    severity: Severity::High,
    confidence: Confidence::High,
    page: page!("unencoded_payload.md"),
};

pub(super) fn check(token: &Token<'_>) -> Option<Finding> {
    token.parameter("b64")?;
    // Of a JWS that is no JWT the extension is legitimate.
    let typ = token.parameter("typ")?.as_str()?;
    typ.to_ascii_lowercase().ends_with("jwt").then_some(())?;
    Some(
        Finding::new(
            &RULE,
            "b64",
            "the header has `b64`, which a JWT must not use: two readers see two payloads",
        )
        .help("mint it without `b64` and `crit`"),
    )
}
