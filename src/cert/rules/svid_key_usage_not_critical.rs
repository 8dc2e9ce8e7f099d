//! The keyUsage of an X509-SVID is not critical.

use super::Subject;
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};

pub(super) static RULE: Rule = Rule {
    id: "svid-key-usage-not-critical",
    title: "the keyUsage of an X509-SVID is not critical",
    severity: Severity::Low,
    confidence: Confidence::High,
    page: page!("svid_key_usage_not_critical.md"),
};

pub(super) fn check(subject: &Subject<'_>) -> Option<Finding> {
    let usage = subject.certificate.key_usage?;
    (subject.is_svid() && !usage.critical)
        .then(|| subject.finding(&RULE, "its keyUsage is not critical"))
}
