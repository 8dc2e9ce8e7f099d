//! What a path says as a whole (RFC 5280 §6.1): lengths, names, policies, purposes.

use super::constraints::{self, Violation};
use super::policy;
use super::rules::allows;
use super::{Findings, MAX_COMPARISONS, PathRules};
use crate::cert::certificate::{Certificate, GeneralName};
use crate::cert::reasons::Reason;

/// Judges a path, leaf first and the anchor last; `comparisons` grows by those made.
pub(super) fn judge(path: &[&Certificate], rules: &PathRules, comparisons: &mut usize) -> Findings {
    let mut findings = Findings::new(rules);
    let found = &mut findings;
    let Some((leaf, authorities)) = path.split_first() else {
        return findings;
    };
    found.rule(("depth", "the verifier's own limit"), leaf, |found| {
        let between = authorities
            .split_last()
            .map_or(&[][..], |(_, between)| between);
        let depth = count(between);
        if depth > rules.max_depth as usize {
            let detail = format!(
                "{depth} authorities stand between it and the anchor; {} are allowed",
                rules.max_depth
            );
            found.refuse(Reason::PathTooLong, leaf, detail);
        }
    });
    for (index, authority) in authorities.iter().enumerate() {
        if let Some(limit) = authority.path_length {
            found.rule(("path length", "RFC 5280 §4.2.1.9"), authority, |found| {
                // Authorities that follow and are not self-issued; the last certificate never counts.
                let following = count(authorities.get(..index).unwrap_or_default());
                if following > limit as usize {
                    let detail = format!("{following} authorities follow it; it allows {limit}");
                    found.refuse(Reason::PathTooLong, authority, detail);
                }
            });
        }
        if authority.purposes.is_some() {
            found.rule(("purpose", "RFC 5280 §4.2.1.12"), authority, |found| {
                allows(authority, rules, found);
            });
        }
    }
    names(path, found, comparisons);
    found.rule(("policies", "RFC 5280 §6.1"), leaf, |found| {
        let silent = !rules.require_policy
            && path
                .iter()
                .all(|one| one.policies.require_explicit.is_none());
        if !silent && !policy::acceptable(path, rules.require_policy) {
            let detail = "a policy is demanded, and none is valid through the whole path";
            found.refuse(Reason::Policy, leaf, detail);
        }
    });
    findings
}

fn count(authorities: &[&Certificate]) -> usize {
    authorities
        .iter()
        .filter(|one| !one.is_self_issued())
        .count()
}

fn names(path: &[&Certificate], found: &mut Findings, comparisons: &mut usize) {
    let mut known: Vec<Option<Vec<GeneralName>>> = vec![None; path.len()];
    for (index, authority) in path.iter().enumerate() {
        let Some(constraints) = &authority.constraints else {
            continue;
        };
        found.rule(("name constraints", "RFC 5280 §4.2.1.10"), authority, |found| {
            if constraints.bounded {
                let detail = "its nameConstraints have a `minimum` or `maximum`, which nobody understands";
                found.refuse(Reason::ConstraintUnsupported, authority, detail);
            }
            for (position, (certificate, names)) in path.iter().zip(&mut known).take(index).enumerate() {
                // §6.1.3 (b): self-issued intermediates are exempt, the last certificate is not.
                if position > 0 && certificate.is_self_issued() {
                    continue;
                }
                let names = names.get_or_insert_with(|| constraints::names_of(certificate));
                for name in names.iter() {
                    if let Some(Violation { reason, detail }) = constraints::judge(constraints, name, comparisons) {
                        let detail = format!("`{name}` {detail} (constraints of `{}`)", authority.name());
                        found.refuse(reason, certificate, detail);
                    }
                    if *comparisons > MAX_COMPARISONS {
                        let detail = format!("more than {MAX_COMPARISONS} comparisons with name constraints");
                        found.refuse(Reason::TooManyComparisons, certificate, detail);
                        return;
                    }
                }
            }
        });
    }
}
