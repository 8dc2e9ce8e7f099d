//! A secret that a person made up.

use super::secrets;
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::kernel::key::Key;

pub(super) static RULE: Rule = Rule {
    id: "request-weak-secret",
    title: "the shared secret looks guessable",
    severity: Severity::High,
    confidence: Confidence::Medium,
    page: page!("weak_secret.md"),
};

pub(super) fn check(keys: &[Key]) -> Vec<Finding> {
    secrets(keys)
        .filter(|(_, secret)| !secret.is_empty())
        .filter_map(|(name, secret)| {
            let why = weakness(secret)?;
            let message = format!("the secret `{name}` {why}");
            Some(
                Finding::new(&RULE, name, message)
                    .help("make a new one: `openssl rand -base64 32`"),
            )
        })
        .collect()
}

// Words that stand in documentation, sample files and password lists.
const WORDS: [&str; 14] = [
    "secret",
    "password",
    "changeme",
    "example",
    "default",
    "letmein",
    "qwerty",
    "admin",
    "sample",
    "testtest",
    "0123456789",
    "1234567890",
    "abcdefghij",
    "deadbeef",
];

fn weakness(secret: &[u8]) -> Option<String> {
    let mut seen = [false; 256];
    for byte in secret {
        if let Some(slot) = seen.get_mut(usize::from(*byte)) {
            *slot = true;
        }
    }
    let different = seen.iter().filter(|seen| **seen).count();
    if different <= 4 || (secret.len() >= 16 && different < 8) {
        return Some(format!("has only {different} different bytes"));
    }
    if let Some(period) = period(secret) {
        return Some(format!("repeats itself every {period} bytes"));
    }
    let steps = secret.windows(2).filter(|pair| match pair {
        [first, second] => second.wrapping_sub(*first) <= 1,
        _ => false,
    });
    if secret.len() > 4 && steps.count() * 10 > (secret.len() - 1) * 7 {
        return Some("is a run of neighbouring characters".to_owned());
    }
    let text = String::from_utf8_lossy(secret).to_ascii_lowercase();
    let word = WORDS.iter().find(|word| text.contains(*word))?;
    Some(format!("holds the word `{word}`"))
}

// The shortest period of a secret that is at least three times as long.
fn period(secret: &[u8]) -> Option<usize> {
    (1..=secret.len() / 3).find(|period| {
        let shifted = secret.get(*period..).unwrap_or_default();
        secret.iter().zip(shifted).all(|(one, other)| one == other)
    })
}
