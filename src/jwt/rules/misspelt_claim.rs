//! Claims under a wrong name.

use super::super::subject::Token;
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};

pub(super) static RULE: Rule = Rule {
    id: "jwt-misspelt-claim",
    title: "a claim has another name than the one that verifiers read",
    severity: Severity::Medium,
    confidence: Confidence::Medium,
    page: page!("misspelt_claim.md"),
};

pub(super) fn check(token: &Token<'_>) -> Option<Finding> {
    let claims = token.claims?;
    let entries = claims.as_mapping()?;
    let found: Vec<(&str, &str)> = entries
        .iter()
        .filter_map(|entry| {
            let meant = meant(&entry.key)?;
            claims
                .get(meant)
                .is_none()
                .then_some((entry.key.as_str(), meant))
        })
        .collect();
    let (name, meant) = *found.first()?;
    let message =
        format!("the claim `{name}` means nothing to a verifier; did you mean `{meant}`?");
    let mut finding = Finding::new(&RULE, name, message)
        .help("rename it where the token is minted; a claim that is not read is not checked");
    for (name, meant) in found.into_iter().skip(1) {
        finding = finding.because(format!("`{name}` too: `{meant}`?"));
    }
    Some(finding)
}

fn meant(name: &str) -> Option<&'static str> {
    let registered = [
        "iss",
        "sub",
        "aud",
        "exp",
        "nbf",
        "iat",
        "jti",
        "scope",
        "client_id",
        "nonce",
        "cnf",
    ];
    let folded = name.to_ascii_lowercase().replace(['_', '-'], "");
    let known = MEANT.iter().find(|(wrong, _)| *wrong == folded);
    let other_case = || {
        registered
            .into_iter()
            .find(|right| *right != name && right.replace('_', "") == folded)
    };
    known.map(|(_, right)| *right).or_else(other_case)
}

const MEANT: [(&str, &str); 22] = [
    ("audience", "aud"),
    ("audiences", "aud"),
    ("adu", "aud"),
    ("issuer", "iss"),
    ("isser", "iss"),
    ("subject", "sub"),
    ("expires", "exp"),
    ("expiry", "exp"),
    ("expiration", "exp"),
    ("expirationtime", "exp"),
    ("expiresat", "exp"),
    ("expiresin", "exp"),
    ("epx", "exp"),
    ("issuedat", "iat"),
    ("ita", "iat"),
    ("notbefore", "nbf"),
    ("nfb", "nbf"),
    ("jit", "jti"),
    ("jwtid", "jti"),
    ("tokenid", "jti"),
    ("scopes", "scope"),
    ("confirmation", "cnf"),
];
