//! The serial number is easy to guess.

use super::Subject;
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};

pub(super) static RULE: Rule = Rule {
    id: "x509-short-serial",
    title: "the serial number is easy to guess",
    severity: Severity::Low,
    confidence: Confidence::High,
    page: page!("x509_short_serial.md"),
};

pub(super) fn check(subject: &Subject<'_>) -> Option<Finding> {
    let octets = &subject.certificate.serial_octets;
    (octets.len() < 8
        && subject.certificate.serial_problem().is_none()
        && !subject.certificate.is_self_issued())
    .then(|| {
        subject.finding(
            &RULE,
            format!(
                "its serial number {} has {} octets",
                subject.certificate.serial,
                octets.len()
            ),
        )
    })
}
