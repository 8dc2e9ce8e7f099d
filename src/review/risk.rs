//! The risk rules applied to a population: each fires, passes, does not apply, or is not evaluable.
//!
//! What cannot be judged is listed beside the findings with its reason and never counts as passed.

use super::Options;
use super::connectors::grants::Columns;
use super::model::{Account, Grant, Identity, Join, Origin, Population, Truth};
use super::rules;
use crate::kernel::finding::{Finding, Rule};
use crate::kernel::time::Timestamp;

/// What a rule says about one account.
#[derive(Debug)]
pub enum Verdict {
    /// The risk is there.
    Fires(Box<Finding>),
    /// The risk is not there.
    Passes,
    /// The rule is not for such accounts.
    OutOfScope,
    /// It cannot be known, and why not.
    NotEvaluable(String),
}

/// What rules judge by.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// Everyone and everything.
    pub population: &'a Population,
    /// Which columns the grants have.
    pub columns: Columns,
    /// Whether the roster has end dates.
    pub has_end_dates: bool,
    /// Whether the roster has a status.
    pub has_status: bool,
    /// The thresholds.
    pub options: Options,
    /// The present.
    pub now: Timestamp,
}

/// A rule that could not judge an account.
#[derive(Debug, Clone)]
pub struct NotEvaluable {
    /// The rule.
    pub rule: &'static Rule,
    /// The account.
    pub subject: String,
    /// Why not.
    pub reason: String,
    /// The account's first row.
    pub origin: Origin,
}

/// How often a rule came to each verdict.
#[derive(Debug, Clone, Copy)]
pub struct Tally {
    /// The rule.
    pub rule: &'static Rule,
    /// Accounts for which it fired.
    pub fired: usize,
    /// Accounts that passed.
    pub passed: usize,
    /// Accounts that it is not for.
    pub out_of_scope: usize,
    /// Accounts that it could not judge.
    pub not_evaluable: usize,
}

/// What all rules came to.
#[derive(Debug, Default)]
pub struct Assessment {
    /// What fired, the worst first.
    pub findings: Vec<Finding>,
    /// What could not be judged, by rule and account.
    pub not_evaluable: Vec<NotEvaluable>,
    /// The counts per rule, in the rules' order.
    pub tallies: Vec<Tally>,
}

/// Applies every rule to every account.
pub fn assess(context: &Context) -> Assessment {
    let mut assessment = Assessment::default();
    for (rule, evaluate) in rules::ALL {
        let mut tally = Tally {
            rule,
            fired: 0,
            passed: 0,
            out_of_scope: 0,
            not_evaluable: 0,
        };
        for account in &context.population.accounts {
            match evaluate(account, context) {
                Verdict::Fires(finding) => {
                    tally.fired += 1;
                    assessment.findings.push(*finding);
                }
                Verdict::Passes => tally.passed += 1,
                Verdict::OutOfScope => tally.out_of_scope += 1,
                Verdict::NotEvaluable(reason) => {
                    tally.not_evaluable += 1;
                    assessment
                        .not_evaluable
                        .extend(unjudged(rule, account, reason));
                }
            }
        }
        assessment.tallies.push(tally);
    }
    assessment.findings.sort_by(|a, b| {
        let key = |f: &Finding| (std::cmp::Reverse(f.severity), f.rule.id, f.subject.clone());
        key(a).cmp(&key(b))
    });
    assessment
}

fn unjudged(rule: &'static Rule, account: &Account, reason: String) -> Option<NotEvaluable> {
    let origin = account.grants.first()?.origin.clone();
    Some(NotEvaluable {
        rule,
        subject: account.label(),
        reason,
        origin,
    })
}

/// A finding about an account, shown at one of its rows.
pub(super) fn finding(
    rule: &'static Rule,
    account: &Account,
    grant: &Grant,
    message: String,
) -> Finding {
    let mut finding = Finding::new(rule, account.label(), message);
    finding.primary = Some(grant.origin.location(""));
    finding
}

/// Adds what the account holds, so that a reader sees what is at stake.
pub(super) fn with_entitlements(mut finding: Finding, account: &Account) -> Finding {
    const SHOWN: usize = 5;
    let names = account.grants.iter().map(|grant| match grant.privileged {
        Truth::Yes => format!("`{}` (privileged)", grant.entitlement),
        _ => format!("`{}`", grant.entitlement),
    });
    let names: Vec<String> = names.collect();
    let more = names.len().saturating_sub(SHOWN);
    let shown: Vec<&str> = names.iter().take(SHOWN).map(String::as_str).collect();
    let more = if more > 0 {
        format!(" and {more} more")
    } else {
        String::new()
    };
    finding
        .evidence
        .push(format!("it holds {}{more}", shown.join(", ")));
    finding
}

/// Adds that the export does not say whether the account is enabled, so that it counts as enabled.
pub(super) fn with_enabled(mut finding: Finding, account: &Account) -> Finding {
    if account.enabled() == Truth::Unknown {
        let fact = "the export does not say whether the account is enabled; it counts as enabled";
        finding.evidence.push(fact.to_owned());
    }
    finding
}

/// The account's person with what it was joined by.
pub(super) fn person<'a>(
    account: &Account,
    context: &Context<'a>,
) -> Option<(&'a Identity, &'static str)> {
    match &account.person {
        Join::Person { index, by } => Some((context.population.identities.get(*index)?, by)),
        _ => None,
    }
}
