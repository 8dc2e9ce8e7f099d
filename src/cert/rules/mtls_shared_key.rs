//! Two certificates of different names have one key.

use super::Subject;
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};

pub(super) static RULE: Rule = Rule {
    id: "mtls-shared-key",
    title: "two certificates of different names have one key",
    severity: Severity::Medium,
    confidence: Confidence::High,
    page: page!("mtls_shared_key.md"),
};

pub(super) fn check(subject: &Subject<'_>) -> Option<Finding> {
    let certificate = subject.certificate;
    let before = subject.all.get(..subject.index).unwrap_or_default();
    let other = before.iter().find(|other| {
        other.key_info == certificate.key_info && other.name() != certificate.name()
    })?;
    Some(subject.finding(&RULE, format!("its key is also that of `{}`", other.name())))
}
