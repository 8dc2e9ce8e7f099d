//! The password grant.

use super::super::subject::Metadata;
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};

pub(super) static RULE: Rule = Rule {
    id: "metadata-password-grant",
    title: "the server takes users' passwords from clients",
    severity: Severity::High,
    confidence: Confidence::High,
    page: page!("metadata_password_grant.md"),
};

pub(super) fn check(metadata: &Metadata<'_>) -> Vec<Finding> {
    if !metadata.grants().contains(&"password") {
        return Vec::new();
    }
    let message = "the grant type `password` has clients ask users for their password".to_owned();
    vec![
        metadata
            .finding(&RULE, "grant_types_supported", message)
            .help(
                "offer the authorization code flow, or the device flow where there is no browser",
            ),
    ]
}
