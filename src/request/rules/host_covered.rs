//! A field that proxies rewrite.

use super::Subject;
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};

pub(super) static RULE: Rule = Rule {
    id: "request-host-covered",
    title: "`host` is covered instead of `@authority`",
    severity: Severity::Low,
    confidence: Confidence::High,
    page: page!("host_covered.md"),
};

pub(super) fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let covered = subject.covering("host", |_| true);
    covered
        .map(|signature| {
            let label = &signature.fields.label;
            let message = format!("the signature `{label}` covers the field `host`");
            subject
                .at_signature(Finding::new(&RULE, label, message))
                .help("cover `@authority`, which exists in every version of HTTP")
        })
        .collect()
}
