//! The algorithm of a DPoP proof.

use super::super::subject::{Role, Token, is_hmac};
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};

pub(super) static RULE: Rule = Rule {
    id: "jwt-dpop-algorithm",
    title: "a DPoP proof is not signed with a private key",
    severity: Severity::Critical,
    confidence: Confidence::High,
    page: page!("dpop_algorithm.md"),
};

pub(super) fn check(token: &Token<'_>) -> Option<Finding> {
    let algorithm = token.algorithm().filter(|_| token.role == Role::Dpop)?;
    is_hmac(algorithm).then(|| {
        let message = format!(
            "the DPoP proof carries a MAC ({algorithm}): it proves no possession of a private key"
        );
        Finding::new(&RULE, "alg", message).help("sign it with a private key, such as `ES256`")
    })
}
