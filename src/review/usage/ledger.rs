//! What a part says of itself: which logs it has seen, what became of each row, and over which time.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::reject::Reject;

/// The most rejected rows of one source that are listed one by one; all are counted.
pub const MAX_PROBLEMS: usize = 20;

/// The account of a part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ledger {
    /// The version of countersign that wrote it.
    pub tool: String,
    /// The system whose permissions were used.
    pub system: String,
    /// The kind of log.
    pub format: String,
    /// Which members of a row were read as what, where the user said so.
    pub mapping: Option<String>,
    /// The logs, by name.
    pub sources: Vec<LogSheet>,
    /// Pairs of a principal and a permission.
    pub groups: u64,
    /// Uses, each event once.
    pub uses: u64,
    /// Whether the ids of events were kept, so that one more copy of an event is noticed later.
    pub events_kept: bool,
}

/// Why two parts cannot become one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LedgerError {
    /// They are about different things.
    #[error("one is about the {what} `{ours}`, the other about `{theirs}`")]
    Different {
        /// In what they differ.
        what: &'static str,
        /// Of the part that is there.
        ours: String,
        /// Of what is to be added.
        theirs: String,
    },
    /// A log is in both, and copies of its events cannot be told.
    #[error("`{0}` is counted in both, and its events have no ids by which copies could be told")]
    CountedTwice(String),
}

/// The account of one log.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogSheet {
    /// As the user named it.
    pub name: String,
    /// The SQL whose result it is, as SHA-256 in hexadecimal; none for a log file.
    pub query_sha256: Option<String>,
    /// Its size, packed as it was.
    pub bytes: u64,
    /// Its SHA-256 in hexadecimal.
    pub sha256: String,
    /// Rows, blank lines aside.
    pub rows: u64,
    /// Rows that are uses.
    pub used: u64,
    /// Rows about what failed or was denied.
    pub failed: u64,
    /// Rows about what was not finished.
    pub unfinished: u64,
    /// Rejected rows by reason.
    pub rejected: BTreeMap<String, u64>,
    /// Blank lines.
    pub blank: u64,
    /// Credits: a row may be a use by two principals.
    pub credits: u64,
    /// Credits whose event has an id.
    pub credits_with_id: u64,
    /// The first rejected rows.
    pub problems: Vec<Problem>,
    /// The earliest time of a row that could be read, in seconds since 1970.
    pub first: Option<u32>,
    /// The latest.
    pub last: Option<u32>,
    /// Days since 1970 that have a row, as ranges with both ends.
    pub days: Vec<(u32, u32)>,
    /// Why the rest of it could not be read.
    pub defect: Option<String>,
}

/// A rejected row.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Problem {
    /// Its number among the lines, or among the records of a document, from 1.
    pub row: u64,
    /// The code of the reason.
    pub reason: String,
    /// The byte of the row at which it shows, where one does.
    pub byte: Option<u64>,
}

impl LogSheet {
    /// Rejected rows.
    pub fn rejected(&self) -> u64 {
        self.rejected.values().sum()
    }

    /// Whether every row could be used.
    pub fn is_complete(&self) -> bool {
        self.rejected.is_empty() && self.defect.is_none()
    }

    pub(super) fn reject(&mut self, row: u64, reason: Reject, byte: Option<usize>) {
        self.rows += 1;
        *self.rejected.entry(reason.code().to_owned()).or_default() += 1;
        if self.problems.len() < MAX_PROBLEMS {
            self.problems.push(Problem {
                row,
                reason: reason.code().to_owned(),
                byte: byte.map(|byte| byte as u64),
            });
        }
    }

    /// Adds what another reader of the same source has found.
    pub(super) fn add(&mut self, other: Self) {
        self.rows += other.rows;
        self.used += other.used;
        self.failed += other.failed;
        self.unfinished += other.unfinished;
        self.blank += other.blank;
        self.credits += other.credits;
        self.credits_with_id += other.credits_with_id;
        for (reason, count) in other.rejected {
            *self.rejected.entry(reason).or_default() += count;
        }
        self.problems.extend(other.problems);
        self.problems.sort();
        self.problems.truncate(MAX_PROBLEMS);
        self.first = self.first.into_iter().chain(other.first).min();
        self.last = self.last.max(other.last);
        self.days.extend(other.days);
        self.days = united(&self.days);
        // Several threads may have found something: the same is told each time.
        self.defect = self.defect.take().into_iter().chain(other.defect).min();
    }
}

impl Ledger {
    /// Rows of all logs.
    pub fn total(&self, count: impl Fn(&LogSheet) -> u64) -> u64 {
        self.sources.iter().map(count).sum()
    }

    /// Whether every row of every log could be used.
    pub fn is_complete(&self) -> bool {
        self.sources.iter().all(LogSheet::is_complete)
    }

