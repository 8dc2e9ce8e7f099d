//! Duties that must be apart: n of n patterns, held by one person over all of their accounts and systems.

use std::collections::BTreeMap;

use super::check::{Inputs, Out};
use super::policy::Conflict;
use crate::kernel::arrange::Arrange as _;
use crate::kernel::finding::Severity;
use crate::review::iam::policy::glob;
use crate::review::model::Join;
use crate::review::model::population::Population;

/// Fires for every grant that is part of a conflict.
pub fn conflicts(inputs: &Inputs, out: &mut Out, all: &[Conflict], severity: Severity) {
    let population = inputs.population;
    for conflict in all {
        let matches = matching(population, conflict);
        // Person → pattern → grants.
        let mut held: BTreeMap<usize, BTreeMap<usize, Vec<usize>>> = BTreeMap::new();
        for (index, grant) in population.grants.iter().enumerate() {
            let Some(patterns) = matches
                .get(grant.entitlement as usize)
                .filter(|p| !p.is_empty())
            else {
                continue;
            };
            let account = population.accounts.get(grant.account as usize);
            match account.map(|account| &account.person) {
                Some(Join::Person { index: person, .. }) => {
                    let of_person = held.entry(*person).or_default();
                    for pattern in patterns {
                        of_person.entry(*pattern).or_default().push(index);
                    }
                }
                _ => {
                    out.gap("the account belongs to no one, so that its duties cannot be added up")
                }
            }
        }
        let needed = conflict.at_least.unwrap_or(conflict.holds.len());
        let unseen = unseen(&matches, conflict);
        if held.is_empty() && !unseen.is_empty() {
            out.gap(UNSEEN);
        }
        for (person, patterns) in held {
            if patterns.len() < needed {
                // What no export holds, this person may hold.
                match patterns.len() + unseen.len() < needed {
                    true => out.passes(),
                    false => out.gap(UNSEEN),
                }
                continue;
            }
            let person = population.people.get(person).map(|person| person.label());
            let person = person.unwrap_or_default();
            let mut names = Vec::new();
            for grants in patterns.values() {
                let grant = grants
                    .first()
                    .and_then(|index| population.grants.get(*index));
                names.extend(grant.map(|grant| {
                    let account = population.accounts.get(grant.account as usize);
                    let account = account.map(|account| account.label()).unwrap_or_default();
                    format!("{} ({account})", population.grant_label(grant))
                }));
            }
            let text = format!(
                "`{}`: {person} holds {}",
                conflict.name,
                names.join(" and ")
            );
            let mut grants: Vec<usize> = patterns.into_values().flatten().collect();
            grants.arrange();
            grants.dedup();
            for grant in grants {
                out.grant(grant, severity, text.clone());
            }
        }
    }
}

const UNSEEN: &str = "a duty of the conflict matches nothing in the population: its system is not in it, or it is misspelt";

/// The patterns that no entitlement matches.
fn unseen(matches: &[Vec<usize>], conflict: &Conflict) -> Vec<usize> {
    let patterns = 0..conflict.holds.len();
    patterns
        .filter(|pattern| !matches.iter().any(|found| found.contains(pattern)))
        .collect()
}

/// The patterns that each entitlement matches.
fn matching(population: &Population, conflict: &Conflict) -> Vec<Vec<usize>> {
    let entitlements = population.entitlements.iter();
    let of = entitlements.map(|entitlement| {
        let name = format!(
            "{}/{}/{}",
            entitlement.system,
            entitlement.kind.name(),
            entitlement.name
        );
        let patterns = conflict.holds.iter().enumerate();
        patterns
            .filter(|(_, pattern)| glob(pattern, &name))
            .map(|(index, _)| index)
            .collect()
    });
    of.collect()
}
