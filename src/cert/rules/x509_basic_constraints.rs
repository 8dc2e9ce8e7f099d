//! BasicConstraints and keyUsage contradict each other.

use super::Subject;
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};

pub(super) static RULE: Rule = Rule {
    id: "x509-basic-constraints",
    title: "basicConstraints and keyUsage contradict each other",
    severity: Severity::High,
    confidence: Confidence::High,
    page: page!("x509_basic_constraints.md"),
};

pub(super) fn check(subject: &Subject<'_>) -> Option<Finding> {
    let certificate = subject.certificate;
    let usage = certificate.key_usage;
    let signs = usage.is_some_and(|usage| usage.certificates);
    let message = match (certificate.is_authority, usage) {
        (true, None) => "it is an authority without keyUsage",
        (true, Some(_)) if !signs => "it is an authority whose key may not sign certificates",
        (true, _) if !certificate.basic_is_critical => "its basicConstraints are not critical",
        (false, _) if signs => "its key may sign certificates, and it is no authority",
        (false, _) if certificate.path_length.is_some() => {
            "it has a path length and is no authority"
        }
        _ => return None,
    };
    Some(subject.finding(&RULE, message))
}
