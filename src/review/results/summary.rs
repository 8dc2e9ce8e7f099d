//! Counts: what everything came to, by outcome, severity, system and day, and how each reviewer decided.

use std::collections::BTreeMap;

use crate::kernel::arrange::Arrange as _;
use crate::kernel::finding::Severity;
use crate::kernel::time::Timestamp;
use crate::review::campaign::check::severity;
use crate::review::campaign::conduct::{Conduct, Figures};
use crate::review::campaign::desk::Desk;
use crate::review::campaign::outcome::Outcome;
use crate::review::campaign::progress::standing;
use crate::review::rules;
use crate::review::store::Answer;

/// Counts of a campaign.
#[derive(Debug, Default)]
pub struct Summary {
    /// Items by outcome, in the order of [`Outcome::ALL`].
    pub outcomes: [usize; Outcome::ALL.len()],
    /// Items that the policy decided.
    pub by_policy: usize,
    /// Items that wait for an answer.
    pub waiting: usize,
    /// Items whose stages contradict each other.
    pub conflicts: usize,
    /// Items by their worst finding, the worst first, and those without one.
    pub risks: Vec<(Option<Severity>, usize)>,
    /// Rules that fired: how often, and the worst severity.
    pub rules: Vec<(String, usize, Option<Severity>)>,
    /// Items of each system by outcome, the largest system first.
    pub systems: Vec<(String, [usize; Outcome::ALL.len()])>,
    /// Decisions by day.
    pub days: Vec<(String, usize)>,
    /// How the reviewers did.
    pub reviewers: Vec<Reviewer>,
}

/// How a reviewer did.
#[derive(Debug, Clone)]
pub struct Reviewer {
    /// Who.
    pub label: String,
    /// The items they were given, in all stages.
    pub given: usize,
    /// The items they owe an answer on.
    pub owed: usize,
    /// The answers that were given in time, later ones in place of earlier ones, in the order of [`Answer::ALL`].
    pub answers: [usize; Answer::ALL.len()],
    /// Batches and times.
    pub figures: Figures,
    /// What the rules about conduct say: rule and text.
    pub said: Vec<(&'static str, String)>,
}

impl Summary {
    pub(super) fn of(desk: &Desk) -> Self {
        let mut summary = Self::default();
        let closed = desk.state.name == "closed";
        let mut risks = [0_usize; Severity::ALL.len() + 1];
        let mut systems: BTreeMap<&str, [usize; Outcome::ALL.len()]> = BTreeMap::new();
        for (item, case) in desk.items.iter().zip(&desk.cases) {
            let (outcome, by) = standing(&desk.policy, case, closed);
            add(&mut summary.outcomes, at(outcome));
            add(systems.entry(&item.system).or_default(), at(outcome));
            add(&mut risks, usize::try_from(item.risk).unwrap_or_default());
            summary.by_policy += usize::from(by == "policy");
            summary.waiting += usize::from(case.open.is_some() && !closed);
            summary.conflicts += usize::from(case.conflict);
        }
        let counted = (0_i64..).zip(risks);
        summary.risks = counted
            .map(|(risk, count)| (severity(risk), count))
            .collect();
        summary.risks.reverse();
        let systems = systems.into_iter();
        summary.systems = systems
            .map(|(name, counts)| (name.to_owned(), counts))
            .collect();
        let size = |counts: &[usize]| std::cmp::Reverse(counts.iter().sum::<usize>());
        summary.systems.arrange_by_key(|(_, counts)| size(counts));
        summary.rules = fired(desk);
        let mut days: BTreeMap<String, usize> = BTreeMap::new();
        for decision in &desk.decisions {
            if let Some(time) = Timestamp::from_unix(decision.at) {
                *days.entry(time.day()).or_default() += 1;
            }
        }
        summary.days = days.into_iter().collect();
        summary.reviewers = reviewers(desk);
        summary
    }

    /// Items.
    pub fn items(&self) -> usize {
        self.outcomes.iter().sum()
    }

    /// The outcomes with their counts.
    pub fn outcomes(&self) -> impl Iterator<Item = (Outcome, usize)> {
        Outcome::ALL.into_iter().zip(self.outcomes)
    }
}

fn at(outcome: Outcome) -> usize {
    let found = Outcome::ALL.iter().position(|known| *known == outcome);
    found.unwrap_or_default()
}

fn add(counts: &mut [usize], at: usize) {
    if let Some(count) = counts.get_mut(at) {
        *count += 1;
    }
}

fn fired(desk: &Desk) -> Vec<(String, usize, Option<Severity>)> {
    let mut fired: BTreeMap<&str, (usize, i64)> = BTreeMap::new();
    for finding in &desk.findings {
        let (count, worst) = fired.entry(&finding.rule).or_default();
        *count += 1;
        *worst = finding.severity.max(*worst);
    }
    let mut fired: Vec<(&str, (usize, i64))> = fired.into_iter().collect();
    fired.arrange_by_key(|(rule, (count, worst))| (std::cmp::Reverse((*worst, *count)), *rule));
    let fired = fired.into_iter();
    fired
        .map(|(rule, (count, worst))| (rule.to_owned(), count, severity(worst)))
        .collect()
}

fn reviewers(desk: &Desk) -> Vec<Reviewer> {
    let conduct = Conduct::new(&desk.decisions, &desk.items);
    let mut figures = conduct.figures();
    let owed = desk.owed();
    let mut reviewers: BTreeMap<i64, Reviewer> = BTreeMap::new();
    for (reviewer, given) in desk.given() {
        reviewers.insert(
            reviewer,
            Reviewer {
                label: desk.person_label(reviewer),
                given,
                owed: owed.get(&reviewer).map_or(0, Vec::len),
                answers: [0; Answer::ALL.len()],
                figures: figures.remove(&reviewer).unwrap_or_default(),
                said: Vec::new(),
            },
        );
    }
    let mut latest: BTreeMap<(i64, i64, i64), Answer> = BTreeMap::new();
    for decision in desk.decisions.iter().filter(|decision| !decision.late) {
        let place = (decision.reviewer, decision.item, decision.stage);
        latest.insert(place, decision.answer);
    }
    for ((reviewer, ..), answer) in latest {
        if let Some(known) = reviewers.get_mut(&reviewer) {
            let at = Answer::ALL.iter().position(|each| *each == answer);
            add(&mut known.answers, at.unwrap_or_default());
        }
    }
    for (rule, judge) in rules::CONDUCT {
        for said in judge(&conduct) {
            if let Some(known) = reviewers.get_mut(&said.reviewer) {
                known.said.push((rule.id, said.text));
            }
        }
    }
    reviewers.into_values().collect()
}
