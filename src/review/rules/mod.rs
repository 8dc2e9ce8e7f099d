//! The risk rules, one a file with its page.

mod dormant_access;
mod key_over_90_days;
mod leaver_with_access;
mod orphan_account;
mod privileged_without_mfa;

use super::model::Account;
use super::risk::{Context, Verdict};
use crate::kernel::finding::Rule;

/// How a rule judges an account.
pub type Evaluate = fn(&Account, &Context) -> Verdict;

/// Every rule with its judgement.
pub static ALL: [(&Rule, Evaluate); 5] = [
    (&orphan_account::RULE, orphan_account::evaluate),
    (&leaver_with_access::RULE, leaver_with_access::evaluate),
    (
        &privileged_without_mfa::RULE,
        privileged_without_mfa::evaluate,
    ),
    (&dormant_access::RULE, dormant_access::evaluate),
    (&key_over_90_days::RULE, key_over_90_days::evaluate),
];

#[cfg(test)]
mod tests;
