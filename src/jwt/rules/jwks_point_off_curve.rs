//! Points off their curve.

use super::super::subject::KeySet;
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::kernel::key::{JwkError, KeyDefect, KeyError};

pub(super) static RULE: Rule = Rule {
    id: "jwks-point-off-curve",
    title: "a point is not on its curve",
    severity: Severity::High,
    confidence: Confidence::High,
    page: page!("jwks_point_off_curve.md"),
};

pub(super) fn check(set: &KeySet<'_>) -> Vec<Finding> {
    let off = set.members.iter().filter_map(|member| {
        let error = member.key.as_ref().err()?;
        let KeyError::Jwk(JwkError::Defect(KeyDefect::NotOnCurve(curve))) = error else {
            return None;
        };
        let message = format!("{} is no point of {curve}", member.name());
        let finding = set.finding(&RULE, member, ("x", message));
        Some(finding.help("export the key anew; a verifier must refuse this one"))
    });
    off.collect()
}
