//! Signatures over signatures.

use super::Subject;
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};

pub(super) static RULE: Rule = Rule {
    id: "request-signature-covered",
    title: "a signature is covered by another one without its input",
    severity: Severity::Low,
    confidence: Confidence::High,
    page: page!("signature_covered.md"),
};

pub(super) fn check(subject: &Subject<'_>) -> Vec<Finding> {
    subject
        .covering("signature", |_| true)
        .filter(|signature| !signature.components.iter().any(|each| each.is_field("signature-input")))
        .map(|signature| {
            let label = &signature.fields.label;
            let message = format!(
                "the signature `{label}` covers `signature` but not `signature-input`: bytes without their meaning"
            );
            subject
                .at_signature(Finding::new(&RULE, label, message))
                .help("cover what the first signature covers, too; signing its bytes alone proves little")
        })
        .collect()
}
