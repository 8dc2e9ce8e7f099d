//! A leaf has an extension that is for authorities alone.

use super::Subject;
use crate::cert::certificate::oid;
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};

pub(super) static RULE: Rule = Rule {
    id: "x509-leaf-constraints",
    title: "a leaf has an extension that is for authorities alone",
    severity: Severity::Medium,
    confidence: Confidence::High,
    page: page!("x509_leaf_constraints.md"),
};

pub(super) fn check(subject: &Subject<'_>) -> Option<Finding> {
    if subject.certificate.is_authority {
        return None;
    }
    let names = [
        oid::NAME_CONSTRAINTS,
        oid::POLICY_MAPPINGS,
        oid::POLICY_CONSTRAINTS,
        oid::INHIBIT_ANY_POLICY,
    ];
    let found = names
        .into_iter()
        .find(|oid| subject.certificate.extension(oid).is_some())?;
    Some(subject.finding(
        &RULE,
        format!(
            "it has {} and is no authority",
            oid::name_of(found).unwrap_or(found)
        ),
    ))
}
