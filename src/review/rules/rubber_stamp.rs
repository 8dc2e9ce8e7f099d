//! Decisions that nobody thought about.

use crate::kernel::finding::{Confidence, Rule, Severity, page};
use std::collections::BTreeSet;

use crate::review::campaign::conduct::{Conduct, Said};
use crate::review::store::Answer;

pub(super) static RULE: Rule = Rule {
    id: "rubber-stamp",
    title: "a reviewer decided faster than one can read",
    severity: Severity::Medium,
    confidence: Confidence::Medium,
    page: page!("rubber_stamp.md"),
};

/// Fewer decisions say nothing.
const AT_LEAST: usize = 10;

pub(super) fn judge(conduct: &Conduct) -> Vec<Said> {
    let mut said = Vec::new();
    for (reviewer, decisions) in conduct.by_reviewer() {
        // Unchanged items without a finding may be decided as one.
        let own: Vec<_> = decisions
            .iter()
            .filter(|d| {
                conduct
                    .item(d.item)
                    .is_some_and(|item| item.risk > 0 || item.changed)
            })
            .collect();
        let Some(first) = own.first() else { continue };
        let accepted = own.iter().all(|d| d.answer == Answer::Accept);
        let batches: BTreeSet<i64> = own.iter().map(|d| d.event).collect();
        let same = own.iter().all(|d| d.justification == first.justification);
        if own.len() < AT_LEAST || !accepted || (batches.len() > 1 && !same) {
            continue;
        }
        let how = if same {
            "with one justification"
        } else {
            "in one batch"
        };
        let text = format!("accepted all of {} changed or risky items {how}", own.len());
        said.push(conduct.says(Severity::Medium, reviewer, text));
    }
    said
}
