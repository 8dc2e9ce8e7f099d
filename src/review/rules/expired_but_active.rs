//! Access past its end.

use crate::kernel::finding::{Confidence, Rule, Severity, page};
use crate::review::campaign::check::{Inputs, Out};
use crate::review::model::facts::Knows;
use crate::review::model::population::{Account, Grant, Population};
use crate::review::model::{Truth, When};

pub(super) static RULE: Rule = Rule {
    id: "expired-but-active",
    title: "access is still there after its end",
    severity: Severity::High,
    confidence: Confidence::High,
    page: page!("expired_but_active.md"),
};

pub(super) fn judge(inputs: &Inputs, out: &mut Out) {
    let population = inputs.population;
    for (index, grant) in population.grants.iter().enumerate() {
        let Some(account) = population.accounts.get(grant.account as usize) else {
            continue;
        };
        if account.enabled == Truth::No {
            continue;
        }
        let of_grant = When::from_code(grant.expires);
        let ends = [of_grant, account.expires];
        if ends.contains(&When::Unreadable) {
            out.gap("its end is unreadable");
            continue;
        }
        let passed = ends
            .iter()
            .filter(|end| end.end().is_some_and(|end| end <= inputs.now));
        match passed.min_by_key(|end| end.time()) {
            Some(end) => out.grant(
                index,
                Severity::High,
                format!("its end, {}, has passed", end.text()),
            ),
            None if knows_end(population, (account, grant)) => out.passes(),
            None => out.gap("no export tells when it ends"),
        }
    }
}

/// Whether an export would tell the end of a grant or of its account.
fn knows_end(population: &Population, (account, grant): (&Account, &Grant)) -> bool {
    let source = population.source(grant.place.source);
    account.knows.has(Knows::EXPIRY) || source.is_some_and(|source| source.knows.has(Knows::EXPIRY))
}
