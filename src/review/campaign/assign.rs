//! Who decides: the manager, climbing; the owner; the fallback. Never oneself, under whatever account.
//!
//! People are compared, not accounts: an alias, or a service account that one answers for, is oneself. Nor do two people
//! decide on each other, and whoever has left decides on nobody. Nobody is left out by drawing lots: a reviewer who has
//! their fill passes on to the next, and where there is no next, takes it all the same.

use std::collections::HashMap;

use hashbrown::HashSet;

use super::check::resource;
use super::directory::Directory;
use super::kin::{Kin, barred};
use super::policy::{Asks, Policy};
use crate::kernel::time::Timestamp;
use crate::review::iam::policy::glob;
use crate::review::model::facts::count;
use crate::review::model::population::{Grant, Person, Population};
use crate::review::model::{Employment, Join, When};
use crate::review::store::Assignment;

/// The highest a chain of managers may be.
const MAX_CLIMB: usize = 32;

/// Why someone was asked, in the order of the codes in the store.
pub const WHY: [&str; 6] = [
    "manager",
    "manager above",
    "owner",
    "fallback",
    "escalated",
    "reassigned",
];

/// The code of a reviewer whom another has named.
pub(super) const REASSIGNED: u8 = 5;

/// Whether somebody does not work here any more.
pub fn has_left(person: &Person, now: Timestamp) -> bool {
    person.status == Employment::Left || person.ended.end().is_some_and(|end| end <= now)
}

/// Whether somebody works here now, so that they may decide: whoever has left may not, nor who has not begun, nor whose last
/// day nobody can read.
pub fn works_here(person: &Person, now: Timestamp) -> bool {
    let begins_later = person.started.time().is_some_and(|start| start > now);
    let is_clear = person.status != Employment::Pending && person.ended != When::Unreadable;
    is_clear && !begins_later && !has_left(person, now)
}

/// Who decides on what.
#[derive(Debug, Default)]
pub struct Assignments {
    /// By item.
    pub all: Vec<Assignment>,
    /// Items and stages for which nobody could be found.
    pub nobody: usize,
    /// Reviewers with more than their fill.
    pub overfull: usize,
}

/// Finds reviewers.
#[derive(Debug)]
pub struct Assigner<'a> {
    population: &'a Population,
    directory: &'a Directory,
    policy: &'a Policy,
    now: Timestamp,
    fallback: Vec<usize>,
    managers: Vec<Option<usize>>,
    owners: HashMap<u32, Option<usize>>,
    /// Which rows are one person.
    kin: Kin,
    /// Who decides on whom.
    pairs: HashSet<(u32, u32)>,
    /// How many items each person has.
    load: Vec<usize>,
    /// The managers above the last subject: an account's grants stand together.
    climbed: (Option<usize>, Vec<(usize, u8)>),
}

impl<'a> Assigner<'a> {
    /// Prepares.
    ///
    /// # Errors
    /// Which fallback is nobody who works here.
    pub fn new(
        population: &'a Population,
        directory: &'a Directory,
        policy: &'a Policy,
        now: Timestamp,
    ) -> Result<Self, String> {
        let mut fallback = Vec::new();
        for key in &policy.fallback {
            match directory.find(key) {
                Join::Person { index, .. }
                    if population
                        .people
                        .get(index)
                        .is_some_and(|person| works_here(person, now)) =>
                {
                    fallback.push(index);
                }
                _ => {
                    return Err(format!(
                        "the fallback `{key}` is nobody on the roster who works here"
                    ));
                }
            }
        }
        let manager = |person: &Person| match directory.find(&person.manager) {
            Join::Person { index, .. } => Some(index),
            _ => None,
        };
        Ok(Self {
            managers: population.people.iter().map(manager).collect(),
            population,
            directory,
            policy,
            now,
            fallback,
            owners: HashMap::new(),
            kin: Kin::of(&population.people, directory),
            pairs: HashSet::default(),
            load: vec![0; population.people.len()],
            climbed: (None, Vec::new()),
        })
    }

