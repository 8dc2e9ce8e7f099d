//! An account of a program for which nobody answers.

use crate::kernel::finding::{Confidence, Rule, Severity, page};
use crate::review::campaign::assign::has_left;
use crate::review::campaign::check::{Inputs, Out};
use crate::review::model::facts::Knows;
use crate::review::model::{Join, Truth};

pub(super) static RULE: Rule = Rule {
    id: "service-account-without-owner",
    title: "nobody answers for an account that is no person's",
    severity: Severity::Medium,
    confidence: Confidence::High,
    page: page!("service_account_without_owner.md"),
};

pub(super) fn judge(inputs: &Inputs, out: &mut Out) {
    let population = inputs.population;
    for (index, account) in population.accounts.iter().enumerate() {
        if !account.is_non_human() || account.enabled == Truth::No {
            continue;
        }
        let ends = match account.expires.time() {
            Some(end) => format!("it ends on {}", end.day()),
            None => "it has no end".to_owned(),
        };
        let why = match &account.owner {
            Join::Person { index, .. } => match population.people.get(*index) {
                Some(owner) if has_left(owner, inputs.now) => {
                    format!("its owner {} has left", owner.label())
                }
                _ => {
                    out.passes();
                    continue;
                }
            },
            Join::Nobody { why } | Join::Unclear { why } => why.clone(),
            Join::NotNamed if !account.knows.has(Knows::OWNER) => {
                out.gap("no export of its system tells owners");
                continue;
            }
            Join::NotNamed => "it names no owner".to_owned(),
        };
        out.account(index, Severity::Medium, format!("{why}; {ends}"));
    }
}
