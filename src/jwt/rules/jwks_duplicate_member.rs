//! Duplicate members in a set.

use super::super::subject::KeySet;
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};

pub(super) static RULE: Rule = Rule {
    id: "jwks-duplicate-member",
    title: "a member of a key is there twice",
    severity: Severity::High,
    confidence: Confidence::High,
    page: page!("jwks_duplicate_member.md"),
};

pub(super) fn check(set: &KeySet<'_>) -> Vec<Finding> {
    let findings = set.duplicates.iter().map(|duplicate| {
        let message = format!(
            "the member `{}` is there twice: two readers may see two keys",
            duplicate.key
        );
        Finding::new(&RULE, duplicate.key.clone(), message)
            .at(&set.source, duplicate.second, "")
            .and(&set.source, duplicate.first, "the first")
            .help("keep one of the two")
    });
    findings.collect()
}
