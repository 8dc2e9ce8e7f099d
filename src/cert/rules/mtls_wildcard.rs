//! A leaf has a wildcard.

use super::Subject;
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};

pub(super) static RULE: Rule = Rule {
    id: "mtls-wildcard",
    title: "a leaf has a wildcard",
    severity: Severity::Low,
    confidence: Confidence::High,
    page: page!("mtls_wildcard.md"),
};

pub(super) fn check(subject: &Subject<'_>) -> Option<Finding> {
    let name = subject
        .certificate
        .dns_names
        .iter()
        .find(|name| name.contains('*'))?;
    Some(subject.finding(&RULE, format!("`{name}` stands for many services")))
}
