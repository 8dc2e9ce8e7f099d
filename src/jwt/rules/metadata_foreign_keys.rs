//! Keys from elsewhere.

use super::super::subject::{Metadata, url_parts};
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};

pub(super) static RULE: Rule = Rule {
    id: "metadata-foreign-keys",
    title: "the keys are on another host than the issuer",
    severity: Severity::Low,
    confidence: Confidence::Medium,
    page: page!("metadata_foreign_keys.md"),
};

pub(super) fn check(metadata: &Metadata<'_>) -> Vec<Finding> {
    let host = |name: &str| {
        metadata
            .text(name)
            .and_then(url_parts)
            .map(|(_, host, _)| host)
    };
    let (Some(issuer), Some(keys)) = (host("issuer"), host("jwks_uri")) else {
        return Vec::new();
    };
    if issuer == keys {
        return Vec::new();
    }
    let message = format!(
        "`jwks_uri` is on `{keys}`, the issuer is `{issuer}`: whoever runs that host can sign as the issuer"
    );
    vec![
        metadata
            .finding(&RULE, "jwks_uri", message)
            .help("serve the keys from the issuer's own host, or be sure of the other"),
    ]
}
