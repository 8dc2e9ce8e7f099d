//! What is unusual in a log: read entry by entry, each held against those before.
//!
//! Each remark names two entries where two are compared. It is a question to ask, not a verdict: the one exception is a
//! serial number that stands twice, which an honest authority never signs.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

use super::entry::Entry;
use crate::cert::BACKDATE;
use crate::cert::fields::{Fields, issuer_key_id};
use crate::kernel::crypto::{hex, sha256};
use crate::kernel::time::{Timestamp, humanize};

/// What is unusual.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Anomaly {
    /// A SPIFFE ID or name that was never issued before.
    NewName,
    /// A key that was certified for another name.
    KeyReuse,
    /// A life far from that of its name's earlier certificates, or of all.
    TtlOutlier,
    /// Many certificates in a short time.
    Burst,
    /// An issuer that is not among the known.
    UnexpectedIssuer,
    /// Names beside the ID that changed.
    SanDrift,
    /// A serial number twice.
    DuplicateSerial,
    /// A time of day at which nothing was issued before.
    OffHours,
    /// An entry that cannot be read.
    Unreadable,
}

/// Something unusual about an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// What.
    pub anomaly: Anomaly,
    /// The entry.
    pub index: u64,
    /// The name in the entry.
    pub subject: String,
    /// In words, with both values.
    pub detail: String,
}

/// How it is looked.
#[derive(Debug, Clone)]
pub struct WatchOptions {
    /// The key identifiers of the issuers that are known, hexadecimal; empty to allow all.
    pub issuers: HashSet<String>,
    /// More certificates than this within [`WatchOptions::window`] are a burst.
    pub burst: usize,
    /// The time of a burst.
    pub window: Duration,
    /// Entries before this one are learnt from and not remarked upon.
    pub since: u64,
    /// Whether issuing between 22:00 and 06:00 UTC, or at a week-end, is remarked upon.
    pub off_hours: bool,
}

/// What was seen so far.
#[derive(Debug, Default)]
pub struct Baseline {
    names: HashMap<String, Seen>,
    keys: HashMap<[u8; 32], (u64, String)>,
    serials: HashMap<String, u64>,
    recent: std::collections::VecDeque<Timestamp>,
    in_burst: bool,
    lives: BTreeMap<u64, u64>,
    leaves: u64,
    remarks: Vec<Remark>,
}

#[derive(Debug)]
struct Seen {
    index: u64,
    life: Duration,
    names: Vec<String>,
}

impl Baseline {
    /// The remarks, in the order of the log.
    pub fn into_remarks(self) -> Vec<Remark> {
        self.remarks
    }

    /// Looks at the next entry.
    pub fn observe(&mut self, index: u64, bytes: &[u8], options: &WatchOptions) {
        let before = self.remarks.len();
        match Entry::parse(bytes) {
            Ok(Entry::Certificate(tbs)) => {
                if let Ok(fields) = Fields::of_to_be_signed(&tbs) {
                    self.certificate(index, &fields, options);
                }
            }
            Ok(_) => {}
            Err(error) => self.remark(Anomaly::Unreadable, (index, "(entry)"), error.to_string()),
        }
        if index < options.since {
            self.remarks.truncate(before);
        }
    }

    fn remark(&mut self, anomaly: Anomaly, (index, subject): (u64, &str), detail: String) {
        self.remarks.push(Remark {
            anomaly,
            index,
            subject: subject.to_owned(),
            detail,
        });
    }

    fn certificate(&mut self, index: u64, fields: &Fields<'_>, options: &WatchOptions) {
        let label = fields.label();
        let at = (index, label.as_str());
        let serial = fields.serial_hex();
        if let Some(first) = self.serials.insert(serial.clone(), index) {
            let detail = format!("the serial number {serial} is that of entry {first} already");
            self.remark(Anomaly::DuplicateSerial, at, detail);
        }
        let issuer = issuer_key_id(fields).or_else(|| super::super::fields::key_id(fields));
        let issuer = issuer.map(|id| hex(&id)).unwrap_or_default();
        if !options.issuers.is_empty() && !options.issuers.contains(&issuer) {
            let detail = format!("issued by the key {issuer}, which is none of the authority's");
            self.remark(Anomaly::UnexpectedIssuer, at, detail);
        }
        if fields.is_authority() {
            return;
        }
        self.key(at, fields);
        self.life(at, fields);
        self.names(at, fields);
        self.pace(at, fields, options);
    }

