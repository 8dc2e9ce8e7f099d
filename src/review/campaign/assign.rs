//! Who decides: the manager, climbing; the owner; the fallback. Never oneself, under whatever account.
//!
//! People are compared, not accounts: an alias, or a service account that one answers for, is oneself. Nor do two people
//! decide on each other, and whoever has left decides on nobody. Nobody is left out by drawing lots: a reviewer who has
//! their fill passes on to the next, and where there is no next, takes it all the same.

use std::collections::HashMap;

use hashbrown::HashSet;

use super::check::resource;
use super::directory::Directory;
use super::policy::{Asks, Policy};
use crate::kernel::time::Timestamp;
use crate::review::iam::policy::glob;
use crate::review::model::facts::count;
use crate::review::model::population::{Grant, Person, Population};
use crate::review::model::{Employment, Join};
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
                        .is_some_and(|person| !has_left(person, now)) =>
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
        for (index, grant) in self.population.grants.iter().enumerate() {
            let account = self.population.accounts.get(grant.account as usize);
            let subject = account.and_then(|account| account.subject());
            for (stage, number) in self.policy.stages.iter().zip(1_u8..) {
                match self.reviewer(grant, subject, stage.asks) {
                    Some((reviewer, why)) => {
                        if let Some(subject) = subject {
                            self.pairs.insert((count(reviewer), count(subject)));
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
        subject: Option<usize>,
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
        for (person, why) in chain.filter(|(person, _)| self.may(*person, subject)) {
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

    /// Whether somebody may decide on a subject's access.
    fn may(&self, person: usize, subject: Option<usize>) -> bool {
        let works_here = self
            .population
            .people
            .get(person)
            .is_some_and(|p| !has_left(p, self.now));
        let apart = subject.is_none_or(|subject| {
            subject != person
                && !same_person(&self.population.people, subject, person)
                && !self.pairs.contains(&(count(subject), count(person)))
        });
        works_here && apart
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

/// Whether two rows of the roster share an id or an address: a second row of one person is that person.
pub(super) fn same_person(people: &[Person], one: usize, two: usize) -> bool {
    let (Some(one), Some(two)) = (people.get(one), people.get(two)) else {
        return false;
    };
    let same = |one: &Option<String>, two: &Option<String>| match (one, two) {
        (Some(one), Some(two)) => one.eq_ignore_ascii_case(two),
        _ => false,
    };
    same(&one.employee_id, &two.employee_id) || same(&one.email, &two.email)
}
