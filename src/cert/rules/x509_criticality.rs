//! An extension is critical, or is not, against the rules.

use super::Subject;
use crate::cert::certificate::oid;
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};

pub(super) static RULE: Rule = Rule {
    id: "x509-criticality",
    title: "an extension is critical, or is not, against the rules",
    severity: Severity::Low,
    confidence: Confidence::High,
    page: page!("x509_criticality.md"),
};

pub(super) fn check(subject: &Subject<'_>) -> Option<Finding> {
    let table = [
        (oid::SUBJECT_DIRECTORY, false),
        (oid::FRESHEST_CRL, false),
        (oid::AUTHORITY_INFORMATION, false),
        (oid::SUBJECT_INFORMATION, false),
        (oid::NAME_CONSTRAINTS, true),
        (oid::POLICY_CONSTRAINTS, true),
        (oid::INHIBIT_ANY_POLICY, true),
    ];
    let wrong = table.into_iter().find(|(oid, must)| {
        subject
            .certificate
            .extension(oid)
            .is_some_and(|extension| extension.critical != *must)
    });
    wrong.map(|(oid, must)| {
        let is = if must {
            "is not critical"
        } else {
            "is critical"
        };
        subject.finding(
            &RULE,
            format!("its {} {is}", oid::name_of(oid).unwrap_or(oid)),
        )
    })
}
