//! When a certificate is to be renewed, and why (fact: workloads renew at two thirds of their life, each a little earlier).
//!
//! The jitter comes from the serial number: it differs from certificate to certificate and is the same whenever one asks, so
//! that a fleet that was issued at once is not renewed at once, and `cert status` and `cert watch` agree.

use std::time::Duration;

use super::fields::Fields;
use super::issue::BACKDATE;
use crate::kernel::crypto::sha256;
use crate::kernel::time::{Timestamp, humanize};

/// At which part of a life a certificate is renewed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Threshold {
    numerator: u32,
    denominator: u32,
}

impl Default for Threshold {
    fn default() -> Self {
        Self {
            numerator: 2,
            denominator: 3,
        }
    }
}

/// A text is no threshold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a part of a life, such as `2/3` or `66%`")]
pub struct BadThreshold(String);

impl std::str::FromStr for Threshold {
    type Err = BadThreshold;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bad = || BadThreshold(text.to_owned());
        let (numerator, denominator) = match (text.split_once('/'), text.strip_suffix('%')) {
            (Some((part, whole)), _) => (part.parse(), whole.parse().map_err(|_| bad())?),
            (None, Some(percent)) => (percent.parse(), 100),
            (None, None) => return Err(bad()),
        };
        let numerator = numerator.map_err(|_| bad())?;
        if numerator == 0 || numerator >= denominator || denominator > 1000 {
            return Err(bad());
        }
        Ok(Self {
            numerator,
            denominator,
        })
    }
}

/// Why a certificate is to be renewed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RenewalReason {
    /// It has expired.
    Expired,
    /// Its time has come.
    Due,
    /// Its names are others than wanted.
    NamesDrifted,
    /// Its profile is another than wanted.
    ProfileDrifted,
    /// Its issuer is not the authority's current one.
    IssuerChanged,
    /// Its private key is another's, or is missing.
    KeyMismatch,
    /// It was revoked: a new one gets a new key.
    Revoked,
}

impl RenewalReason {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Expired => "expired",
            Self::Due => "due",
            Self::NamesDrifted => "names-drifted",
            Self::ProfileDrifted => "profile-drifted",
            Self::IssuerChanged => "issuer-changed",
            Self::KeyMismatch => "key-mismatch",
            Self::Revoked => "revoked",
        }
    }
}

/// The life of a certificate, as seen at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Life {
    /// When it is to be renewed.
    pub due: Timestamp,
    /// When it ends.
    pub not_after: Timestamp,
    /// How long it lives from its issue.
    pub whole: Duration,
}

impl Life {
    /// The life of a certificate.
    pub fn of(fields: &Fields<'_>, threshold: Threshold) -> Self {
        let issued = fields.not_before.plus(BACKDATE);
        let whole = fields.not_after.since(issued);
        let seconds = whole.as_secs();
        let part = |numerator: u64, denominator: u64| {
            seconds / denominator * numerator + seconds % denominator * numerator / denominator
        };
        let at = part(
            u64::from(threshold.numerator),
            u64::from(threshold.denominator),
        );
        // Up to a twentieth of the life earlier.
        let [a, b, ..] = sha256(fields.serial);
        let jitter = part(1, 20) * u64::from(u16::from_be_bytes([a, b])) / 65_536;
        Self {
            due: issued.plus(Duration::from_secs(at.saturating_sub(jitter))),
            not_after: fields.not_after,
            whole,
        }
    }

    /// Whether it is to be renewed for its age.
    pub fn reason(&self, now: Timestamp) -> Option<RenewalReason> {
        if now > self.not_after {
            Some(RenewalReason::Expired)
        } else if now >= self.due {
            Some(RenewalReason::Due)
        } else {
            None
        }
    }

    /// The life in words.
    pub fn text(&self) -> String {
        humanize(self.whole)
    }
}

/// How long to wait after so many failures: one second, doubled each time, five minutes at most.
pub fn backoff(failures: u32) -> Duration {
    Duration::from_secs((1_u64 << failures.saturating_sub(1).min(16)).min(300))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    #[test]
    fn a_threshold_is_a_part_of_a_life() {
        assert_eq!("2/3".parse(), Ok(Threshold::default()));
        assert!("66%".parse::<Threshold>().is_ok());
        for text in [
            "", "0/3", "3/3", "4/3", "100%", "0%", "1", "1/2000", "-1/2", "1/0",
        ] {
            assert!(text.parse::<Threshold>().is_err(), "{text}");
        }
    }

    #[test]
    fn an_hour_is_renewed_in_its_third_part_at_a_time_of_its_own() {
        let fields = |serial: &'static [u8]| Fields {
            to_be_signed: &[],
            serial,
            issuer: &[],
            not_before: at("2026-11-22T08:59:30Z"),
            not_after: at("2026-11-22T10:00:00Z"),
            subject: &[],
            key: &[],
            extensions: Vec::new(),
        };
        let first = Life::of(&fields(&[1]), Threshold::default());
        let second = Life::of(&fields(&[2]), Threshold::default());
        for life in [first, second] {
            assert_eq!(life.whole, Duration::from_secs(3600));
            assert!(life.due <= at("2026-11-22T09:40:00Z"));
            assert!(life.due >= at("2026-11-22T09:37:00Z"));
            assert_eq!(life.reason(life.due), Some(RenewalReason::Due));
            assert_eq!(life.reason(at("2026-11-22T09:36:59Z")), None);
            assert_eq!(
                life.reason(at("2026-11-22T10:00:00Z")),
                Some(RenewalReason::Due)
            );
            assert_eq!(
                life.reason(at("2026-11-22T10:00:01Z")),
                Some(RenewalReason::Expired)
            );
        }
        assert_ne!(first.due, second.due);
    }

    #[test]
    fn failures_are_waited_out_longer_and_longer() {
        let waits: Vec<u64> = (1..12).map(|n| backoff(n).as_secs()).collect();
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
        assert_eq!(backoff(u32::MAX).as_secs(), 300);
    }
}
