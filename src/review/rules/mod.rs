//! The risk rules, one a file with its page.

mod access_granted_again;
mod dangling_binding;
mod dormant_access;
mod expired_but_active;
mod group_cycle;
mod guest_without_sponsor;
mod key_over_90_days;
mod late_decision;
mod leaver_with_access;
mod mover_keeps_access;
mod never_used_grant;
mod orphan_account;
mod outside_approved_path;
mod partial_source;
mod peer_outlier;
mod post_snapshot_grant;
mod privilege_escalation;
mod privileged_without_mfa;
mod privileged_without_phishing_resistant_mfa;
mod review_overdue;
mod rubber_stamp;
mod self_review;
mod separation_of_duties;
mod service_account_without_owner;
mod stale_source;
mod toxic_combination;
mod wildcard_grant;

use super::campaign::check::Judge;
use super::campaign::conduct::{Conduct, Said};
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

/// The rules of a campaign, each with how it judges the population.
pub static CAMPAIGN: &[(&Rule, Judge)] = &[
    (&orphan_account::RULE, orphan_account::judge),
    (&leaver_with_access::RULE, leaver_with_access::judge),
    (&mover_keeps_access::RULE, mover_keeps_access::judge),
    (&dormant_access::RULE, dormant_access::judge),
    (&never_used_grant::RULE, never_used_grant::judge),
    (&privileged_without_mfa::RULE, privileged_without_mfa::judge),
    (
        &privileged_without_phishing_resistant_mfa::RULE,
        privileged_without_phishing_resistant_mfa::judge,
    ),
    (&key_over_90_days::RULE, key_over_90_days::judge),
    (&wildcard_grant::RULE, wildcard_grant::judge),
    (&privilege_escalation::RULE, privilege_escalation::judge),
    (&separation_of_duties::RULE, separation_of_duties::judge),
    (&toxic_combination::RULE, toxic_combination::judge),
    (&peer_outlier::RULE, peer_outlier::judge),
    (
        &service_account_without_owner::RULE,
        service_account_without_owner::judge,
    ),
    (&guest_without_sponsor::RULE, guest_without_sponsor::judge),
    (&expired_but_active::RULE, expired_but_active::judge),
    (&outside_approved_path::RULE, outside_approved_path::judge),
    (&access_granted_again::RULE, access_granted_again::judge),
    (&review_overdue::RULE, review_overdue::judge),
    (&group_cycle::RULE, group_cycle::judge),
    (&dangling_binding::RULE, dangling_binding::judge),
    (&stale_source::RULE, stale_source::judge),
    (&partial_source::RULE, partial_source::judge),
    (&post_snapshot_grant::RULE, post_snapshot_grant::judge),
];

/// How a rule judges what reviewers did.
pub type JudgeConduct = fn(&Conduct) -> Vec<Said>;

/// The rules about what reviewers did.
pub static CONDUCT: &[(&Rule, JudgeConduct)] = &[
    (&self_review::RULE, self_review::judge),
    (&rubber_stamp::RULE, rubber_stamp::judge),
    (&late_decision::RULE, late_decision::judge),
];

/// Every rule once.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    let campaign = CAMPAIGN.iter().map(|(rule, _)| *rule);
    campaign.chain(CONDUCT.iter().map(|(rule, _)| *rule))
}

#[cfg(test)]
mod tests;
