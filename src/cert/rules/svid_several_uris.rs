//! An X509-SVID has more than one URI.

use super::Subject;
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};

pub(super) static RULE: Rule = Rule {
    id: "svid-several-uris",
    title: "an X509-SVID has more than one URI",
    severity: Severity::High,
    confidence: Confidence::High,
    page: page!("svid_several_uris.md"),
};

pub(super) fn check(subject: &Subject<'_>) -> Option<Finding> {
    let uris = &subject.certificate.uris;
    (subject.is_svid() && uris.len() > 1).then(|| {
        subject.finding(
            &RULE,
            format!("it has {} URIs: {}", uris.len(), uris.join(", ")),
        )
    })
}
