//! Header parameters of a JWT-SVID.

use super::super::subject::{Role, Token, quoted};
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};

pub(super) static RULE: Rule = Rule {
    id: "jwt-svid-header",
    title: "a JWT-SVID has a header parameter too many",
    severity: Severity::High,
    confidence: Confidence::High,
    page: page!("svid_header.md"),
};

pub(super) fn check(token: &Token<'_>) -> Option<Finding> {
    if token.role != Role::JwtSvid {
        return None;
    }
    let entries = token.header?.as_mapping()?;
    let known = ["alg", "kid", "typ"];
    let extra: Vec<&str> = entries
        .iter()
        .map(|entry| entry.key.as_str())
        .filter(|name| !known.contains(name))
        .collect();
    (!extra.is_empty()).then(|| {
        let message = format!(
            "the header of the JWT-SVID holds {}; only `alg`, `kid` and `typ` are allowed",
            quoted(&extra)
        );
        Finding::new(&RULE, "header", message).help("mint it without them (JWT-SVID §2)")
    })
}
