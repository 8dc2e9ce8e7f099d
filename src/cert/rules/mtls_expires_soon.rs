//! A certificate is past the time to renew it.

use super::Subject;
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::kernel::time::humanize;

pub(super) static RULE: Rule = Rule {
    id: "mtls-expires-soon",
    title: "a certificate is past the time to renew it",
    severity: Severity::Low,
    confidence: Confidence::High,
    page: page!("mtls_expires_soon.md"),
};

pub(super) fn check(subject: &Subject<'_>) -> Option<Finding> {
    let certificate = subject.certificate;
    let life = certificate.not_after.since(certificate.not_before);
    let left = certificate.not_after.since(subject.now);
    let runs = subject.now.unix() <= certificate.not_after.unix();
    (runs && !certificate.is_authority && left < life / 3).then(|| {
        subject.finding(
            &RULE,
            format!("{} of {} are left", humanize(left), humanize(life)),
        )
    })
}
