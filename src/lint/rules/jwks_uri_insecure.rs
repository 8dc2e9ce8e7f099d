//! A `jwksUri` without TLS, or one that leads to the cloud's metadata.

use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::lint::model::Model;

pub(super) static RULE: Rule = Rule {
    id: "jwks-uri-insecure",
    title: "the keys of an issuer are fetched over plain HTTP or from inside",
    severity: Severity::High,
    confidence: Confidence::High,
    page: page!("jwks_uri_insecure.md"),
};

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    for authentication in &model.mesh.request_authentications {
        for uri in authentication.rules.iter().filter_map(|rule| rule.jwks_uri) {
            let (scheme, rest) = uri.text.split_once("://").unwrap_or(("", uri.text));
            let host = rest.split(['/', ':', '?']).next().unwrap_or_default();
            let metadata = host.starts_with("169.254.") || host == "metadata.google.internal";
            let plain = scheme.eq_ignore_ascii_case("http");
            if !plain && !metadata {
                continue;
            }
            let what = if metadata {
                format!("fetches keys from `{host}`, the cloud's metadata service")
            } else {
                format!("fetches keys from `{host}` over plain HTTP: whoever answers decides which tokens are good")
            };
            let mut finding = authentication
                .resource
                .finding(&RULE, (uri.span, "not to be trusted"), what)
                .help("use `https://` and an address that only the issuer answers for");
            if plain && !metadata && (host.ends_with(".svc") || host.contains(".svc.")) {
                finding.severity = Severity::Medium;
            }
            found.push(finding);
        }
    }
}
