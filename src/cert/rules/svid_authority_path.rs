//! An authority bears the ID of a workload.

use super::Subject;
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};

pub(super) static RULE: Rule = Rule {
    id: "svid-authority-path",
    title: "an authority bears the ID of a workload",
    severity: Severity::Medium,
    confidence: Confidence::High,
    page: page!("svid_authority_path.md"),
};

pub(super) fn check(subject: &Subject<'_>) -> Option<Finding> {
    let id = subject.id()?;
    (subject.certificate.is_authority && id.is_workload())
        .then(|| subject.finding(&RULE, format!("`{id}` has a path")))
}
