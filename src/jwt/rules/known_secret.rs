//! Secrets that everyone knows.

use super::super::weak_secrets::{self, Found};
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::kernel::key::{Key, Material};

pub(super) static RULE: Rule = Rule {
    id: "jwt-known-secret",
    title: "the secret stands in a public list",
    severity: Severity::Critical,
    confidence: Confidence::High,
    page: page!("known_secret.md"),
};

pub(super) fn check(key: &Key) -> Option<Finding> {
    let Material::Secret(secret) = &key.material else {
        return None;
    };
    let found = weak_secrets::contains(secret.expose())?;
    Some(finding(
        &key.name(),
        format!("the secret `{}`", key.name()),
        found,
    ))
}

/// What is said of a token that carries a MAC under a known secret.
pub(in crate::jwt) fn of_token(algorithm: &str, found: Found) -> Finding {
    finding(
        "signature",
        format!("the {algorithm} signature is made with a secret that"),
        found,
    )
}

fn finding(subject: &str, what: String, found: Found) -> Finding {
    // The secret itself is not shown: reports are kept, and it is still in use.
    let message = match found.bytes {
        0 if subject == "signature" => "the signature is made with the empty secret".to_owned(),
        _ => format!("{what} stands in the public list of known secrets: anyone can sign"),
    };
    Finding::new(&RULE, subject, message)
        .because(format!(
            "it is one of {} secrets, {} bytes long",
            weak_secrets::ENTRIES, found.bytes
        ))
        .help("replace it now: `countersign jwt jwks generate --kind HS256`; every token signed with it may be forged")
}
