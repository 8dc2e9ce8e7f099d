//! The keyUsage of an X509-SVID is not what it must be.

use super::Subject;
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};

pub(super) static RULE: Rule = Rule {
    id: "svid-key-usage",
    title: "the keyUsage of an X509-SVID is not what it must be",
    severity: Severity::High,
    confidence: Confidence::High,
    page: page!("svid_key_usage.md"),
};

pub(super) fn check(subject: &Subject<'_>) -> Option<Finding> {
    if !subject.is_svid() {
        return None;
    }
    let Some(usage) = subject.certificate.key_usage else {
        return Some(subject.finding(&RULE, "it has no keyUsage"));
    };
    let (needed, allowed): (&str, &[&str]) = if subject.certificate.is_authority {
        ("keyCertSign", &["keyCertSign", "cRLSign"])
    } else {
        (
            "digitalSignature",
            &["digitalSignature", "keyEncipherment", "keyAgreement"],
        )
    };
    let names = usage.names();
    let others: Vec<&str> = names
        .iter()
        .copied()
        .filter(|name| !allowed.contains(name))
        .collect();
    if !names.contains(&needed) {
        return Some(subject.finding(
            &RULE,
            format!("its keyUsage lacks {needed}: {}", names.join(", ")),
        ));
    }
    // Appendix A keeps digitalSignature and its like to leaves: a lesser matter than a leaf that may sign certificates.
    let severity = if subject.certificate.is_authority {
        Severity::Low
    } else {
        RULE.severity
    };
    (!others.is_empty()).then(|| Finding {
        severity,
        ..subject.finding(&RULE, format!("its keyUsage allows {}", others.join(", ")))
    })
}
