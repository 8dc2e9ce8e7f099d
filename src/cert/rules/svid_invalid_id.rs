//! A URI is meant to be a SPIFFE ID and is none.

use super::Subject;
use super::is_spiffe;
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::kernel::spiffe_id::SpiffeId;

pub(super) static RULE: Rule = Rule {
    id: "svid-invalid-id",
    title: "a URI is meant to be a SPIFFE ID and is none",
    severity: Severity::High,
    confidence: Confidence::High,
    page: page!("svid_invalid_id.md"),
};

pub(super) fn check(subject: &Subject<'_>) -> Option<Finding> {
    let wrong = subject.certificate.uris.iter().find_map(|uri| {
        let error = uri.parse::<SpiffeId>().err()?;
        is_spiffe(uri).then(|| format!("`{uri}` is no SPIFFE ID: {error}"))
    });
    wrong.map(|message| subject.finding(&RULE, message))
}