    /// Finds a reviewer for every item and stage.
    pub fn assign(mut self) -> Assignments {
        let mut assignments = Assignments::default();
        let most = self.population.grants.len() * self.policy.stages.len();
        assignments.all.reserve_exact(most);
        // An account's grants stand together.
        let mut barred_from = (None, Vec::new());
        for (index, grant) in self.population.grants.iter().enumerate() {
            let account = self.population.accounts.get(grant.account as usize);
            let subject = account.and_then(|account| account.subject());
            if barred_from.0 != Some(grant.account) {
                let barred = account.map(|account| barred(account, self.directory));
                barred_from = (Some(grant.account), barred.unwrap_or_default());
            }
            for (stage, number) in self.policy.stages.iter().zip(1_u8..) {
                match self.reviewer(grant, (subject, &barred_from.1), stage.asks) {
                    Some((reviewer, why)) => {
                        for subject in &barred_from.1 {
                            self.pairs.insert((self.one(reviewer), self.one(*subject)));
                        }
                        if let Some(load) = self.load.get_mut(reviewer) {
                            *load += 1;
                        }
                        assignments.all.push(Assignment {
                            item: count(index),
                            reviewer: count(reviewer),
                            stage: number,
                            why,
                        });
                    }
                    None => assignments.nobody += 1,
                }
            }
        }
        let most = self.policy.max_items;
        assignments.overfull = self.load.iter().filter(|load| **load > most).count();
        assignments
    }

    fn reviewer(
        &mut self,
        grant: &Grant,
        (subject, barred): (Option<usize>, &[usize]),
        asks: Asks,
    ) -> Option<(usize, u8)> {
        let owner = self.owner(grant).map(|owner| (owner, 2));
        if self.climbed.0 != subject {
            self.climbed = (subject, self.climb(subject));
        }
        let managers = self.climbed.1.iter().copied();
        let (first, last) = match asks {
            Asks::Manager => (None, owner),
            Asks::Owner => (owner, None),
            Asks::Fallback => (None, None),
        };
        let managers = managers.take(match asks {
            Asks::Fallback => 0,
            Asks::Manager | Asks::Owner => MAX_CLIMB,
        });
        let fallback = self.fallback.iter().map(|person| (*person, 3));
        let chain = first
            .into_iter()
            .chain(managers)
            .chain(last)
            .chain(fallback);
        let mut full = None;
        for (person, why) in chain.filter(|(person, _)| self.may(*person, barred)) {
            if self
                .load
                .get(person)
                .is_some_and(|load| *load < self.policy.max_items)
            {
                return Some((person, why));
            }
            full.get_or_insert((person, why));
        }
        full
    }

    /// Whether somebody may decide on the access of those who are barred.
    fn may(&self, person: usize, barred: &[usize]) -> bool {
        let works_here = self
            .population
            .people
            .get(person)
            .is_some_and(|p| works_here(p, self.now));
        let mut barred = barred.iter();
        works_here
            && barred.all(|subject| {
                !self.kin.same(*subject, person)
                    && !self.pairs.contains(&(self.one(*subject), self.one(person)))
            })
    }

    /// What stands for all rows of a person.
    fn one(&self, row: usize) -> u32 {
        self.kin.find(row).unwrap_or(u32::MAX)
    }

    /// The managers above somebody, the nearest first.
    fn climb(&self, subject: Option<usize>) -> Vec<(usize, u8)> {
        let mut chain: Vec<(usize, u8)> = Vec::new();
        let mut at = subject;
        while let Some(manager) = at.and_then(|at| self.managers.get(at).copied().flatten()) {
            let seen = chain.iter().any(|(known, _)| *known == manager);
            if seen || chain.len() == MAX_CLIMB {
                break;
            }
            chain.push((manager, u8::from(!chain.is_empty())));
            at = Some(manager);
        }
        chain
    }

    fn owner(&mut self, grant: &Grant) -> Option<usize> {
        if let Some(known) = self.owners.get(&grant.entitlement) {
            return *known;
        }
        let name = resource(self.population, grant);
        let by_policy = self
            .policy
            .owners
            .iter()
            .find(|owner| glob(&owner.of, &name));
        let entitlement = self.population.entitlement(grant);
        let own = entitlement.and_then(|entitlement| entitlement.owner_text.as_deref());
        let key = own.or(by_policy.map(|owner| owner.is.as_str()));
        let owner = match key.map(|key| self.directory.find(key)) {
            Some(Join::Person { index, .. }) => Some(index),
            _ => None,
        };
        self.owners.insert(grant.entitlement, owner);
        owner
    }
}
