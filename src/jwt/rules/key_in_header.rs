//! A header that brings the key to verify it with.

use super::super::inspect::Dissection;
use crate::kernel::finding::{Confidence, Finding, Rule, Severity};
use crate::kernel::time::Timestamp;

pub(super) static RULE: Rule = Rule {
    id: "jwt-key-in-header",
    title: "the token brings its own key",
    severity: Severity::High,
    confidence: Confidence::Medium,
    page: include_str!("key_in_header.md"),
};

pub(super) fn check(token: &Dissection, _now: Timestamp) -> Option<Finding> {
    let header = token.header.as_ref()?;
    let found: Vec<String> = ["jku", "jwk", "x5u", "x5c"]
        .into_iter()
        .filter(|name| header.get(name).is_some())
        .map(|name| format!("`{name}`"))
        .collect();
    (!found.is_empty()).then(|| {
        let message = format!(
            "the header holds {}: whoever trusts it trusts the sender's own key",
            found.join(", ")
        );
        Finding::new(&RULE, "header", message)
            .help("take keys from the issuer's configuration alone; these parameters are never followed here")
    })
}
