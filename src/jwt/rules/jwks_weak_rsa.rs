//! RSA keys that can be broken.

use super::super::subject::KeySet;
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::kernel::key::{RsaWeakness, rsa_weaknesses};

pub(super) static RULE: Rule = Rule {
    id: "jwks-weak-rsa",
    title: "an RSA key is weak",
    severity: Severity::High,
    confidence: Confidence::High,
    page: page!("jwks_weak_rsa.md"),
};

pub(super) fn check(set: &KeySet<'_>) -> Vec<Finding> {
    let weak = set.members.iter().filter_map(|member| {
        let (n, e) = member.rsa()?;
        let found = rsa_weaknesses(&n, &e);
        let worst = found.first()?;
        let name = match worst {
            RsaWeakness::Exponent | RsaWeakness::SmallExponent => "e",
            _ => "n",
        };
        let severity = match worst {
            RsaWeakness::Exponent | RsaWeakness::Divisible(_) | RsaWeakness::Roca => {
                Severity::Critical
            }
            RsaWeakness::Small(_) => Severity::High,
            RsaWeakness::SmallExponent => Severity::Low,
        };
        let mut finding = set.finding(
            &RULE,
            member,
            (name, format!("{} is weak: {worst}", member.name())),
        );
        for other in found.iter().skip(1) {
            finding = finding.because(other.to_string());
        }
        let finding = finding.help("replace it: `countersign jwt jwks generate` makes a P-256 key");
        Some(Finding {
            severity,
            ..finding
        })
    });
    weak.collect()
}
