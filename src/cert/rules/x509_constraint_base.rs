//! A name constraint is not written as its form wants.

use super::Subject;
use crate::cert::certificate::GeneralName;
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};

pub(super) static RULE: Rule = Rule {
    id: "x509-constraint-base",
    title: "a name constraint is not written as its form wants",
    severity: Severity::High,
    confidence: Confidence::High,
    page: page!("x509_constraint_base.md"),
};

pub(super) fn check(subject: &Subject<'_>) -> Option<Finding> {
    let constraints = subject.certificate.constraints.as_ref()?;
    if constraints.bounded {
        return Some(subject.finding(&RULE, "a subtree has a `minimum` or `maximum`"));
    }
    let host = |text: &str| {
        text.split('.').all(|label| {
            !label.is_empty()
                && label
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
        })
    };
    let mut bases = constraints.permitted.iter().chain(&constraints.excluded);
    let wrong = bases.find(|base| match base {
        GeneralName::Uri(text) => !host(text.strip_prefix('.').unwrap_or(text)),
        GeneralName::Dns(text) => !text.is_empty() && !host(text),
        _ => false,
    })?;
    Some(subject.finding(
        &RULE,
        format!("the constraint on {}s `{wrong}` is malformed", wrong.form()),
    ))
}
