//! What is unusual in a log: read entry by entry, each held against those before.
//!
//! Each remark names two entries where two are compared. It is a question to ask, not a verdict: the one exception is a
//! serial number that stands twice, which an honest authority never signs.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

use super::entry::{Entry, Revocation};
use crate::cert::fields::{Fields, issuer_key_id};
use crate::cert::{BACKDATE, RevocationCause};
use crate::kernel::crypto::{hex, sha256};
use crate::kernel::time::{Timestamp, humanize};

/// What is unusual.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Anomaly {
    /// A SPIFFE ID or name that was never issued before.
    NewName,
    /// A key that was certified for another name.
    KeyReuse,
    /// A key that others may know: a certificate for it was revoked for that.
    RevokedKey,
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
    /// The keys that others may know, by their SHA-256: the entry that says so, and why.
    known_keys: HashMap<String, (u64, &'static str)>,
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
            Ok(Entry::Revocation(revocation)) => self.revocation(index, revocation),
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

    fn revocation(&mut self, index: u64, revocation: Revocation) {
        let compromised = [
            RevocationCause::KeyCompromise,
            RevocationCause::CaCompromise,
        ];
        let cause = RevocationCause::from_code(revocation.reason);
        let cause = cause.filter(|cause| compromised.contains(cause));
        if let (Some(cause), Some(key)) = (cause, revocation.key) {
            self.known_keys.entry(key).or_insert((index, cause.name()));
        }
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
        if let Some((revoked, why)) = self.known_keys.get(&hex(&sha256(fields.key))) {
            let detail = format!("entry {revoked} revoked a certificate for its key: {why}");
            self.remark(Anomaly::RevokedKey, at, detail);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cert::{LeafOptions, leaf, root};
    use crate::kernel::crypto::SystemRandom;

    /// The remarks about a log of one certificate, a revocation of it, and another certificate for the same key.
    fn remarks(cause: RevocationCause) -> Vec<Anomaly> {
        let random = SystemRandom::default();
        let now = Timestamp::parse("2026-11-22T09:00:00Z").unwrap();
        let hour = Duration::from_secs(3600);
        let domain: crate::cert::TrustDomain = "acme.example".parse().unwrap();
        let made = root(&domain, hour * 24, now, &random).unwrap();
        let authority = crate::cert::Authority {
            certificate: made.certificate,
            key: made.key,
            not_after: made.not_after,
            trust_domain: domain,
            max_ttl: hour,
        };
        let options = LeafOptions {
            spiffe_id: "spiffe://acme.example/a".parse().unwrap(),
            dns_names: Vec::new(),
            ttl: hour,
            now,
        };
        let leaf = leaf(&authority, &options, &random).unwrap();
        let entry = Entry::of_certificate(&leaf.certificate).unwrap();
        let fields = Fields::of_certificate(&leaf.certificate).unwrap();
        let revocation = Revocation {
            issuer: fields.issuer_key_id().unwrap_or_default(),
            serial: fields.serial_hex(),
            reason: cause.code(),
            revoked_at: now,
            invalid_since: None,
            not_after: fields.not_after,
            key: Some(hex(&sha256(fields.key))),
            points: None,
        };
        let options = WatchOptions {
            issuers: HashSet::new(),
            burst: 100,
            window: hour,
            since: 0,
            off_hours: false,
        };
        let mut baseline = Baseline::default();
        let log = [entry.clone(), Entry::Revocation(revocation), entry];
        for (index, entry) in log.iter().enumerate() {
            baseline.observe(index as u64, &entry.to_bytes().unwrap(), &options);
        }
        let remarks = baseline.into_remarks().into_iter();
        remarks.map(|remark| remark.anomaly).collect()
    }

    #[test]
    fn a_key_that_was_revoked_as_compromised_is_not_certified_again() {
        let twice = Anomaly::DuplicateSerial;
        assert_eq!(
            remarks(RevocationCause::KeyCompromise),
            [twice, Anomaly::RevokedKey]
        );
        assert_eq!(remarks(RevocationCause::Superseded), [twice]);
    }
}
