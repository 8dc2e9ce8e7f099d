//! The same key under several names.

use super::super::subject::KeySet;
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};

pub(super) static RULE: Rule = Rule {
    id: "jwks-duplicate-key",
    title: "one key is in the set twice",
    severity: Severity::Medium,
    confidence: Confidence::High,
    page: page!("jwks_duplicate_key.md"),
};

pub(super) fn check(set: &KeySet<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (at, member) in set.members.iter().enumerate() {
        let Some(identity) = member.identity() else {
            continue;
        };
        let mut earlier = set.members.iter().take(at);
        if let Some(other) = earlier.find(|other| other.identity().as_ref() == Some(&identity)) {
            let message = format!("{} is the same key as {}", member.name(), other.name());
            findings.push(
                set.finding(&RULE, member, ("kid", message))
                    .help("keep one; a second algorithm or use needs a key of its own"),
            );
        }
    }
    findings
}
