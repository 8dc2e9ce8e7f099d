//! Algorithms that a server must not offer.

use super::super::subject::Metadata;
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};

pub(super) static RULE: Rule = Rule {
    id: "metadata-weak-algorithm",
    title: "the server supports an algorithm that protects nothing",
    severity: Severity::High,
    confidence: Confidence::High,
    page: page!("metadata_weak_algorithm.md"),
};

pub(super) fn check(metadata: &Metadata<'_>) -> Vec<Finding> {
    let lists = [
        "id_token_signing_alg_values_supported",
        "userinfo_signing_alg_values_supported",
        "request_object_signing_alg_values_supported",
        "token_endpoint_auth_signing_alg_values_supported",
        "dpop_signing_alg_values_supported",
        "introspection_signing_alg_values_supported",
    ];
    let findings = lists.into_iter().filter_map(|name| {
        let algorithms = metadata.texts(name)?;
        // RFC 9449 §5.1: asymmetric alone.
        let symmetric = name.starts_with("dpop");
        let weak = algorithms.into_iter().find(|algorithm| {
            algorithm.eq_ignore_ascii_case("none") || (symmetric && algorithm.starts_with("HS"))
        })?;
        let finding = metadata.finding(&RULE, name, format!("`{name}` holds `{weak}`"));
        let finding = finding
            .help("take it out; clients that ask for it get tokens that anyone could have written");
        // OpenID Connect Discovery §3 lets answers and request objects go unsigned.
        let lenient = name.starts_with("userinfo") || name.starts_with("request_object");
        Some(if lenient {
            Finding {
                severity: Severity::Low,
                ..finding
            }
        } else {
            finding
        })
    });
    findings.collect()
}
