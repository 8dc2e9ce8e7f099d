//! A signature over its own parameters alone.

use super::Subject;
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};

pub(super) static RULE: Rule = Rule {
    id: "request-nothing-covered",
    title: "the signature covers nothing",
    severity: Severity::Critical,
    confidence: Confidence::High,
    page: page!("nothing_covered.md"),
};

pub(super) fn check(subject: &Subject<'_>) -> Vec<Finding> {
    subject
        .signatures
        .iter()
        .filter(|signature| signature.components.is_empty())
        .map(|signature| {
            let label = &signature.fields.label;
            let message = format!("the signature `{label}` covers no component of the message");
            subject
                .at_signature(Finding::new(&RULE, label, message))
                .help("cover at least `@method`, `@authority`, `@path`, `@query` and the body's digest")
        })
        .collect()
}
