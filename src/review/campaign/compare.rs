//! Two populations by meaning: what was revoked and is gone, or is not; what came, what went, what came back.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::desk::Desk;
use super::outcome::Outcome;
use super::remedy::remedies;
use crate::review::campaign::check::key;
use crate::review::model::population::Population;
use crate::review::store::{Item, SourceRow};

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
    /// The new exports do not cover it, or not whole, or are not known to be later than the decision.
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

/// Looks for each revoked item of a campaign, whose exports were `before`, in a population of later exports; `gone_before`
/// are items found gone earlier.
pub fn verify_remediation(
    desk: &Desk,
    before: &[SourceRow],
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
    let folded: BTreeSet<(&str, String)> = accounts
        .iter()
        .map(|(system, name)| (*system, name.to_lowercase()))
        .collect();
    let whole = after.sources.iter().all(|source| source.losses == 0);
    let decided = decided(desk);
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
        let shown = decided
            .get(&item.id)
            .is_some_and(|decided| could_show(item, *decided, before, after));
        if !whole || !shown || !systems.contains(item.system.as_str()) {
            return Fate::NotEvaluable;
        }
        let account = (item.system.as_str(), item.account.as_str());
        match accounts.contains(&account) {
            true => Fate::Gone,
            // An account that differs in the case of its letters alone may be the same.
            false if folded.contains(&(account.0, account.1.to_lowercase())) => Fate::NotEvaluable,
            false => Fate::AccountGone,
        }
    };
    remedies(desk)
        .iter()
        .filter(|remedy| remedy.outcome == Outcome::Revoke)
        .filter_map(|remedy| Some((remedy.item, fate(desk.item(remedy.item)?))))
        .collect()
}

/// When each item was decided: by its last answer in time, or at the close.
fn decided(desk: &Desk) -> HashMap<i64, i64> {
    let closed = desk.state.closed.as_ref().map(|closed| closed.0);
    let mut decided: HashMap<i64, i64> = HashMap::new();
    for decision in desk.decisions.iter().filter(|decision| !decision.late) {
        decided.insert(decision.item, decision.at);
    }
    for item in &desk.items {
        if let (None, Some(closed)) = (decided.get(&item.id), closed) {
            decided.insert(item.id, closed);
        }
    }
    decided
}

/// Whether the later exports would show an item if it were still there: an export of the kind that showed it is among them,
/// made after the decision, and so is every kind of its family that its path may depend on.
fn could_show(item: &Item, decided: i64, before: &[SourceRow], after: &Population) -> bool {
    let Some(source) = before.iter().find(|source| source.id == item.place.0) else {
        return false;
    };
    let family = |kind: &str| kind.split('-').next().unwrap_or_default().to_owned();
    let own = family(&source.kind);
    let inherited = !item.path.is_empty();
    let mut needed = before
        .iter()
        .filter(|other| other.kind == source.kind || (inherited && family(&other.kind) == own));
    needed.all(|needed| {
        let mut same = after.sources.iter().filter(|one| one.kind == needed.kind);
        same.any(|one| {
            one.exported
                .time()
                .is_some_and(|time| time.unix() >= decided)
        })
    })
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
