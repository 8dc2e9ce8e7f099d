//! Where each item stands: which stage is reached, who still owes an answer, what the answers come to.

use std::collections::{BTreeMap, HashMap};

use super::outcome::Outcome;
use super::policy::{Policy, Undecided};
use crate::review::store::{Answer, Assigned, Decided};

/// An item's case.
#[derive(Debug, Clone)]
pub struct Case {
    /// The item.
    pub item: i64,
    /// The outcomes of the stages that were reached, in order.
    pub stages: Vec<Outcome>,
    /// What they come to; where answers are missing, as if they stay so.
    pub outcome: Outcome,
    /// The stage that is open, from 1; none where the case is settled.
    pub open: Option<i64>,
    /// Who owes an answer in it.
    pub owed_by: Vec<i64>,
    /// Whether two stages contradict each other, which a person has to settle.
    pub conflict: bool,
    /// Whether anybody answered in time.
    pub heard: bool,
}

/// The cases of all items, by item.
pub fn cases(
    policy: &Policy,
    assignments: &[Assigned],
    decisions: &[Decided],
    items: usize,
) -> Vec<Case> {
    let mut latest: HashMap<(i64, i64, i64), Answer> = HashMap::new();
    // A late decision is kept and not counted.
    for decision in decisions.iter().filter(|decision| !decision.late) {
        latest.insert(
            (decision.item, decision.stage, decision.reviewer),
            decision.answer,
        );
    }
    let mut asked: BTreeMap<(i64, i64), Vec<i64>> = BTreeMap::new();
    for assigned in assignments {
        asked
            .entry((assigned.item, assigned.stage))
            .or_default()
            .push(assigned.reviewer);
    }
    let items = i64::try_from(items).unwrap_or(i64::MAX);
    (1..=items)
        .map(|item| case(policy, item, &asked, &latest))
        .collect()
}

fn case(
    policy: &Policy,
    item: i64,
    asked: &BTreeMap<(i64, i64), Vec<i64>>,
    latest: &HashMap<(i64, i64, i64), Answer>,
) -> Case {
    let mut stages = Vec::new();
    let mut open = None;
    let mut owed_by = Vec::new();
    let mut heard = false;
    for (stage, number) in policy.stages.iter().zip(1_i64..) {
        let reviewers = asked.get(&(item, number)).map_or(&[][..], Vec::as_slice);
        let answer = |reviewer: &i64| latest.get(&(item, number, *reviewer)).copied();
        let answers: Vec<Outcome> = reviewers.iter().map(|r| Outcome::from(answer(r))).collect();
        let outcome = stage.strategy.decide(&answers, policy.no_reviewer);
        stages.push(outcome);
        heard |= reviewers.iter().any(|reviewer| answer(reviewer).is_some());
        let owing = reviewers
            .iter()
            .filter(|reviewer| answer(reviewer).is_none());
        let owing: Vec<i64> = owing.copied().collect();
        let settled = stage.stop_on.contains(&outcome) && answers.contains(&outcome);
        if settled {
            break;
        }
        if !owing.is_empty() {
            open = Some(number);
            owed_by = owing;
            break;
        }
        if stage.stop_on.contains(&outcome) {
            break;
        }
    }
    let conflict = stages.contains(&Outcome::Accept)
        && stages
            .iter()
            .any(|o| matches!(o, Outcome::Revoke | Outcome::Reduce));
    Case {
        item,
        outcome: policy.strategy.decide(&stages, policy.no_reviewer),
        stages,
        open,
        owed_by,
        conflict,
        heard,
    }
}

/// Where an item stands in a campaign that is closed or not, and who brought it there.
pub fn standing(policy: &Policy, case: &Case, closed: bool) -> (Outcome, &'static str) {
    if closed {
        let (outcome, by_person) = settled(policy, case);
        return (outcome, if by_person { "reviewers" } else { "policy" });
    }
    let by = match case.open.is_none() && case.heard {
        true => "reviewers",
        false => "nobody yet",
    };
    (case.outcome, by)
}

/// What becomes of an item when the campaign closes, and whether a person decided it.
pub fn settled(policy: &Policy, case: &Case) -> (Outcome, bool) {
    match case.outcome {
        Outcome::NotDecided | Outcome::NoResponse => match policy.undecided {
            Undecided::Revoke => (Outcome::Revoke, false),
            Undecided::Keep => (Outcome::Accept, false),
        },
        decided => {
            // Silence that a strategy takes for consent, and what the policy says where nobody could be asked, are
            // no decisions of a person.
            let settled = case.open.is_none();
            let denied = matches!(decided, Outcome::Revoke | Outcome::Reduce);
            (decided, case.heard && (settled || denied))
        }
    }
}
