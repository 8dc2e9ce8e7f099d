//! A chain repeats the root.

use super::Subject;
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};

pub(super) static RULE: Rule = Rule {
    id: "mtls-root-in-chain",
    title: "a chain repeats the root",
    severity: Severity::Info,
    confidence: Confidence::High,
    page: page!("mtls_root_in_chain.md"),
};

pub(super) fn check(subject: &Subject<'_>) -> Option<Finding> {
    let leaf_first = subject.all.first().is_some_and(|first| !first.is_authority);
    (subject.index > 0
        && leaf_first
        && subject.certificate.is_authority
        && subject.certificate.is_self_issued())
    .then(|| subject.finding(&RULE, "it is self-signed and stands in a chain"))
}
