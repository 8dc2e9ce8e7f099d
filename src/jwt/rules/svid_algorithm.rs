//! Algorithms of SVIDs.

use super::super::subject::{Role, Token};
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};

pub(super) static RULE: Rule = Rule {
    id: "jwt-svid-algorithm",
    title: "an SVID is signed with an algorithm that SPIFFE does not allow",
    severity: Severity::High,
    confidence: Confidence::High,
    page: page!("svid_algorithm.md"),
};

pub(super) fn check(token: &Token<'_>) -> Option<Finding> {
    if !matches!(token.role, Role::JwtSvid | Role::WitSvid) {
        return None;
    }
    let algorithm = token.algorithm()?;
    (!SVID_ALGORITHMS.contains(&algorithm)).then(|| {
        let message = format!(
            "`alg` is `{algorithm}`; an SVID is signed with one of {}",
            SVID_ALGORITHMS.join(", ")
        );
        Finding::new(&RULE, "alg", message).help("sign it with `ES256`")
    })
}

/// JWT-SVID §2.1.
pub(super) const SVID_ALGORITHMS: [&str; 9] = [
    "RS256", "RS384", "RS512", "ES256", "ES384", "ES512", "PS256", "PS384", "PS512",
];
