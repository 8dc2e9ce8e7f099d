//! The key of a DPoP proof.

use super::super::subject::{Role, Token, quoted};
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};

pub(super) static RULE: Rule = Rule {
    id: "jwt-dpop-key",
    title: "a DPoP proof has no public key to prove",
    severity: Severity::High,
    confidence: Confidence::High,
    page: page!("dpop_key.md"),
};

pub(super) fn check(token: &Token<'_>) -> Option<Finding> {
    if token.role != Role::Dpop {
        return None;
    }
    let Some(jwk) = token.header?.get("jwk") else {
        return Some(
            Finding::new(
                &RULE,
                "jwk",
                "the DPoP proof has no `jwk`: there is no key that it could prove",
            )
            .help("put the public key into the header (RFC 9449 §4.2)"),
        );
    };
    let private: Vec<&str> = ["d", "p", "q", "dp", "dq", "qi", "k"]
        .into_iter()
        .filter(|name| jwk.get(name).is_some())
        .collect();
    (!private.is_empty()).then(|| {
        let message = format!("the `jwk` of the DPoP proof holds the private key ({}): everyone who saw the proof has it", quoted(&private));
        let finding = Finding::new(&RULE, "jwk", message).help("replace the key, and send its public members alone");
        Finding { severity: Severity::Critical, ..finding }
    })
}
