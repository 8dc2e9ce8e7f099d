//! What a campaign came to so far, for people, spreadsheets, browsers and compliance tools.
//!
//! One row for every item under review, and what there is to say about all of them. The time is the one handed in, or that
//! of the last event of the history: the same campaign gives the same bytes. A campaign that is not as it was written gives
//! no results.

mod json;
mod markdown;
mod ocsf;
mod oscal;
mod page;
mod row;
mod summary;
mod tables;
mod terminal;
mod uuid;

pub use json::json;
pub use markdown::markdown;
pub use ocsf::ocsf;
pub use oscal::oscal;
pub use page::html;
pub use row::{COLUMNS, Column, Row};
pub use summary::{Reviewer, Summary};
pub use tables::{csv, xlsx};
pub use terminal::terminal;

use std::collections::BTreeSet;

use serde_json::Value;

use super::campaign::check::severity;
use super::campaign::desk::Desk;
use super::campaign::opening::OpenError;
use super::store::{Event, SourceRow, Store, StoreError};
use crate::kernel::time::Timestamp;
use crate::kernel::xlsx::XlsxError;

/// Why there are no results.
#[derive(Debug, thiserror::Error)]
pub enum ResultsError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The campaign is not open yet, or its policy cannot be read.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The file is not as it was written.
    #[error("the campaign is not as it was written: {0}")]
    Changed(String),
    /// More than a workbook holds.
    #[error("{0}; CSV has no such limit")]
    Workbook(#[from] XlsxError),
}

/// A campaign with what its rows are made of.
#[derive(Debug)]
pub struct Results {
    /// Items, cases, people.
    pub desk: Desk,
    /// The time for which they hold.
    pub at: Timestamp,
    /// The exports.
    pub sources: Vec<SourceRow>,
    /// What could not be judged: rule, reason, and how many it concerns.
    pub gaps: Vec<(String, String, i64)>,
    /// The number and hash of the last event.
    pub head: (i64, String),
    /// Counts.
    pub summary: Summary,
    /// Items whose access the last import that was compared proved to be gone.
    pub proven: BTreeSet<i64>,
    /// Items in the order of the rows, from 0: the worst findings first, then what is new.
    order: Vec<usize>,
    /// Decisions by item, in their order.
    decisions: Vec<usize>,
}

impl Results {
    /// Loads them, once every row of the file is compared with its digest.
    ///
    /// # Errors
    /// [`ResultsError`].
    pub fn load(store: &Store, at: Option<Timestamp>) -> Result<Self, ResultsError> {
        let (found, desk) = store.verify_before(|| Desk::load(store))?;
        if let Some(tampering) = found.into_iter().next() {
            return Err(ResultsError::Changed(tampering.0));
        }
        let desk = desk?;
        let events = store.events()?;
        let last = events.last().map(|event| event.at);
        let last = last.and_then(Timestamp::from_unix);
        let mut order: Vec<usize> = (0..desk.items.len()).collect();
        order.sort_by_key(|index| {
            let item = desk.items.get(*index);
            item.map(|item| (std::cmp::Reverse(item.risk), !item.changed, item.id))
        });
        let mut decisions: Vec<usize> = (0..desk.decisions.len()).collect();
        decisions.sort_by_key(|index| desk.decisions.get(*index).map(|d| (d.item, d.id)));
        Ok(Self {
            at: at.or(last).unwrap_or(Timestamp::MAX),
            sources: store.sources()?,
            gaps: store.gaps()?,
            head: store.head()?,
            summary: Summary::of(&desk),
            proven: proven(&events),
            order,
            decisions,
            desk,
        })
    }

    /// The rows.
    pub fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        let items = self.order.iter();
        items.filter_map(|index| self.row(*index))
    }

    /// Whether the campaign is closed, and its outcomes final.
    pub fn is_closed(&self) -> bool {
        self.desk.state.name == "closed"
    }

    /// What must be known before anything else is believed, a sentence each.
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        for source in &self.sources {
            let [read, _, rejected, ..] = source.rows;
            if !source.problems.is_empty() || rejected > 0 {
                let cells = source.problems.iter().filter(|problem| !problem.3);
                warnings.push(format!(
                    "`{}` could not be used whole: {rejected} of {read} rows rejected, {} cells unreadable",
                    source.name,
                    cells.count()
                ));
            }
        }
        let not_judged: i64 = self.gaps.iter().map(|gap| gap.2).sum();
        if not_judged > 0 {
            let text = "judgements could not be made, and have not passed";
            warnings.push(format!("{not_judged} {text}"));
        }
        if !self.is_closed() {
            warnings.push("the campaign is not closed: outcomes may still change".to_owned());
        }
        if self.summary.by_policy > 0 {
            let text = "items were decided by the policy, since nobody did";
            warnings.push(format!("{} {text}", self.summary.by_policy));
        }
        warnings
    }

    /// When each tier is due again, counted from the end of this campaign.
    fn next(&self) -> String {
        let state = &self.desk.state;
        let end = state.closed.as_ref().map(|closed| closed.0);
        let end = end.or(state.deadline).and_then(Timestamp::from_unix);
        let tiers = self.desk.policy.cadence.iter().rev();
        let due = tiers.map(|(tier, often)| {
            let name = severity(i64::from(*tier)).map_or("none", |tier| tier.name());
            let day = end.map(|end| end.plus(*often).day());
            format!("{name} by {}", day.unwrap_or_default())
        });
        due.collect::<Vec<_>>().join(", ")
    }

    /// What stands above everything: label and value.
    pub fn fields(&self) -> Vec<(&'static str, String)> {
        let state = &self.desk.state;
        let mut fields = vec![
            ("campaign", self.desk.policy.name.clone()),
            ("id", self.desk.id.clone()),
            ("state", state.name.clone()),
            ("as of", self.at.to_string()),
            ("opened", time(state.opened_at)),
            ("deadline", time(state.deadline)),
        ];
        if let Some((at, _, body)) = &state.closed {
            let text = |name: &str| body.get(name).and_then(Value::as_str);
            fields.push(("closed", time(Some(*at))));
            fields.push((
                "acknowledged by",
                format!(
                    "{}: {}",
                    text("acknowledged_by").unwrap_or_default(),
                    text("statement").unwrap_or_default()
                ),
            ));
        }
        if !self.desk.policy.cadence.is_empty() {
            fields.push(("next reviews", self.next()));
        }
        let (seq, head) = &self.head;
        fields.push(("head", format!("event {seq}, {head}")));
        fields.push(("policy", format!("sha256 {}", self.desk.policy.sha256)));
        fields
    }
}

/// The items that the last comparison with another import found gone.
fn proven(events: &[Event]) -> BTreeSet<i64> {
    let mut verified = events.iter().rev();
    let last = verified.find(|event| event.kind == "remediation-verified");
    let body = last.and_then(|event| serde_json::from_str::<Value>(&event.body).ok());
    let gone = body.as_ref().and_then(|body| body.get("gone")?.as_array());
    let gone = gone.into_iter().flatten();
    gone.filter_map(Value::as_i64).collect()
}

/// A time as it is written; nothing where there is none.
fn time(seconds: Option<i64>) -> String {
    let time = seconds.and_then(Timestamp::from_unix);
    time.map(|time| time.to_string()).unwrap_or_default()
}
