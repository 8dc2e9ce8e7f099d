//! The authority of an X509-SVID bears no SPIFFE ID.

use super::Subject;
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};

pub(super) static RULE: Rule = Rule {
    id: "svid-unnamed-authority",
    title: "the authority of an X509-SVID bears no SPIFFE ID",
    severity: Severity::Info,
    confidence: Confidence::High,
    page: page!("svid_unnamed_authority.md"),
};

pub(super) fn check(subject: &Subject<'_>) -> Option<Finding> {
    let issuer = subject.issuer()?;
    (subject.is_svid() && issuer.uris.is_empty()).then(|| {
        subject.finding(
            &RULE,
            format!("its issuer `{}` bears no SPIFFE ID", issuer.name()),
        )
    })
}
