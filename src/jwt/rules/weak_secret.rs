//! Secrets that a person made up.

use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::kernel::key::{Key, Material};

pub(super) static RULE: Rule = Rule {
    id: "jwt-weak-secret",
    title: "the secret looks guessable",
    severity: Severity::High,
    confidence: Confidence::Medium,
    page: page!("weak_secret.md"),
};

pub(super) fn check(key: &Key) -> Option<Finding> {
    let Material::Secret(secret) = &key.material else {
        return None;
    };
    let why = weakness(secret.expose())?;
    let message = format!("the secret `{}` {why}", key.name());
    Some(
        Finding::new(&RULE, key.name(), message)
            .help("make a new one: `countersign jwt jwks generate --kind HS256`"),
    )
}

fn weakness(secret: &[u8]) -> Option<String> {
    if secret.len() < 4 {
        return None;
    }
    let mut counts = [0_u32; 256];
    for byte in secret {
        if let Some(count) = counts.get_mut(usize::from(*byte)) {
            *count += 1;
        }
    }
    let bits = entropy(&counts, secret.len());
    if let Some(period) = period(secret) {
        return Some(format!("repeats itself every {period} bytes"));
    }
    let step = |pair: &[u8]| matches!(pair, [one, other] if other.wrapping_sub(*one) <= 1);
    let steps = secret.windows(2).filter(|pair| step(pair)).count();
    if steps * 10 > (secret.len() - 1) * 7 {
        return Some("is a run of neighbouring characters".to_owned());
    }
    let text = String::from_utf8_lossy(secret).to_ascii_lowercase();
    // Which word it is would be a part of the secret.
    if WORDS.iter().any(|word| text.contains(word)) {
        return Some("holds a word that stands in sample files and password lists".to_owned());
    }
    // Words and digits that people string together stay far below what as many random bytes have.
    (bits < 64.0)
        .then(|| format!("has about {bits:.0} bits of entropy by the frequency of its bytes"))
}

/// The entropy of the whole by the frequency of its bytes: an upper bound of what there is to guess.
fn entropy(counts: &[u32; 256], length: usize) -> f64 {
    let length = f64::from(u32::try_from(length).unwrap_or(u32::MAX));
    let part = |count: &u32| match *count {
        0 => 0.0,
        count => -f64::from(count) * (f64::from(count) / length).log2(),
    };
    counts.iter().map(part).sum()
}

/// The shortest period of a secret that is at least three times as long.
fn period(secret: &[u8]) -> Option<usize> {
    (1..=secret.len() / 3).find(|period| {
        let shifted = secret.get(*period..).unwrap_or_default();
        secret.iter().zip(shifted).all(|(one, other)| one == other)
    })
}

/// Words that stand in documentation and sample files.
const WORDS: [&str; 12] = [
    "secret",
    "password",
    "changeme",
    "change-me",
    "change_me",
    "example",
    "letmein",
    "qwerty",
    "admin",
    "0123456789",
    "1234567890",
    "abcdefghij",
];
