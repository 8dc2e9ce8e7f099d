//! Keys that every reader skips.

use super::super::subject::KeySet;
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::kernel::key::{JwkError, KeyDefect, KeyError};

pub(super) static RULE: Rule = Rule {
    id: "jwks-unusable-key",
    title: "a key of the set cannot be used",
    severity: Severity::Medium,
    confidence: Confidence::High,
    page: page!("jwks_unusable_key.md"),
};

pub(super) fn check(set: &KeySet<'_>) -> Vec<Finding> {
    let unusable = set.members.iter().filter_map(|member| {
        let error = member.key.as_ref().err()?;
        // RFC 7517 §5: a type that is unknown is skipped and harms nobody.
        let unknown = matches!(
            error,
            KeyError::Jwk(JwkError::UnsupportedType | JwkError::UnsupportedCurve)
        );
        // These have rules of their own.
        let elsewhere = matches!(
            error,
            KeyError::Jwk(
                JwkError::Duplicate(_)
                    | JwkError::Contradiction
                    | JwkError::Defect(KeyDefect::BadRsa | KeyDefect::NotOnCurve(_))
            )
        );
        if elsewhere {
            return None;
        }
        let finding = set.finding(
            &RULE,
            member,
            ("kty", format!("{} cannot be used: {error}", member.name())),
        );
        let finding = finding
            .help("mend it or take it out; verifiers skip it, and some refuse the whole set");
        Some(if unknown {
            Finding {
                severity: Severity::Info,
                ..finding
            }
        } else {
            finding
        })
    });
    unusable.collect()
}
