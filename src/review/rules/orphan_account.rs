//! An account that belongs to nobody on the roster.

use super::leaver_with_access::{Departure, departure};
use crate::kernel::finding::{Confidence, Rule, Severity, page};
use crate::review::campaign::check::{Inputs, Out};
use crate::review::model::{Account, Identity, Join, Kind};
use crate::review::risk::{Context, Verdict, finding, with_enabled, with_entitlements};

pub(super) static RULE: Rule = Rule {
    id: "orphan-account",
    title: "an account belongs to nobody on the roster",
    severity: Severity::High,
    confidence: Confidence::High,
    page: page!("orphan_account.md"),
};

pub(super) fn evaluate(account: &Account, context: &Context) -> Verdict {
    match account.kind() {
        Kind::Service => owned(account, context),
        _ => joined(account),
    }
}

fn joined(account: &Account) -> Verdict {
    match &account.person {
        Join::Person { .. } => Verdict::Passes,
        Join::Unclear { why } => Verdict::NotEvaluable(why.clone()),
        Join::Nobody { why } => fires(account, "belongs to nobody on the roster", why),
        Join::NotNamed => fires(
            account,
            "belongs to nobody on the roster",
            "the export gives it neither an employee id nor an email address",
        ),
    }
}

/// A program is on no roster: someone who is must answer for it.
fn owned(account: &Account, context: &Context) -> Verdict {
    match (&account.owner, &account.person) {
        (Join::Unclear { why }, _) => Verdict::NotEvaluable(format!("its owner is unclear: {why}")),
        (Join::Nobody { why }, _) => fires(
            account,
            "is a service account without an owner on the roster",
            why,
        ),
        (Join::NotNamed, Join::Person { .. }) => Verdict::Passes,
        (Join::NotNamed, _) => fires(
            account,
            "is a service account that nobody answers for",
            "the export names no owner",
        ),
        (Join::Person { .. }, _) => match context.population.person(&account.owner) {
            Some(owner) => answered_for(account, owner, context),
            None => Verdict::OutOfScope,
        },
    }
}

fn answered_for(account: &Account, owner: &Identity, context: &Context) -> Verdict {
    match departure(owner, context) {
        Departure::Stays => Verdict::Passes,
        Departure::Left(_) => {
            let why = format!("its owner {} has left", owner.label());
            fires(account, "is a service account whose owner has left", &why)
        }
        Departure::Unknown(why) => Verdict::NotEvaluable(format!("of its owner, {why}")),
    }
}

fn fires(account: &Account, what: &str, why: &str) -> Verdict {
    let Some(grant) = account.grants.first() else {
        return Verdict::OutOfScope;
    };
    let message = format!("`{}` {what}", account.label());
    let finding = finding(&RULE, account, grant, message)
        .because(why)
        .help("find out whose it is and have it recorded, or disable it");
    let finding = with_entitlements(with_enabled(finding, account), account);
    Verdict::Fires(Box::new(finding))
}

/// The same for the accounts of a campaign.
pub(super) fn judge(inputs: &Inputs, out: &mut Out) {
    let population = inputs.population;
    if population.people.is_empty() {
        out.gaps("there is no HR roster", population.accounts.len());
        return;
    }
    for (index, account) in population.accounts.iter().enumerate() {
        // Programs and guests belong to nobody on the roster; other rules ask who answers for them.
        if account.is_non_human() || account.kind == Kind::Guest {
            continue;
        }
        match &account.person {
            Join::Person { .. } => out.passes(),
            Join::Nobody { why } => {
                out.account(
                    index,
                    Severity::High,
                    format!("it belongs to nobody: {why}"),
                );
            }
            Join::Unclear { why } => out.gap(format!("whose it is is unclear: {why}")),
            // The account may be a program's that no export calls one.
            Join::NotNamed => out.account(
                index,
                Severity::High,
                "it belongs to nobody: no export gives an employee id or an address".to_owned(),
            ),
        }
    }
}
