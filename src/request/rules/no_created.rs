//! A signature without a time.

use super::Subject;
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};

pub(super) static RULE: Rule = Rule {
    id: "request-no-created",
    title: "the signature does not say when it was made",
    severity: Severity::Medium,
    confidence: Confidence::High,
    page: page!("no_created.md"),
};

pub(super) fn check(subject: &Subject<'_>) -> Vec<Finding> {
    subject
        .signatures
        .iter()
        .filter(|signature| signature.parameter("created").is_none())
        .map(|signature| {
            let label = &signature.fields.label;
            let message =
                format!("the signature `{label}` has no `created`: its age cannot be told");
            subject
                .at_signature(Finding::new(&RULE, label, message))
                .help("sign with `created` (RFC 9421 §3.1)")
        })
        .collect()
}
