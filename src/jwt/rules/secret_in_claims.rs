//! A secret for everyone who sees the token.

use super::super::subject::{Token, quoted};
use crate::kernel::document::Entry;
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};

pub(super) static RULE: Rule = Rule {
    id: "jwt-secret-in-claims",
    title: "the token carries a secret",
    severity: Severity::Critical,
    confidence: Confidence::Medium,
    page: page!("secret_in_claims.md"),
};

pub(super) fn check(token: &Token<'_>) -> Option<Finding> {
    if token.encrypted {
        return None;
    }
    let entries = token.claims?.as_mapping()?;
    let found: Vec<&str> = entries
        .iter()
        .filter(|entry| is_secret(entry))
        .map(|entry| entry.key.as_str())
        .collect();
    (!found.is_empty()).then(|| {
        let message = format!("the claims hold what looks like a secret: {}", quoted(&found));
        Finding::new(&RULE, found.join(" "), message)
            .help("take it out of the token, and replace the secret: everyone who saw the token has read it")
    })
}

fn is_secret(entry: &Entry) -> bool {
    let Some(value) = entry.value.as_str().filter(|value| !value.is_empty()) else {
        return false;
    };
    let name = entry.key.to_ascii_lowercase().replace('-', "_");
    let prefixed = |prefix: &&str| value.starts_with(*prefix) && value.len() >= prefix.len() + 8;
    NAMES.contains(&name.as_str()) || VALUES.iter().any(prefixed)
}

const NAMES: [&str; 14] = [
    "password",
    "passwd",
    "pwd",
    "pin",
    "secret",
    "client_secret",
    "api_key",
    "apikey",
    "api_secret",
    "private_key",
    "access_token",
    "refresh_token",
    "session_token",
    "credit_card",
];

/// How the credentials of well-known services begin.
const VALUES: [&str; 9] = [
    "-----BEGIN ",
    "sk_live_",
    "rk_live_",
    "ghp_",
    "github_pat_",
    "glpat-",
    "xoxb-",
    "xoxp-",
    "AKIA",
];
