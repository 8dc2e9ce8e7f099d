//! A row: an item with everything that is known about it, as texts.

use std::borrow::Cow;

use super::{Results, time};
use crate::kernel::finding::Severity;
use crate::review::campaign::check::{rank, severity};
use crate::review::campaign::outcome::Outcome;
use crate::review::campaign::progress::standing;
use crate::review::store::{Assigned, Decided, Item};

/// A column.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// The name in files.
    pub name: &'static str,
    /// The heading for people.
    pub heading: &'static str,
    /// How much of the width it takes in the page's table; 0 where it is told in the details alone.
    pub width: u8,
    /// Whether the page offers to choose one of its values.
    pub choice: bool,
}

const fn column(name: &'static str, heading: &'static str, width: u8, choice: bool) -> Column {
    Column {
        name,
        heading,
        width,
        choice,
    }
}

/// The columns, in the order of the files.
pub const COLUMNS: [Column; 23] = [
    column("item", "item", 5, false),
    column("risk", "risk", 7, true),
    column("system", "system", 8, true),
    column("account", "account", 13, false),
    column("person", "person", 13, false),
    column("kind", "kind", 0, true),
    column("entitlement", "access", 14, false),
    column("scope", "scope", 0, false),
    column("how", "how", 0, true),
    column("path", "path", 0, false),
    column("granted", "granted", 0, false),
    column("granted_by", "granted by", 0, false),
    column("last_used", "last used", 12, false),
    column("expires", "expires", 0, false),
    column("new", "new", 0, true),
    column("rules", "rules", 12, true),
    column("findings", "findings", 0, false),
    column("outcome", "outcome", 9, true),
    column("decided_by", "decided by", 7, true),
    column("reviewers", "reviewers", 0, false),
    column("answers", "answers", 0, false),
    column("granted_because", "granted because", 0, false),
    column("source", "source", 0, false),
];

/// An item with everything that is known about it. Texts of exports are as they were.
#[derive(Debug)]
pub struct Row<'a> {
    /// The item.
    pub item: &'a Item,
    /// What it came to.
    pub outcome: Outcome,
    /// Who brought it there.
    pub decided_by: &'static str,
    /// The worst finding.
    pub severity: Option<Severity>,
    /// The person.
    pub person: String,
    /// The rules that fired, each once.
    pub rules: Vec<&'a str>,
    /// What they found.
    pub findings: Vec<&'a str>,
    /// Who is asked.
    pub reviewers: Vec<String>,
    /// What was answered, in the order of the answers.
    pub answers: Vec<&'a Decided>,
    results: &'a Results,
}

impl Results {
    pub(super) fn row(&self, index: usize) -> Option<Row<'_>> {
        let item = self.desk.items.get(index)?;
        let case = self.desk.cases.get(index)?;
        let (outcome, decided_by) = standing(&self.desk.policy, case, self.is_closed());
        let found = self.desk.findings_of(item);
        let mut rules: Vec<&str> = Vec::new();
        for finding in &found {
            if !rules.contains(&finding.rule.as_str()) {
                rules.push(&finding.rule);
            }
        }
        let mut reviewers: Vec<String> = Vec::new();
        for assigned in self.asked(item.id) {
            let label = self.desk.person_label(assigned.reviewer);
            if !reviewers.contains(&label) {
                reviewers.push(label);
            }
        }
        Some(Row {
            item,
            outcome,
            decided_by,
            severity: severity(item.risk),
            person: item
                .subject
                .map_or_else(String::new, |id| self.desk.person_label(id)),
            rules,
            findings: found.iter().map(|finding| finding.text.as_str()).collect(),
            reviewers,
            answers: self.answers(item.id),
            results: self,
        })
    }

    fn asked(&self, item: i64) -> &[Assigned] {
        let all = &self.desk.assignments;
        let from = all.partition_point(|assigned| assigned.item < item);
        let to = all.partition_point(|assigned| assigned.item <= item);
        all.get(from..to).unwrap_or_default()
    }

    /// The answers that stand: those of one reviewer in one stage that no later one took the place of. A late one takes no
    /// place of one in time.
    fn answers(&self, item: i64) -> Vec<&Decided> {
        let of = |index: &usize| self.desk.decisions.get(*index);
        let before = |limit: i64| {
            move |index: &usize| of(index).is_some_and(|decision| decision.item < limit)
        };
        let from = self.decisions.partition_point(before(item));
        let to = self.decisions.partition_point(before(item + 1));
        let all = self.decisions.get(from..to).unwrap_or_default();
        let all: Vec<&Decided> = all.iter().filter_map(of).collect();
        let same = |one: &Decided, other: &Decided| {
            (one.stage, one.reviewer, one.late) == (other.stage, other.reviewer, other.late)
        };
        let stands = |(at, one): (usize, &&Decided)| !all.iter().skip(at + 1).any(|d| same(one, d));
        let kept = all.iter().enumerate().filter(|each| stands(*each));
        kept.map(|(_, decision)| *decision).collect()
    }
}

