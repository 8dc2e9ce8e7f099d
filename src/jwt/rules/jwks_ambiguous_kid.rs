//! Ids that name several keys.

use super::super::subject::{KeySet, Member};
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};

pub(super) static RULE: Rule = Rule {
    id: "jwks-ambiguous-kid",
    title: "two keys of one type have the same id",
    severity: Severity::High,
    confidence: Confidence::High,
    page: page!("jwks_ambiguous_kid.md"),
};

pub(super) fn check(set: &KeySet<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (at, member) in set.members.iter().enumerate() {
        let Some(id) = member.text("kid").filter(|id| !id.is_empty()) else {
            continue;
        };
        let mut earlier = set.members.iter().take(at);
        let same = |other: &&Member<'_>| {
            other.text("kid") == Some(id) && other.text("kty") == member.text("kty")
        };
        if let Some(other) = earlier.find(same) {
            let message = format!(
                "`kid` is `{id}` in key {} and key {}: a token cannot say which it means",
                other.index, member.index
            );
            findings.push(set.finding(&RULE, member, ("kid", message)).help(
                "give each key its own id; a thumbprint is one: `countersign jwt jwks thumbprint`",
            ));
        }
    }
    findings
}
