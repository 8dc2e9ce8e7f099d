//! Claims that a kind of token must have.

use super::super::subject::{Role, Token, quoted};
use crate::kernel::document::Node;
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};

pub(super) static RULE: Rule = Rule {
    id: "jwt-missing-claim",
    title: "a claim that this kind of token must have is missing",
    severity: Severity::Medium,
    confidence: Confidence::High,
    page: page!("missing_claim.md"),
};

pub(super) fn check(token: &Token<'_>) -> Option<Finding> {
    let (names, source): (&[&str], _) = match token.role {
        Role::Access
            if token
                .parameter("typ")
                .and_then(Node::as_str)
                .is_some_and(is_typed) =>
        {
            (&["iss", "sub", "aud", "iat", "jti"], "RFC 9068 §2.2")
        }
        Role::Id => (&["iss", "sub", "aud", "iat"], "OpenID Connect Core §2"),
        Role::ClientAssertion => (&["iss", "sub", "aud", "jti"], "RFC 7523 §3"),
        Role::Logout => (
            &["iss", "aud", "iat", "jti", "events"],
            "OpenID Connect Back-Channel Logout §2.4",
        ),
        Role::SecurityEvent => (&["iss", "iat", "jti", "events"], "RFC 8417 §2.2"),
        Role::Dpop => (&["jti", "htm", "htu", "iat"], "RFC 9449 §4.2"),
        Role::JwtSvid => (&["sub", "aud"], "JWT-SVID §3"),
        Role::WitSvid => (&["sub", "cnf"], "WIT-SVID"),
        Role::Access | Role::Refresh | Role::Unknown => {
            (&["iss", "sub", "aud", "iat", "jti"], "RFC 7519 §4.1")
        }
        Role::Other => return None,
    };
    token.claims?;
    let absent = token.absent(names);
    (!absent.is_empty()).then(|| {
        let message = format!("the token has no {} ({source})", quoted(&absent));
        let mut finding = Finding::new(&RULE, absent.join(" "), message).help(
            "have the issuer say who made it, for whom, when, and under which id; verifiers can hold it to that",
        );
        // Nothing says that the token must have them: they are what a verifier needs.
        if token.role == Role::Unknown {
            finding.severity = Severity::Low;
        }
        finding
    })
}

fn is_typed(typ: &str) -> bool {
    typ.to_ascii_lowercase().ends_with("at+jwt")
}
