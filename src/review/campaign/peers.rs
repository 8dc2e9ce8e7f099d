//! Peers: the other people of the same department and title, and how many of them hold an entitlement.

use std::collections::HashMap;

use hashbrown::HashMap as Counts;

use crate::review::model::Join;
use crate::review::model::facts::count;
use crate::review::model::population::Population;

/// Peer groups with what they hold.
#[derive(Debug)]
pub struct Peers {
    /// The group of each person; none without department and title.
    group: Vec<Option<u32>>,
    size: Vec<usize>,
    holders: Counts<(u32, u32), u32>,
}

/// How many of the others hold it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// The others who hold it.
    pub holders: usize,
    /// The others.
    pub peers: usize,
}

impl Peers {
    /// Counts.
    pub fn new(population: &Population) -> Self {
        let mut names: HashMap<(&str, &str), u32> = HashMap::new();
        let mut size: Vec<usize> = Vec::new();
        let mut group = Vec::with_capacity(population.people.len());
        for person in &population.people {
            if person.department.is_empty() || person.title.is_empty() {
                group.push(None);
                continue;
            }
            let next = u32::try_from(size.len()).unwrap_or(u32::MAX);
            let id = *names
                .entry((&person.department, &person.title))
                .or_insert(next);
            if id == next {
                size.push(0);
            }
            if let Some(count) = size.get_mut(id as usize) {
                *count += 1;
            }
            group.push(Some(id));
        }
        // What a person holds twice, or through two accounts, is held once.
        let mut held: Vec<(u32, u32, u32)> = Vec::with_capacity(population.grants.len());
        for grant in &population.grants {
            let account = population.accounts.get(grant.account as usize);
            if let Some(Join::Person { index, .. }) = account.map(|account| &account.person)
                && let Some(Some(group)) = group.get(*index)
            {
                let person = u32::try_from(*index).unwrap_or(u32::MAX);
                held.push((*group, grant.entitlement, person));
            }
        }
        held.sort_unstable();
        held.dedup();
        let of_one =
            |one: &(u32, u32, u32), other: &(u32, u32, u32)| (one.0, one.1) == (other.0, other.1);
        let mut holders = Counts::with_capacity(held.chunk_by(of_one).count());
        for same in held.chunk_by(of_one) {
            if let Some((group, entitlement, _)) = same.first() {
                holders.insert((*group, *entitlement), count(same.len()));
            }
        }
        Self {
            group,
            size,
            holders,
        }
    }

    /// The share of a holder's peers; none where there are fewer than `least`.
    pub fn share(&self, person: usize, entitlement: u32, least: usize) -> Option<Share> {
        let group = (*self.group.get(person)?)?;
        let peers = self.size.get(group as usize)?.checked_sub(1)?;
        let holders = self
            .holders
            .get(&(group, entitlement))
            .map_or(1, |holders| *holders as usize);
        (peers >= least).then_some(Share {
            holders: holders.saturating_sub(1),
            peers,
        })
    }
}

impl Share {
    /// Whether at most so many per cent hold it.
    pub fn is_unusual(self, per_cent: usize) -> bool {
        self.holders * 100 <= per_cent * self.peers
    }

    /// `2 of 41`.
    pub fn words(self) -> String {
        format!("{} of {}", self.holders, self.peers)
    }

    /// How many standard deviations the holder is from the mean of the group, itself included.
    pub fn z(self) -> String {
        let (holders, all) = (self.holders as f64 + 1.0, self.peers as f64 + 1.0);
        let p = holders / all;
        let deviation = (p * (1.0 - p)).sqrt();
        if deviation == 0.0 {
            return "0.0".to_owned();
        }
        format!("{:.1}", (1.0 - p) / deviation)
    }
}
