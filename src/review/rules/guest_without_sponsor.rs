//! A guest for whom nobody inside answers.

use crate::kernel::finding::{Confidence, Rule, Severity, page};
use crate::review::campaign::assign::has_left;
use crate::review::campaign::check::{Inputs, Out};
use crate::review::model::facts::Knows;
use crate::review::model::{Kind, Truth};

pub(super) static RULE: Rule = Rule {
    id: "guest-without-sponsor",
    title: "nobody inside answers for a guest",
    severity: Severity::Medium,
    confidence: Confidence::High,
    page: page!("guest_without_sponsor.md"),
};

pub(super) fn judge(inputs: &Inputs, out: &mut Out) {
    let population = inputs.population;
    for (index, account) in population.accounts.iter().enumerate() {
        if account.kind != Kind::Guest || account.enabled == Truth::No {
            continue;
        }
        let sponsor = population.person(&account.owner);
        let living = sponsor.is_some_and(|sponsor| !has_left(sponsor, inputs.now));
        let ends = account.expires.time().is_some();
        match (living, ends) {
            (true, true) => out.passes(),
            (true, false) => out.account(
                index,
                Severity::Low,
                "the guest's access has no end".to_owned(),
            ),
            (false, _) if !account.knows.has(Knows::OWNER) => {
                out.gap("no export of its system tells sponsors")
            }
            (false, _) => {
                out.account(
                    index,
                    Severity::Medium,
                    "the guest has no sponsor who works here".to_owned(),
                );
            }
        }
    }
}
