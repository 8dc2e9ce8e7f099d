//! The end of a campaign: whom to ask beside those who owe answers, and what everything came to.

use std::collections::{BTreeMap, HashSet};

use super::desk::Desk;
use super::eligible::Eligible;
use super::progress::settled;
use crate::kernel::time::Timestamp;
use crate::review::model::Join;

/// Whom to add.
#[derive(Debug, Default)]
pub struct Escalation {
    /// Item, stage, reviewer's id, and why.
    pub added: Vec<(i64, i64, i64, u8)>,
    /// Items for which nobody else may decide.
    pub nobody: Vec<i64>,
}

/// For every item that waits: the manager of whoever owes, climbing past those who may not decide on it.
pub fn escalation(desk: &Desk, now: Timestamp) -> Escalation {
    let mut eligible = Eligible::of(desk);
    let manager = |eligible: &Eligible<'_>, id: i64| {
        let person = desk.person(id)?;
        match eligible.directory.find(&person.manager) {
            Join::Person { index, .. } => Some(index as i64 + 1),
            _ => None,
        }
    };
    let asked = desk
        .assignments
        .iter()
        .map(|one| (one.item, one.stage, one.reviewer));
    let asked: HashSet<(i64, i64, i64)> = asked.collect();
    let mut plan = Escalation::default();
    for case in &desk.cases {
        let (Some(stage), Some(item)) = (case.open, desk.item(case.item)) else {
            continue;
        };
        let asked = |person: i64| asked.contains(&(item.id, stage, person));
        let may = |person: i64| {
            let passed = desk.passed.contains(&(item.id, stage, person));
            !passed && !asked(person) && eligible.may(person, item, now).is_ok()
        };
        let mut found = None;
        for owing in &case.owed_by {
            let mut at = manager(&eligible, *owing);
            let mut steps = 0;
            while let Some(person) = at.filter(|_| steps < 32) {
                if may(person) {
                    found = Some(person);
                    break;
                }
                at = manager(&eligible, person);
                steps += 1;
            }
        }
        let fallback =
            desk.policy
                .fallback
                .iter()
                .filter_map(|key| match eligible.directory.find(key) {
                    Join::Person { index, .. } => Some(index as i64 + 1),
                    _ => None,
                });
        let mut fallback = fallback;
        match found.or_else(|| fallback.find(|person| may(*person))) {
            Some(person) => {
                plan.added.push((item.id, stage, person, 4));
                eligible.add(person, item);
            }
            None => plan.nobody.push(item.id),
        }
    }
    plan
}

/// What everything came to.
#[derive(Debug, Default)]
pub struct Summary {
    /// Items by their final outcome.
    pub outcomes: BTreeMap<String, usize>,
    /// Items that the policy decided, since nobody did.
    pub by_policy: usize,
    /// Items whose stages contradict each other.
    pub conflicts: usize,
}

/// Counts.
pub fn summary(desk: &Desk) -> Summary {
    let mut summary = Summary::default();
    for case in &desk.cases {
        let (outcome, by_person) = settled(&desk.policy, case);
        *summary
            .outcomes
            .entry(outcome.name().to_owned())
            .or_default() += 1;
        summary.by_policy += usize::from(!by_person);
        summary.conflicts += usize::from(case.conflict);
    }
    summary
}
