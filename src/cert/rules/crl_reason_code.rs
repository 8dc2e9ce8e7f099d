//! An entry has a reason that is not to be written.

use super::ListSubject;
use crate::kernel::crypto::hex;
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};

pub(super) static RULE: Rule = Rule {
    id: "crl-reason-code",
    title: "an entry has a reason that is not to be written",
    severity: Severity::Low,
    confidence: Confidence::High,
    page: page!("crl_reason_code.md"),
};

pub(super) fn check(subject: &ListSubject<'_>) -> Option<Finding> {
    let wrong = subject
        .list
        .revoked
        .iter()
        .find(|entry| match entry.reason {
            Some(reason) => {
                matches!(reason.0, 0 | 7 | 11..) || reason.0 == 8 && !subject.list.is_delta()
            }
            None => false,
        })?;
    let code = wrong.reason.map_or(0, |reason| reason.0);
    Some(subject.finding(
        &RULE,
        format!("the entry {} has the reason {code}", hex(&wrong.serial)),
    ))
}
