//! Duplicate members in metadata.

use super::super::subject::Metadata;
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};

pub(super) static RULE: Rule = Rule {
    id: "metadata-duplicate-member",
    title: "a member of the metadata is there twice",
    severity: Severity::High,
    confidence: Confidence::High,
    page: page!("metadata_duplicate_member.md"),
};

pub(super) fn check(metadata: &Metadata<'_>) -> Vec<Finding> {
    let findings = metadata.duplicates.iter().map(|duplicate| {
        let message = format!(
            "the member `{}` is there twice: two clients may read two documents",
            duplicate.key
        );
        metadata
            .finding(&RULE, &duplicate.key, message)
            .help("keep one of the two")
    });
    findings.collect()
}
