//! Method, authority or target left out.

use super::{Subject, missing};
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};

pub(super) static RULE: Rule = Rule {
    id: "request-target-uncovered",
    title: "the signature does not cover what the request asks for",
    severity: Severity::High,
    confidence: Confidence::High,
    page: page!("target_uncovered.md"),
};

pub(super) fn check(subject: &Subject<'_>) -> Vec<Finding> {
    if !subject.message.is_request() {
        return Vec::new();
    }
    subject
        .signatures
        .iter()
        .filter(|signature| !signature.components.is_empty())
        .filter_map(|signature| {
            let missing = missing(signature);
            if missing.is_empty() {
                return None;
            }
            let label = &signature.fields.label;
            let message = format!(
                "the signature `{label}` leaves out {}: it holds for another request, too",
                missing.join(", ")
            );
            let finding = subject.at_signature(Finding::new(&RULE, label, message));
            Some(
                finding
                    .help("cover `@method`, `@authority`, `@path` and `@query`, or `@target-uri`"),
            )
        })
        .collect()
}
