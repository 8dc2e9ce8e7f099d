//! The form of an issuer.

use super::super::subject::{Metadata, url_parts};
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};

pub(super) static RULE: Rule = Rule {
    id: "metadata-issuer",
    title: "the issuer is no issuer identifier",
    severity: Severity::High,
    confidence: Confidence::High,
    page: page!("metadata_issuer.md"),
};

pub(super) fn check(metadata: &Metadata<'_>) -> Vec<Finding> {
    let Some(node) = metadata.root.get("issuer") else {
        return Vec::new();
    };
    let wrong = match node.as_str() {
        None => format!("is {}, not a URL", node.kind()),
        Some(issuer) => match url_parts(issuer) {
            None => format!("is `{issuer}`, which is no URL"),
            Some((scheme, _, _)) if scheme != "https" => {
                format!("is `{issuer}`, which is not https")
            }
            Some((_, _, rest)) if rest.contains(['?', '#']) => {
                format!("is `{issuer}`, which has a query or a fragment")
            }
            Some(_) => return Vec::new(),
        },
    };
    let finding = metadata.finding(&RULE, "issuer", format!("`issuer` {wrong}"));
    vec![finding.help(
        "an issuer is an https URL without query and fragment, and equals `iss` in its tokens",
    )]
}
