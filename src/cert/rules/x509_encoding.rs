//! A certificate is not written as DER demands.

use super::Subject;
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};

pub(super) static RULE: Rule = Rule {
    id: "x509-encoding",
    title: "a certificate is not written as DER demands",
    severity: Severity::High,
    confidence: Confidence::High,
    page: page!("x509_encoding.md"),
};

pub(super) fn check(subject: &Subject<'_>) -> Option<Finding> {
    let (first, others) = subject.certificate.defects.split_first()?;
    let finding = subject.finding(&RULE, first.to_string());
    Some(others.iter().fold(finding, |finding, defect| {
        finding.because(defect.to_string())
    }))
}
