//! The serial number is not one that may be issued.

use super::Subject;
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};

pub(super) static RULE: Rule = Rule {
    id: "x509-serial",
    title: "the serial number is not one that may be issued",
    severity: Severity::Medium,
    confidence: Confidence::High,
    page: page!("x509_serial.md"),
};

pub(super) fn check(subject: &Subject<'_>) -> Option<Finding> {
    let problem = subject.certificate.serial_problem()?;
    Some(subject.finding(
        &RULE,
        format!("its serial number {} {problem}", subject.certificate.serial),
    ))
}
