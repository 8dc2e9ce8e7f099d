//! A signature that is not made for one occasion.

use super::Subject;
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};

pub(super) static RULE: Rule = Rule {
    id: "request-no-nonce",
    title: "the signature has no nonce",
    severity: Severity::Info,
    confidence: Confidence::High,
    page: page!("no_nonce.md"),
};

pub(super) fn check(subject: &Subject<'_>) -> Vec<Finding> {
    subject
        .signatures
        .iter()
        .filter(|signature| signature.parameter("nonce").is_none())
        .map(|signature| {
            let label = &signature.fields.label;
            let message = format!(
                "the signature `{label}` has no `nonce`: within its age a copy is told from it by its bytes alone"
            );
            subject
                .at_signature(Finding::new(&RULE, label, message))
                .help("add a random `nonce`, and keep a replay store where it is verified")
        })
        .collect()
}