impl Row<'_> {
    /// Its cells, in the order of [`COLUMNS`].
    pub fn cells(&self) -> [Cow<'_, str>; COLUMNS.len()] {
        let item = self.item;
        [
            Cow::Owned(format!("i{}", item.id)),
            Cow::Borrowed(self.severity.map_or("", Severity::name)),
            Cow::Borrowed(&item.system),
            Cow::Borrowed(&item.account),
            Cow::Borrowed(&self.person),
            Cow::Borrowed(item.kind.name()),
            Cow::Borrowed(&item.entitlement),
            Cow::Borrowed(&item.scope),
            Cow::Borrowed(item.how.name()),
            Cow::Borrowed(&item.path),
            Cow::Owned(item.granted.text()),
            Cow::Borrowed(&item.granted_by),
            Cow::Owned(item.last_used.text()),
            Cow::Owned(item.expires.text()),
            Cow::Borrowed(if item.changed { "new" } else { "" }),
            Cow::Owned(self.rules.join(", ")),
            Cow::Owned(self.findings.join("; ")),
            Cow::Borrowed(self.outcome.name()),
            Cow::Borrowed(self.decided_by),
            Cow::Owned(self.reviewers.join("; ")),
            Cow::Owned(self.said().join("; ")),
            Cow::Borrowed(&item.justification),
            Cow::Owned(self.place()),
        ]
    }

    /// The answers in words.
    pub fn said(&self) -> Vec<String> {
        let answers = self.answers.iter();
        let words = answers.map(|decision| {
            let who = self.results.desk.person_label(decision.reviewer);
            let late = if decision.late {
                ", LATE: not counted"
            } else {
                ""
            };
            let why = match decision.justification.as_str() {
                "" => String::new(),
                why => format!(" ({why})"),
            };
            let (answer, at) = (decision.answer.name(), time(Some(decision.at)));
            format!("{who}: {answer}{why}, {at}{late}")
        });
        words.collect()
    }

    /// The file and the row that it was read from.
    pub fn place(&self) -> String {
        let (source, row) = self.item.place;
        let sources = &self.results.sources;
        let name = sources.iter().find(|known| known.id == source);
        name.map_or_else(String::new, |known| format!("{}:{row}", known.name))
    }
}

/// Where a value of a column stands among its others.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    /// By what has an order of its own; unknown values first.
    Number(Option<u64>),
    /// As people read it, whatever the case.
    Text(String, String),
}

/// The place of a value in a column.
pub(super) fn place(column: usize, value: &str) -> Place {
    let known =
        |position: Option<usize>| Place::Number(position.and_then(|at| u64::try_from(at).ok()));
    match COLUMNS.get(column).map(|column| column.name) {
        Some("item") => Place::Number(value.get(1..).and_then(|digits| digits.parse().ok())),
        Some("risk") => {
            let mut severities = Severity::ALL.into_iter();
            let found = severities.find(|known| known.name() == value);
            Place::Number(Some(u64::from(u8::MAX - found.map_or(0, rank))))
        }
        Some("outcome") => known(Outcome::ALL.iter().position(|known| known.name() == value)),
        _ => Place::Text(value.to_lowercase(), value.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stand_in_the_order_in_which_people_look_for_them() {
        let sorted = |name: &str, values: &[&'static str]| {
            let column = COLUMNS
                .iter()
                .position(|column| column.name == name)
                .unwrap();
            let mut values = values.to_vec();
            values.sort_by_cached_key(|value| place(column, value));
            values
        };
        assert_eq!(
            sorted("item", &["i10", "i9", "i100"]),
            ["i9", "i10", "i100"]
        );
        assert_eq!(
            sorted("risk", &["", "low", "critical", "medium", "info", "high"]),
            ["critical", "high", "medium", "low", "info", ""]
        );
        assert_eq!(
            sorted("outcome", &["no-response", "revoke", "accept"]),
            ["accept", "revoke", "no-response"]
        );
        assert_eq!(
            sorted("account", &["b", "C", "a", "A"]),
            ["A", "a", "b", "C"]
        );
    }
}
