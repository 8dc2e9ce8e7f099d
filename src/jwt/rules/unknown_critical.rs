//! Extensions that a verifier must understand.

use super::super::subject::{Token, quoted};
use crate::kernel::document::Node;
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};

pub(super) static RULE: Rule = Rule {
    id: "jwt-unknown-critical",
    title: "the header has `crit`",
    severity: Severity::Medium,
    confidence: Confidence::High,
    page: page!("unknown_critical.md"),
};

pub(super) fn check(token: &Token<'_>) -> Option<Finding> {
    let node = token.parameter("crit")?;
    let names: Option<Vec<&str>> = node
        .as_sequence()
        .map(|items| items.iter().filter_map(Node::as_str).collect());
    let whole = node.as_sequence().map_or(0, <[Node]>::len);
    let wrong = match &names {
        Some(names) if names.len() == whole && whole > 0 => {
            names.iter().find_map(|name| fault(token, name))
        }
        _ => Some("it is not a list of names".to_owned()),
    };
    let (message, severity) = match (wrong, names) {
        (Some(wrong), _) => (
            format!("`crit` is malformed: {wrong}; every verifier must refuse the token"),
            Severity::High,
        ),
        (None, Some(names)) if names.iter().all(|name| KNOWN.contains(name)) => return None,
        (None, names) => {
            let names = quoted(&names.unwrap_or_default());
            (
                format!(
                    "`crit` demands {names}: a verifier that does not know it must refuse, and some do not look"
                ),
                RULE.severity,
            )
        }
    };
    let finding = Finding::new(&RULE, "crit", message)
        .help("leave `crit` out unless every verifier implements the extension");
    Some(Finding {
        severity,
        ..finding
    })
}

/// RFC 7515 §4.1.11.
fn fault(token: &Token<'_>, name: &str) -> Option<String> {
    if REGISTERED.contains(&name) {
        return Some(format!("`{name}` is no extension"));
    }
    token
        .parameter(name)
        .is_none()
        .then(|| format!("`{name}` is not in the header"))
}

const REGISTERED: [&str; 18] = [
    "alg", "enc", "zip", "jku", "jwk", "kid", "x5u", "x5c", "x5t", "x5t#S256", "typ", "cty",
    "crit", "epk", "apu", "apv", "p2s", "p2c",
];

/// `b64` has a rule of its own, and `redacted` is how `jwt inspect --redact` makes a token unusable.
const KNOWN: [&str; 2] = ["b64", "redacted"];
