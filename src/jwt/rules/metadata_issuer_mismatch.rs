//! Documents of another issuer.

use super::super::subject::Metadata;
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};

pub(super) static RULE: Rule = Rule {
    id: "metadata-issuer-mismatch",
    title: "the document is not of the issuer that was asked",
    severity: Severity::High,
    confidence: Confidence::High,
    page: page!("metadata_issuer_mismatch.md"),
};

pub(super) fn check(metadata: &Metadata<'_>) -> Vec<Finding> {
    let (Some(expected), Some(found)) = (metadata.expected_issuer, metadata.text("issuer")) else {
        return Vec::new();
    };
    if found == expected {
        return Vec::new();
    }
    let message = format!("`issuer` is `{found}`; the document was asked of `{expected}`");
    let finding = metadata.finding(&RULE, "issuer", message);
    vec![finding.help(
        "refuse the document; issuers are compared character by character, a final `/` included",
    )]
}
