//! A leaf lives longer than an hour.

use std::time::Duration;

use super::Subject;
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::kernel::time::humanize;

pub(super) static RULE: Rule = Rule {
    id: "mtls-long-lifetime",
    title: "a leaf lives longer than an hour",
    severity: Severity::Medium,
    confidence: Confidence::High,
    page: page!("mtls_long_lifetime.md"),
};

pub(super) fn check(subject: &Subject<'_>) -> Option<Finding> {
    let certificate = subject.certificate;
    let life = certificate.not_after.since(certificate.not_before);
    // The backdating that clocks need is not held against it.
    if certificate.is_authority || life <= LIMIT + Duration::from_secs(60) {
        return None;
    }
    let severity = match (subject.is_svid(), life > Duration::from_secs(25 * 3600)) {
        (true, true) => Severity::High,
        (true, false) => Severity::Medium,
        (false, _) => Severity::Low,
    };
    let message = format!(
        "it lives {}; {} is the limit",
        humanize(life),
        humanize(LIMIT)
    );
    Some(Finding {
        severity,
        ..subject.finding(&RULE, message)
    })
}

/// The longest life of a workload's certificate.
const LIMIT: Duration = Duration::from_secs(3600);
