//! A field whose lines cannot be joined.

use super::Subject;
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};

pub(super) static RULE: Rule = Rule {
    id: "request-set-cookie-without-bs",
    title: "`Set-Cookie` is covered as text",
    severity: Severity::Medium,
    confidence: Confidence::High,
    page: page!("set_cookie_without_bs.md"),
};

pub(super) fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let covered = subject.covering("set-cookie", |component| !component.binary);
    covered
        .map(|signature| {
            let label = &signature.fields.label;
            let message = format!(
                "the signature `{label}` covers `set-cookie` without `bs`: its lines cannot be joined and taken apart again"
            );
            subject
                .at_signature(Finding::new(&RULE, label, message))
                .help("cover it as `\"set-cookie\";bs`")
        })
        .collect()
}
