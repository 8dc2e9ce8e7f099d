//! A leaf stands below an authority of another trust domain.

use super::Subject;
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::kernel::spiffe_id::SpiffeId;

pub(super) static RULE: Rule = Rule {
    id: "svid-foreign-authority",
    title: "a leaf stands below an authority of another trust domain",
    severity: Severity::Medium,
    confidence: Confidence::High,
    page: page!("svid_foreign_authority.md"),
};

pub(super) fn check(subject: &Subject<'_>) -> Option<Finding> {
    let id = subject.id()?;
    let issuer = subject.issuer()?;
    let theirs: SpiffeId = issuer.uris.iter().find_map(|uri| uri.parse().ok())?;
    (theirs.trust_domain() != id.trust_domain()).then(|| {
        subject.finding(
            &RULE,
            format!(
                "its trust domain is {}, its issuer's {}",
                id.trust_domain(),
                theirs.trust_domain()
            ),
        )
    })
}
