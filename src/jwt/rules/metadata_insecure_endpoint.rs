//! Endpoints in the clear.

use super::super::subject::{Metadata, url_parts};
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};

pub(super) static RULE: Rule = Rule {
    id: "metadata-insecure-endpoint",
    title: "an endpoint is not https",
    severity: Severity::High,
    confidence: Confidence::High,
    page: page!("metadata_insecure_endpoint.md"),
};

pub(super) fn check(metadata: &Metadata<'_>) -> Vec<Finding> {
    let entries = metadata.root.as_mapping().unwrap_or_default().iter();
    let endpoints =
        entries.filter(|entry| entry.key.ends_with("_endpoint") || entry.key == "jwks_uri");
    let findings = endpoints.filter_map(|entry| {
        let wrong = match entry.value.as_str() {
            None => format!("is {}, not a URL", entry.value.kind()),
            Some(url) => match url_parts(url) {
                Some((scheme, _, _)) if scheme == "https" => return None,
                _ => format!("is `{url}`, which is not https"),
            },
        };
        let finding = metadata.finding(&RULE, &entry.key, format!("`{}` {wrong}", entry.key));
        Some(finding.help("serve it over https"))
    });
    findings.collect()
}