    fn key(&mut self, at: (u64, &str), fields: &Fields<'_>) {
        let digest = sha256(fields.key);
        match self.keys.get(&digest) {
            Some((first, name)) if name != at.1 => {
                let detail = format!("its key was certified for `{name}` by entry {first}");
                self.remark(Anomaly::KeyReuse, at, detail);
            }
            Some(_) => {}
            None => {
                self.keys.insert(digest, (at.0, at.1.to_owned()));
            }
        }
    }

    fn life(&mut self, at: (u64, &str), fields: &Fields<'_>) {
        let life = life(fields);
        let usual = match self.names.get(at.1) {
            Some(seen) => Some((seen.life, format!("entry {}", seen.index))),
            None => self.median().map(|life| (life, "the median".to_owned())),
        };
        if let Some((usual, whose)) = usual
            && life.as_secs() > usual.as_secs().saturating_mul(2)
        {
            let detail = format!(
                "lives {}, where {whose} has {}",
                humanize(life),
                humanize(usual)
            );
            self.remark(Anomaly::TtlOutlier, at, detail);
        }
        *self.lives.entry(life.as_secs()).or_insert(0) += 1;
        self.leaves += 1;
    }

    /// The median life, once there are enough to have one.
    fn median(&self) -> Option<Duration> {
        const ENOUGH: u64 = 8;
        if self.leaves < ENOUGH {
            return None;
        }
        let mut seen = 0;
        for (life, count) in &self.lives {
            seen += count;
            if seen * 2 >= self.leaves {
                return Some(Duration::from_secs(*life));
            }
        }
        None
    }

    fn names(&mut self, at: (u64, &str), fields: &Fields<'_>) {
        let names = fields.names().sorted();
        let before = self
            .names
            .get(at.1)
            .map(|seen| (seen.index, seen.names.clone()));
        match before {
            None if at.0 > 0 && self.leaves > 1 => {
                let detail = format!("`{}` was never issued before", at.1);
                self.remark(Anomaly::NewName, at, detail);
            }
            Some((index, before)) if before != names => {
                let detail = format!(
                    "names `{}`, where entry {index} has `{}`",
                    names.join("`, `"),
                    before.join("`, `")
                );
                self.remark(Anomaly::SanDrift, at, detail);
            }
            _ => {}
        }
        let seen = Seen {
            index: at.0,
            life: life(fields),
            names,
        };
        self.names.insert(at.1.to_owned(), seen);
    }

    fn pace(&mut self, at: (u64, &str), fields: &Fields<'_>, options: &WatchOptions) {
        let issued = fields.not_before.plus(BACKDATE);
        self.recent.push_back(issued);
        while let Some(first) = self.recent.front()
            && issued.since(*first) > options.window
        {
            self.recent.pop_front();
        }
        let count = self.recent.len();
        // A burst is told once, when it begins.
        if count > options.burst && !self.in_burst {
            let detail = format!(
                "{count} certificates within {}, where {} is the limit",
                humanize(options.window),
                options.burst
            );
            self.remark(Anomaly::Burst, at, detail);
        }
        self.in_burst = count > options.burst;
        let time = issued.offset();
        let night = !(6..22).contains(&time.hour());
        let weekend = time.weekday().number_days_from_monday() >= 5;
        if options.off_hours && (night || weekend) {
            self.remark(Anomaly::OffHours, at, format!("issued at {issued}"));
        }
    }
}

fn life(fields: &Fields<'_>) -> Duration {
    fields.not_after.since(fields.not_before.plus(BACKDATE))
}
