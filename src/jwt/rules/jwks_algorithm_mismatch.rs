//! Keys with the wrong algorithm.

use super::super::registry::{fits, is_registered};
use super::super::subject::KeySet;
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};

pub(super) static RULE: Rule = Rule {
    id: "jwks-algorithm-mismatch",
    title: "a key names an algorithm that it cannot be used with",
    severity: Severity::High,
    confidence: Confidence::High,
    page: page!("jwks_algorithm_mismatch.md"),
};

pub(super) fn check(set: &KeySet<'_>) -> Vec<Finding> {
    let findings = set.members.iter().filter_map(|member| {
        let algorithm = member.text("alg")?;
        let (kty, curve) = (member.text("kty")?, member.text("crv"));
        let message = match fits(algorithm, kty, curve) {
            Some(true) => return None,
            Some(false) => format!(
                "{} is of type {} and names `{algorithm}`",
                member.name(),
                curve.unwrap_or(kty)
            ),
            None if is_registered(algorithm) => return None,
            None => format!(
                "{} names `{algorithm}`, which is not registered",
                member.name()
            ),
        };
        let unknown = !is_registered(algorithm);
        let finding = set
            .finding(&RULE, member, ("alg", message))
            .help("name the algorithm that the key signs with, exactly as registered");
        Some(if unknown {
            Finding {
                severity: Severity::Medium,
                ..finding
            }
        } else {
            finding
        })
    });
    findings.collect()
}
