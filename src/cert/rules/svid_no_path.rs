//! The SPIFFE ID of a leaf names no workload.

use super::Subject;
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};

pub(super) static RULE: Rule = Rule {
    id: "svid-no-path",
    title: "the SPIFFE ID of a leaf names no workload",
    severity: Severity::High,
    confidence: Confidence::High,
    page: page!("svid_no_path.md"),
};

pub(super) fn check(subject: &Subject<'_>) -> Option<Finding> {
    let id = subject.id()?;
    (!subject.certificate.is_authority && !id.is_workload())
        .then(|| subject.finding(&RULE, format!("`{id}` has no path")))
}
