//! RSA keys that give each other away.

use super::super::subject::KeySet;
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::kernel::key::share_a_prime;

pub(super) static RULE: Rule = Rule {
    id: "jwks-shared-prime",
    title: "two RSA keys share a prime",
    severity: Severity::Critical,
    confidence: Confidence::High,
    page: page!("jwks_shared_prime.md"),
};

pub(super) fn check(set: &KeySet<'_>) -> Vec<Finding> {
    let moduli = set
        .members
        .iter()
        .filter_map(|member| Some((member, member.rsa()?.0)));
    let moduli: Vec<_> = moduli.collect();
    let mut findings = Vec::new();
    let compared = moduli.get(..MOST.min(moduli.len())).unwrap_or_default();
    for (at, (member, n)) in compared.iter().enumerate() {
        let earlier = compared.iter().take(at);
        for (other, _) in earlier.filter(|(_, theirs)| share_a_prime(n, theirs)) {
            let message = format!(
                "{} and {} share a prime: anyone can compute both private keys",
                other.name(),
                member.name()
            );
            findings.push(
                set.finding(&RULE, member, ("n", message))
                    .help("replace both, and find out which generator had so little randomness"),
            );
        }
    }
    if let Some((member, _)) = moduli.get(MOST) {
        let message = format!(
            "the set holds {} RSA keys; only the first {MOST} were compared with each other",
            moduli.len()
        );
        let finding = set
            .finding(&RULE, member, ("n", message))
            .help("split the set");
        findings.push(Finding {
            severity: Severity::Info,
            ..finding
        });
    }
    findings
}

/// Each comparison takes some hundred microseconds, and their number is the square of this.
const MOST: usize = 40;
