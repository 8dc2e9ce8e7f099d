//! A body without a covered digest.

use super::Subject;
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};

pub(super) static RULE: Rule = Rule {
    id: "request-body-uncovered",
    title: "the body is not covered",
    severity: Severity::High,
    confidence: Confidence::High,
    page: page!("body_uncovered.md"),
};

pub(super) fn check(subject: &Subject<'_>) -> Vec<Finding> {
    if !subject.message.has_body() {
        return Vec::new();
    }
    subject
        .signatures
        .iter()
        .filter(|signature| !signature.components.is_empty())
        .filter(|signature| !signature.covers_digest())
        .map(|signature| {
            let label = &signature.fields.label;
            let message = format!(
                "the signature `{label}` covers neither `content-digest` nor `repr-digest`, and there is a body"
            );
            let finding = subject.at_signature(Finding::new(&RULE, label, message));
            finding.help("make a `Content-Digest` (RFC 9530) and cover it")
        })
        .collect()
}
