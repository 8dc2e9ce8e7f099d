//! Flows that hand tokens to the browser.

use super::super::subject::Metadata;
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};

pub(super) static RULE: Rule = Rule {
    id: "metadata-implicit-flow",
    title: "access tokens are sent through the browser",
    severity: Severity::Medium,
    confidence: Confidence::High,
    page: page!("metadata_implicit_flow.md"),
};

pub(super) fn check(metadata: &Metadata<'_>) -> Vec<Finding> {
    let types = metadata
        .texts("response_types_supported")
        .unwrap_or_default();
    let implicit = types
        .into_iter()
        .find(|kind| kind.split(' ').any(|word| word == "token"));
    let Some(kind) = implicit else {
        return Vec::new();
    };
    let message =
        format!("the response type `{kind}` sends access tokens through the browser's address bar");
    vec![
        metadata
            .finding(&RULE, "response_types_supported", message)
            .help("offer `code` with PKCE instead (RFC 9700 §2.1.2)"),
    ]
}
