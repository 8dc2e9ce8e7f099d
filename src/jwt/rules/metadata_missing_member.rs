//! Members that the document must have.

use super::super::subject::{Metadata, quoted};
use crate::kernel::document::Node;
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};

pub(super) static RULE: Rule = Rule {
    id: "metadata-missing-member",
    title: "a required member is missing",
    severity: Severity::Medium,
    confidence: Confidence::High,
    page: page!("metadata_missing_member.md"),
};

pub(super) fn check(metadata: &Metadata<'_>) -> Vec<Finding> {
    let grants = metadata.grants();
    let front = grants
        .iter()
        .any(|grant| ["authorization_code", "implicit"].contains(grant));
    let only_implicit = grants.iter().all(|grant| *grant == "implicit");
    let openid = metadata.is_openid();
    let required = [
        ("issuer", true),
        ("authorization_endpoint", front || openid),
        ("token_endpoint", !only_implicit),
        ("jwks_uri", openid),
        ("response_types_supported", true),
        ("subject_types_supported", openid),
        ("id_token_signing_alg_values_supported", openid),
    ];
    let absent: Vec<&str> = required
        .into_iter()
        .filter(|(name, needed)| *needed && metadata.root.get(name).is_none_or(Node::is_null))
        .map(|(name, _)| name)
        .collect();
    if absent.is_empty() {
        return Vec::new();
    }
    let (kind, source) = if openid {
        ("an OpenID provider", "OpenID Connect Discovery §3")
    } else {
        ("an authorization server", "RFC 8414 §2")
    };
    let message = format!(
        "the metadata of {kind} has no {} ({source})",
        quoted(&absent)
    );
    vec![
        metadata
            .finding(&RULE, absent.first().copied().unwrap_or_default(), message)
            .help("add what clients need to find"),
    ]
}
