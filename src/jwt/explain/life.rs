//! Times as tokens have them, and the life of a token against the present.

use std::time::Duration;

use crate::kernel::document::Node;
use crate::kernel::time::{Timestamp, humanize};

/// What a time claim holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// Seconds since 1970, as RFC 7519 §2 has it; true where a fraction was cut off.
    At(Timestamp, bool),
    /// Milliseconds, which RFC 7519 does not know.
    Milliseconds(Timestamp),
    /// Microseconds.
    Microseconds(Timestamp),
    /// A number in quotes.
    Quoted(Timestamp),
    /// A number that no calendar has.
    OutOfRange(String),
    /// No number.
    WrongType(&'static str),
}

/// Reads a time as leniently as people write it, and says how it was written.
pub fn instant(node: &Node) -> Told {
    if let Some(text) = node.as_str() {
        let quoted = text.parse::<i64>().ok().and_then(Timestamp::from_unix);
        return quoted.map_or(Told::WrongType("a string"), Told::Quoted);
    }
    let Some(number) = node.as_number() else {
        return Told::WrongType(node.kind());
    };
    let at = |divisor: f64| whole(number.float / divisor).and_then(Timestamp::from_unix);
    let out = || Told::OutOfRange(number.text.clone());
    // 10¹¹ seconds is the year 5138; in milliseconds it is 1973.
    match number.float.abs() {
        size if size < 1e11 => {
            at(1.0).map_or_else(out, |time| Told::At(time, number.float.fract() != 0.0))
        }
        size if size < 1e14 => at(1e3).map_or_else(out, Told::Milliseconds),
        size if size < 1e17 => at(1e6).map_or_else(out, Told::Microseconds),
        _ => out(),
    }
}

fn whole(seconds: f64) -> Option<i64> {
    if !seconds.is_finite() || seconds.abs() > 1e12 {
        return None;
    }
    #[expect(
        clippy::cast_possible_truncation,
        reason = "checked to be far inside 64 bits"
    )]
    Some(seconds.floor() as i64)
}

impl Told {
    /// The time that was meant.
    pub fn time(&self) -> Option<Timestamp> {
        match self {
            Self::At(time, _)
            | Self::Milliseconds(time)
            | Self::Microseconds(time)
            | Self::Quoted(time) => Some(*time),
            Self::OutOfRange(_) | Self::WrongType(_) => None,
        }
    }

    /// Absolute and relative.
    pub fn in_words(&self, now: Timestamp) -> String {
        let both = |time: &Timestamp| format!("{time}, {}", time.relative_to(now));
        match self {
            Self::At(time, false) => both(time),
            Self::At(time, true) => format!("{} (a fraction cut off)", both(time)),
            Self::Milliseconds(time) => {
                format!("{} (in milliseconds, where seconds belong)", both(time))
            }
            Self::Microseconds(time) => {
                format!("{} (in microseconds, where seconds belong)", both(time))
            }
            Self::Quoted(time) => format!("{} (in quotes, where a number belongs)", both(time)),
            Self::OutOfRange(text) => format!("{text}, outside the calendar"),
            Self::WrongType(kind) => format!("{kind}, not a number of seconds"),
        }
    }
}

/// Where the present stands in a token's life. The claims are not verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stage {
    /// Before its start.
    NotYet,
    /// Between start and end.
    Alive,
    /// At its end or after it (RFC 7519 §4.1.4).
    Over,
    /// It has no end.
    Endless,
    /// Its end is not after its start.
    Never,
}

impl Stage {
    /// Its name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::NotYet => "not-yet",
            Self::Alive => "alive",
            Self::Over => "over",
            Self::Endless => "endless",
            Self::Never => "never",
        }
    }
}

/// The life of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lifetime {
    /// `nbf`, or `iat` where there is none.
    pub start: Option<Timestamp>,
    /// The name of the claim that starts it.
    pub start_name: &'static str,
    /// `exp`.
    pub end: Option<Timestamp>,
    /// The present.
    pub now: Timestamp,
}

impl Lifetime {
    /// The life that claims tell of; None without any time.
    pub fn of(claims: &Node, now: Timestamp) -> Option<Self> {
        let at = |name: &str| match instant(claims.get(name)?) {
            Told::At(time, _) => Some(time),
            _ => None,
        };
        let end = at("exp");
        let (start, start_name) = match (at("iat"), at("nbf")) {
            (Some(issued), Some(begins)) if begins > issued => (Some(begins), "nbf"),
            (Some(issued), _) => (Some(issued), "iat"),
            (None, Some(begins)) => (Some(begins), "nbf"),
            (None, None) => (None, ""),
        };
        (start.is_some() || end.is_some()).then_some(Self {
            start,
            start_name,
            end,
            now,
        })
    }

    /// Where the present stands in it.
    pub fn stage(&self) -> Stage {
        match (self.start, self.end) {
            (Some(start), Some(end)) if end <= start => Stage::Never,
            (_, Some(end)) if self.now >= end => Stage::Over,
            (Some(start), _) if self.now < start => Stage::NotYet,
            (_, None) => Stage::Endless,
            _ => Stage::Alive,
        }
    }

    /// How long it is, where it has a start and an end.
    pub fn length(&self) -> Option<Duration> {
        let (start, end) = (self.start?, self.end?);
        (end > start).then(|| end.since(start))
    }

    /// In words: what is left of it, or for how long it has been over.
    pub fn in_words(&self) -> String {
        let end = self.end.unwrap_or(self.now);
        let start = self.start.unwrap_or(self.now);
        let whole = self
            .length()
            .map_or_else(String::new, |length| format!(" of {}", humanize(length)));
        match self.stage() {
            Stage::NotYet => format!("begins in {}", humanize(start.since(self.now))),
            Stage::Alive => format!("{} left{whole}", humanize(end.since(self.now))),
            Stage::Over if end == self.now => {
                format!("over now{}", whole.replace(" of", ", after"))
            }
            Stage::Over => {
                let lived = whole.replace(" of", ", lived");
                format!("over for {}{lived}", humanize(self.now.since(end)))
            }
            Stage::Endless => "has no end".to_owned(),
            Stage::Never => "ends before it begins".to_owned(),
        }
    }

    /// A line of `width` cells from start to end: those that have passed.
    pub fn cells_passed(&self, width: usize) -> Option<usize> {
        let length = self.length()?.as_secs().max(1);
        let passed = self.now.since(self.start?).as_secs().min(length);
        let cells = u128::from(passed) * width as u128 / u128::from(length);
        usize::try_from(cells).ok()
    }
}
