//! Who may still be asked about what in an open campaign: nobody about themselves, no two people about each other, nobody who
//! has left.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::assign::works_here;
use super::desk::Desk;
use super::directory::Directory;
use super::kin::{Kin, barred_of_item};
use crate::kernel::time::Timestamp;
use crate::review::store::Item;

/// What the answers rest on.
#[derive(Debug)]
pub struct Eligible<'d> {
    desk: &'d Desk,
    /// The roster by its keys.
    pub(super) directory: Directory,
    kin: Kin,
    /// The rows of each person, by the one that stands for them.
    rows: HashMap<u32, Vec<i64>>,
    /// Who is asked about whom, in rows that stand for a person.
    asked: HashSet<(u32, u32)>,
}

impl<'d> Eligible<'d> {
    /// As a campaign stands.
    pub fn of(desk: &'d Desk) -> Self {
        let directory = Directory::new(&desk.people, &desk.policy.same_domains);
        let mut eligible = Self {
            kin: Kin::of(&desk.people, &directory),
            desk,
            directory,
            rows: HashMap::new(),
            asked: HashSet::new(),
        };
        for (row, id) in (0..desk.people.len()).zip(1..) {
            if let Some(first) = eligible.kin.find(row) {
                eligible.rows.entry(first).or_default().push(id);
            }
        }
        let mut barred: HashMap<i64, Vec<usize>> = HashMap::new();
        for assigned in &desk.assignments {
            let Some(item) = desk.item(assigned.item) else {
                continue;
            };
            let known = barred.entry(item.account_id);
            let barred = known.or_insert_with(|| eligible.barred(item));
            eligible
                .asked
                .extend(eligible.pairs(assigned.reviewer, barred));
        }
        eligible
    }

    /// Takes into account that somebody is asked, too.
    pub fn add(&mut self, person: i64, item: &Item) {
        let pairs = self.pairs(person, &self.barred(item));
        self.asked.extend(pairs);
    }

    /// Whether somebody may decide on an item.
    ///
    /// # Errors
    /// Why not.
    pub fn may(&self, person: i64, item: &Item, now: Timestamp) -> Result<(), &'static str> {
        let found = self.desk.person(person);
        if !found.is_some_and(|found| works_here(found, now)) {
            return Err("whoever does not work here now decides on nobody");
        }
        let barred = self.barred(item);
        let row = usize::try_from(person - 1).unwrap_or(usize::MAX);
        if barred.iter().any(|subject| self.kin.same(*subject, row)) {
            return Err("nobody reviews their own access");
        }
        let back = |subject: &usize| {
            let pair = (self.kin.find(*subject), self.kin.find(row));
            matches!(pair, (Some(subject), Some(row)) if self.asked.contains(&(subject, row)))
        };
        if barred.iter().any(back) {
            return Err("two people do not review each other");
        }
        Ok(())
    }

    /// The ids of all rows of the roster that may not decide on an item.
    pub fn barred_ids(&self, item: &Item) -> Vec<i64> {
        let barred = self.barred(item);
        let people: BTreeSet<u32> = barred
            .iter()
            .filter_map(|row| self.kin.find(*row))
            .collect();
        let rows = people.iter().filter_map(|first| self.rows.get(first));
        rows.flatten().copied().collect()
    }

    fn barred(&self, item: &Item) -> Vec<usize> {
        let keys = self.desk.keys.get(&item.account_id);
        let keys = keys.map(Vec::as_slice).unwrap_or_default();
        barred_of_item(item, keys, &self.directory)
    }

    fn pairs(&self, person: i64, barred: &[usize]) -> Vec<(u32, u32)> {
        let row = usize::try_from(person - 1).ok();
        let Some(row) = row.and_then(|row| self.kin.find(row)) else {
            return Vec::new();
        };
        let barred = barred.iter().filter_map(|subject| self.kin.find(*subject));
        barred.map(|subject| (row, subject)).collect()
    }
}
