//! Fields that belong to intermediaries.

use super::Subject;
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};

pub(super) static RULE: Rule = Rule {
    id: "request-proxy-field-covered",
    title: "a field is covered that every proxy changes",
    severity: Severity::Medium,
    confidence: Confidence::High,
    page: page!("proxy_field_covered.md"),
};

pub(super) fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for name in CHANGED {
        for signature in subject.covering(name, |_| true) {
            let label = &signature.fields.label;
            let message =
                format!("the signature `{label}` covers `{name}`, which intermediaries change");
            let finding = subject.at_signature(Finding::new(&RULE, label, message));
            findings.push(finding.help("leave it out, or sign behind the last intermediary"));
        }
    }
    findings
}

const CHANGED: [&str; 11] = [
    "via",
    "forwarded",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "connection",
    "keep-alive",
    "te",
    "transfer-encoding",
    "upgrade",
    "proxy-authorization",
];