    /// From the first to the last row that could be read, in seconds since 1970.
    pub fn span(&self) -> Option<(u32, u32)> {
        let first = self.sources.iter().filter_map(|sheet| sheet.first).min()?;
        let last = self.sources.iter().filter_map(|sheet| sheet.last).max()?;
        Some((first, last))
    }

    /// Days since 1970 within the span without a single row, as ranges: nothing is known of them.
    pub fn gaps(&self) -> Vec<(u32, u32)> {
        let all: Vec<(u32, u32)> = self.sources.iter().flat_map(|s| s.days.clone()).collect();
        let days = united(&all);
        let next = days.iter().skip(1);
        days.iter()
            .zip(next)
            .map(|((_, end), (start, _))| (end + 1, start - 1))
            .collect()
    }

    /// Copies of events that were counted once.
    pub fn duplicates(&self) -> u64 {
        self.total(|sheet| sheet.credits).saturating_sub(self.uses)
    }

    /// Two logs that overlap in time and hold events without ids: one that is in both is counted twice.
    pub fn may_count_twice(&self) -> Option<(&str, &str)> {
        let mut spans: Vec<(u32, u32, &str)> = self
            .sources
            .iter()
            .filter(|sheet| sheet.credits > sheet.credits_with_id || !self.events_kept)
            .filter_map(|sheet| Some((sheet.first?, sheet.last?, sheet.name.as_str())))
            .collect();
        spans.sort_unstable();
        let mut latest: Option<(u32, &str)> = None;
        for (first, last, name) in spans {
            match latest {
                Some((end, other)) if first <= end => return Some((other, name)),
                Some((end, _)) if last <= end => {}
                _ => latest = Some((last, name)),
            }
        }
        None
    }

    /// Whether a log with this digest is counted already, and under which name.
    pub fn knows(&self, sha256: &str) -> Option<&str> {
        let mut sources = self.sources.iter();
        let known = sources.find(|sheet| sheet.sha256 == sha256)?;
        Some(&known.name)
    }

    /// Takes in the account of another part; the totals are counted when the groups are merged.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn add(&mut self, other: Self) -> Result<(), LedgerError> {
        let mapping = |of: &Self| of.mapping.clone().unwrap_or_default();
        for (what, ours, theirs) in [
            ("system", self.system.clone(), other.system.clone()),
            ("kind of log", self.format.clone(), other.format.clone()),
            ("mapping", mapping(self), mapping(&other)),
        ] {
            if ours != theirs {
                return Err(LedgerError::Different { what, ours, theirs });
            }
        }
        self.events_kept &= other.events_kept;
        for sheet in other.sources {
            let known = self
                .sources
                .iter()
                .any(|known| known.sha256 == sheet.sha256);
            // With ids, what is counted in both was united.
            if known && (sheet.credits > sheet.credits_with_id || !self.events_kept) {
                return Err(LedgerError::CountedTwice(sheet.name));
            }
            if !known {
                self.sources.push(sheet);
            }
        }
        self.sources
            .sort_by(|a, b| (&a.name, &a.sha256).cmp(&(&b.name, &b.sha256)));
        Ok(())
    }
}

/// A set of days as the fewest ranges.
pub(super) fn united(days: &[(u32, u32)]) -> Vec<(u32, u32)> {
    let mut days = days.to_vec();
    days.sort_unstable();
    let mut ranges: Vec<(u32, u32)> = Vec::new();
    for (start, end) in days {
        match ranges.last_mut() {
            Some((_, last)) if start <= last.saturating_add(1) => *last = end.max(*last),
            _ => ranges.push((start, end)),
        }
    }
    ranges
}

/// A few days as ranges.
pub(super) fn ranges(days: &BTreeSet<u32>) -> Vec<(u32, u32)> {
    let days: Vec<(u32, u32)> = days.iter().map(|day| (*day, *day)).collect();
    united(&days)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(name: &str, first: u32, last: u32, days: &[(u32, u32)]) -> LogSheet {
        LogSheet {
            name: name.to_owned(),
            first: Some(first),
            last: Some(last),
            days: days.to_vec(),
            credits: 1,
            ..LogSheet::default()
        }
    }

    #[test]
    fn days_without_a_row_are_gaps_and_overlaps_are_noticed() {
        let mut ledger = Ledger {
            tool: String::new(),
            system: String::new(),
            format: String::new(),
            mapping: None,
            sources: vec![
                log("a", 10, 20, &[(3, 5), (9, 9)]),
                log("b", 21, 50, &[(6, 6), (12, 12)]),
            ],
            groups: 0,
            uses: 0,
            events_kept: true,
        };
        assert_eq!(ledger.span(), Some((10, 50)));
        assert_eq!(ledger.gaps(), [(7, 8), (10, 11)]);
        assert_eq!(ledger.may_count_twice(), None);
        ledger.sources.push(log("c", 20, 22, &[]));
        assert_eq!(ledger.may_count_twice(), Some(("a", "c")));
    }
}
