//! How reviewers decided: what the rules about conduct judge by, and figures about each reviewer.

use std::collections::{BTreeMap, HashMap};

use crate::kernel::arrange::Arrange as _;
use crate::kernel::finding::Severity;
use crate::review::store::{Answer, Decided, Item};

/// Decisions with what they are about.
#[derive(Debug)]
pub struct Conduct<'a> {
    /// The decisions, in their order.
    pub decisions: &'a [Decided],
    items: HashMap<i64, &'a Item>,
}

/// What a rule says about a reviewer.
#[derive(Debug, Clone)]
pub struct Said {
    /// How bad it is.
    pub severity: Severity,
    /// The reviewer's id.
    pub reviewer: i64,
    /// What was seen.
    pub text: String,
}

/// Figures about a reviewer.
#[derive(Debug, Clone, Default)]
pub struct Figures {
    /// Decisions that count.
    pub decisions: usize,
    /// How many of them accept.
    pub accepted: usize,
    /// In how many batches they came.
    pub batches: usize,
    /// The largest batch.
    pub largest_batch: usize,
    /// Seconds between the first and the last.
    pub span: i64,
    /// Different justifications.
    pub justifications: usize,
    /// Decisions after the deadline.
    pub late: usize,
}

impl<'a> Conduct<'a> {
    /// Puts decisions and items together.
    pub fn new(decisions: &'a [Decided], items: &'a [Item]) -> Self {
        Self {
            decisions,
            items: items.iter().map(|item| (item.id, item)).collect(),
        }
    }

    /// An item.
    pub fn item(&self, id: i64) -> Option<&'a Item> {
        self.items.get(&id).copied()
    }

    /// The decisions of each reviewer.
    pub fn by_reviewer(&self) -> BTreeMap<i64, Vec<&'a Decided>> {
        let mut all: BTreeMap<i64, Vec<&Decided>> = BTreeMap::new();
        for decision in self.decisions {
            all.entry(decision.reviewer).or_default().push(decision);
        }
        all
    }

    /// What a rule says.
    pub fn says(&self, severity: Severity, reviewer: i64, text: String) -> Said {
        Said {
            severity,
            reviewer,
            text,
        }
    }

    /// The figures of each reviewer.
    pub fn figures(&self) -> BTreeMap<i64, Figures> {
        let all = self.by_reviewer().into_iter();
        all.map(|(reviewer, decisions)| {
            let mut batches: BTreeMap<i64, usize> = BTreeMap::new();
            let mut words: Vec<&str> = Vec::new();
            for decision in &decisions {
                *batches.entry(decision.event).or_default() += 1;
                words.push(&decision.justification);
            }
            words.arrange();
            words.dedup();
            let times = decisions.iter().map(|d| d.at);
            let figures = Figures {
                decisions: decisions.iter().filter(|d| !d.late).count(),
                accepted: decisions
                    .iter()
                    .filter(|d| d.answer == Answer::Accept)
                    .count(),
                batches: batches.len(),
                largest_batch: batches.values().copied().max().unwrap_or_default(),
                span: times.clone().max().unwrap_or_default() - times.min().unwrap_or_default(),
                justifications: words.len(),
                late: decisions.iter().filter(|d| d.late).count(),
            };
            (reviewer, figures)
        })
        .collect()
    }
}
