//! Certificate policies (RFC 5280 §6.1): whether a valid policy is left where one is demanded.
//!
//! The tree of §6.1.2 is kept as the set of policies that the next certificate may name, which is all that the
//! question needs when every policy is acceptable to the user (RFC 9618 shows that the tree itself can grow without
//! bound).

use std::collections::BTreeSet;

use crate::cert::certificate::{Certificate, oid};

/// Whether the policies of a path, leaf first and the anchor last, are acceptable.
pub(super) fn acceptable(path: &[&Certificate], require: bool) -> bool {
    let length = u32::try_from(path.len().saturating_sub(1)).unwrap_or(u32::MAX);
    let mut expected = BTreeSet::from([oid::ANY_POLICY.to_owned()]);
    let mut explicit = if require { 0 } else { length + 1 };
    let (mut inhibit_any, mut mapping) = (length + 1, length + 1);
    // What the anchor demands of those below it counts, as its other constraints do.
    if let Some(anchor) = path.last().map(|anchor| &anchor.policies) {
        explicit = explicit.min(anchor.require_explicit.unwrap_or(u32::MAX));
        mapping = mapping.min(anchor.inhibit_mapping.unwrap_or(u32::MAX));
        inhibit_any = inhibit_any.min(anchor.inhibit_any.unwrap_or(u32::MAX));
    }
    // From the certificate below the anchor down to the leaf.
    for (below, certificate) in path.iter().enumerate().rev().skip(1) {
        let is_leaf = below == 0;
        let counts = !certificate.is_self_issued();
        let policies = &certificate.policies;
        let any_counts = inhibit_any > 0 || !is_leaf && !counts;
        expected = named(policies.named.as_deref(), &expected, any_counts);
        if explicit == 0 && expected.is_empty() {
            return false;
        }
        if is_leaf {
            // §6.1.5 (a), (b)
            explicit = explicit.saturating_sub(1);
            if policies.require_explicit == Some(0) {
                explicit = 0;
            }
            continue;
        }
        expected = mapped(&policies.mappings, expected, mapping > 0);
        // §6.1.4 (h), (i), (j)
        if counts {
            for number in [&mut explicit, &mut mapping, &mut inhibit_any] {
                *number = number.saturating_sub(1);
            }
        }
        for (number, limit) in [
            (&mut explicit, policies.require_explicit),
            (&mut mapping, policies.inhibit_mapping),
            (&mut inhibit_any, policies.inhibit_any),
        ] {
            *number = (*number).min(limit.unwrap_or(u32::MAX));
        }
    }
    explicit > 0 || !expected.is_empty()
}

// §6.1.3 (d), (e)
fn named(
    policies: Option<&[String]>,
    expected: &BTreeSet<String>,
    any_counts: bool,
) -> BTreeSet<String> {
    let Some(policies) = policies else {
        return BTreeSet::new();
    };
    let any_expected = expected.contains(oid::ANY_POLICY);
    let mut valid: BTreeSet<String> = policies
        .iter()
        .filter(|policy| *policy != oid::ANY_POLICY && (any_expected || expected.contains(*policy)))
        .cloned()
        .collect();
    if any_counts && policies.iter().any(|policy| policy == oid::ANY_POLICY) {
        valid.extend(expected.iter().cloned());
    }
    valid
}

// §6.1.4 (b)
fn mapped(
    mappings: &[(String, String)],
    valid: BTreeSet<String>,
    allowed: bool,
) -> BTreeSet<String> {
    let any = valid.contains(oid::ANY_POLICY);
    let mut expected = valid.clone();
    for (issuer, _) in mappings {
        expected.remove(issuer);
    }
    if allowed {
        let known = mappings
            .iter()
            .filter(|(issuer, _)| any || valid.contains(issuer));
        expected.extend(known.map(|(_, subject)| subject.clone()));
    }
    expected
}
