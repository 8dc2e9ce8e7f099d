//! What is weak about a token, verified or not: one rule a file, each with its page.

mod alg_none;
mod key_in_header;
mod long_lifetime;
mod milliseconds;
mod no_expiry;

use super::inspect::Dissection;
use crate::kernel::finding::{Finding, Rule, sort};
use crate::kernel::time::Timestamp;

type Check = fn(&Dissection, Timestamp) -> Option<Finding>;

const CHECKS: [(&Rule, Check); 5] = [
    (&alg_none::RULE, alg_none::check),
    (&key_in_header::RULE, key_in_header::check),
    (&long_lifetime::RULE, long_lifetime::check),
    (&milliseconds::RULE, milliseconds::check),
    (&no_expiry::RULE, no_expiry::check),
];

/// All rules.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    CHECKS.into_iter().map(|(rule, _)| rule)
}

/// What the rules say about a token.
pub(super) fn advise(token: &Dissection, now: Timestamp) -> Vec<Finding> {
    let mut findings: Vec<Finding> = CHECKS
        .into_iter()
        .filter_map(|(_, check)| check(token, now))
        .collect();
    sort(&mut findings);
    findings
}
