//! A revocation list is out of force.

use super::ListSubject;
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};

pub(super) static RULE: Rule = Rule {
    id: "crl-stale",
    title: "a revocation list is out of force",
    severity: Severity::High,
    confidence: Confidence::High,
    page: page!("crl_stale.md"),
};

pub(super) fn check(subject: &ListSubject<'_>) -> Option<Finding> {
    let next = subject.list.next_update?;
    (subject.now.unix() > next.unix()).then(|| {
        subject.finding(
            &RULE,
            format!(
                "the next was due at {next} ({})",
                next.relative_to(subject.now)
            ),
        )
    })
}
