//! Two campaigns by meaning: what came, what went, what came back.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::desk::Desk;
use super::outcome::Outcome;
use super::remedy::remedies;
use crate::review::campaign::check::key;
use crate::review::store::Item;

/// What differs between two campaigns.
#[derive(Debug, Default)]
pub struct Difference {
    /// Items of the newer one that the older did not have.
    pub added: Vec<i64>,
    /// Items of the older one that the newer does not have.
    pub removed: Vec<i64>,
    /// Items of the newer one that the older had revoked.
    pub back: Vec<i64>,
    /// Items of the newer one whose risk differs: from, to.
    pub risk: Vec<(i64, i64, i64)>,
    /// People whose job differs: who, before, now.
    pub moved: Vec<(String, String, String)>,
    /// Items in both.
    pub kept: usize,
}

/// Compares two campaigns.
pub fn difference(old: &Desk, new: &Desk) -> Difference {
    let index = |desk: &Desk| -> HashMap<u128, i64> {
        desk.items
            .iter()
            .map(|item| (identity(item), item.id))
            .collect()
    };
    let (before, now) = (index(old), index(new));
    let revoked: BTreeSet<i64> = remedies(old)
        .iter()
        .filter(|r| r.outcome == Outcome::Revoke)
        .map(|r| r.item)
        .collect();
    let mut difference = Difference::default();
    for item in &new.items {
        match before.get(&identity(item)).and_then(|id| old.item(*id)) {
            None => difference.added.push(item.id),
            Some(known) => {
                difference.kept += 1;
                if revoked.contains(&known.id) {
                    difference.back.push(item.id);
                }
                if known.risk != item.risk {
                    difference.risk.push((item.id, known.risk, item.risk));
                }
            }
        }
    }
    for item in &old.items {
        if !now.contains_key(&identity(item)) {
            difference.removed.push(item.id);
        }
    }
    let jobs: BTreeMap<String, String> = old
        .people
        .iter()
        .map(|p| {
            (
                p.key().to_lowercase(),
                format!("{}, {}", p.title, p.department),
            )
        })
        .collect();
    for person in &new.people {
        let job = format!("{}, {}", person.title, person.department);
        if let Some(before) = jobs
            .get(&person.key().to_lowercase())
            .filter(|before| **before != job)
        {
            difference.moved.push((person.label(), before.clone(), job));
        }
    }
    difference
}

fn resource_of(item: &Item) -> String {
    format!("{}/{}/{}", item.system, item.kind.name(), item.entitlement)
}

fn identity(item: &Item) -> u128 {
    key(&[
        &item.system,
        &item.account,
        &resource_of(item),
        &item.scope,
        &item.path,
        item.how.name(),
    ])
}
