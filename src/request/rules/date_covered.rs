//! A time that others may rewrite.

use super::Subject;
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};

pub(super) static RULE: Rule = Rule {
    id: "request-date-covered",
    title: "`date` is covered instead of `created`",
    severity: Severity::Low,
    confidence: Confidence::High,
    page: page!("date_covered.md"),
};

pub(super) fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let covered = subject.covering("date", |_| true);
    covered
        .map(|signature| {
            let label = &signature.fields.label;
            let message = format!("the signature `{label}` covers the field `date`");
            subject
                .at_signature(Finding::new(&RULE, label, message))
                .help("say when it was made with `created`; browsers do not let scripts set `Date`")
        })
        .collect()
}
