//! A revocation list lacks what every list has.

use super::ListSubject;
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};

pub(super) static RULE: Rule = Rule {
    id: "crl-missing-field",
    title: "a revocation list lacks what every list has",
    severity: Severity::Medium,
    confidence: Confidence::High,
    page: page!("crl_missing_field.md"),
};

pub(super) fn check(subject: &ListSubject<'_>) -> Option<Finding> {
    let list = subject.list;
    let missing = if list.next_update.is_none() {
        "the time of the next list (nextUpdate)"
    } else if list.number.is_none() {
        "its number (cRLNumber)"
    } else if list.authority_key_id.is_none() {
        "the identifier of its issuer's key (authorityKeyIdentifier)"
    } else if list.number.as_ref().is_some_and(|number| number.len() > 20) {
        return Some(subject.finding(&RULE, "its number has more than 20 octets"));
    } else {
        return None;
    };
    Some(subject.finding(&RULE, format!("it lacks {missing}")))
}
