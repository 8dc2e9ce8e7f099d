//! The certificates of a chain are out of order.

use super::Subject;
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};

pub(super) static RULE: Rule = Rule {
    id: "mtls-chain-order",
    title: "the certificates of a chain are out of order",
    severity: Severity::Low,
    confidence: Confidence::High,
    page: page!("mtls_chain_order.md"),
};

pub(super) fn check(subject: &Subject<'_>) -> Option<Finding> {
    let before = subject.all.get(subject.index.checked_sub(1)?)?;
    let leaf_first = subject.all.first().is_some_and(|first| !first.is_authority);
    (leaf_first
        && subject.certificate.is_authority
        && !before.issuer_name.is(&subject.certificate.subject_name))
    .then(|| {
        subject.finding(
            &RULE,
            format!("the certificate before it is of `{}`", before.issuer),
        )
    })
}
