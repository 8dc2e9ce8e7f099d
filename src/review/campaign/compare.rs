//! Two populations by meaning: what was revoked and is gone, or is not; what came, what went, what came back.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::desk::Desk;
use super::outcome::Outcome;
use super::remedy::remedies;
use crate::review::campaign::check::key;
use crate::review::model::population::Population;
use crate::review::store::Item;

/// What became of a revoked grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// It is gone.
    Gone,
    /// The account is gone with it.
    AccountGone,
    /// It was gone at an earlier check and is there again.
    Back,
    /// It is still there.
    Still,
    /// It is gone, but the same access comes another way.
    OtherWay,
    /// The new exports do not cover its system, or not whole.
    NotEvaluable,
}

impl Fate {
    /// The word in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Gone => "gone",
            Self::AccountGone => "account-gone",
            Self::Back => "came-back",
            Self::Still => "still-there",
            Self::OtherWay => "other-way",
            Self::NotEvaluable => "not-evaluable",
        }
    }

    /// Whether it proves the revocation.
    pub fn is_proof(self) -> bool {
        matches!(self, Self::Gone | Self::AccountGone)
    }
}

/// Looks for each revoked item of a campaign in a population of later exports; `gone_before` are items found gone earlier.
pub fn verify_remediation(
    desk: &Desk,
    after: &Population,
    gone_before: &BTreeSet<i64>,
) -> Vec<(i64, Fate)> {
    let mut exact = BTreeSet::new();
    let mut reach = BTreeSet::new();
    let mut accounts = BTreeSet::new();
    let mut systems: BTreeSet<&str> = BTreeSet::new();
    for account in &after.accounts {
        accounts.insert((account.system.as_str(), account.name.as_str()));
        systems.insert(&account.system);
    }
    for grant in &after.grants {
        let Some(account) = after.accounts.get(grant.account as usize) else {
            continue;
        };
        let resource = super::check::resource(after, grant);
        let scope = after.text(grant.scope);
        let whole = [&account.system, &account.name, &resource, scope];
        reach.insert(key(&whole));
        exact.insert(key(&[
            &account.system,
            &account.name,
            &resource,
            scope,
            after.text(grant.path),
        ]));
    }
    let whole = after.sources.iter().all(|source| source.losses == 0);
    let fate = |item: &Item| {
        let resource = resource_of(item);
        let path_key = [
            &item.system,
            &item.account,
            &resource,
            item.scope.as_str(),
            &item.path,
        ];
        let reach_key = [&item.system, &item.account, &resource, item.scope.as_str()];
        if exact.contains(&key(&path_key)) {
            return if gone_before.contains(&item.id) {
                Fate::Back
            } else {
                Fate::Still
            };
        }
        if reach.contains(&key(&reach_key)) {
            return Fate::OtherWay;
        }
        // What is not there proves nothing where rows were lost or the system was not exported.
        if !whole || !systems.contains(item.system.as_str()) {
            return Fate::NotEvaluable;
        }
        match accounts.contains(&(item.system.as_str(), item.account.as_str())) {
            true => Fate::Gone,
            false => Fate::AccountGone,
        }
    };
    remedies(desk)
        .iter()
        .filter(|remedy| remedy.outcome == Outcome::Revoke)
        .filter_map(|remedy| Some((remedy.item, fate(desk.item(remedy.item)?))))
        .collect()
}

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
