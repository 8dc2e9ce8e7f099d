//! A revocation list is not written as it must be.

use super::ListSubject;
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};

pub(super) static RULE: Rule = Rule {
    id: "crl-encoding",
    title: "a revocation list is not written as it must be",
    severity: Severity::High,
    confidence: Confidence::High,
    page: page!("crl_encoding.md"),
};

pub(super) fn check(subject: &ListSubject<'_>) -> Option<Finding> {
    let (first, others) = subject.list.defects.split_first()?;
    let finding = subject.finding(&RULE, first.to_string());
    Some(others.iter().fold(finding, |finding, defect| {
        finding.because(defect.to_string())
    }))
}
