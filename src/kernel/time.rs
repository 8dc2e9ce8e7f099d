//! Points in time, durations as people write them, and a leeway with an upper bound.
//!
//! Nothing here reads a clock: the present is an argument, given by `--at` or by the command line's environment.

use std::fmt;
use std::time::Duration;

use time::format_description::well_known::Rfc3339;
use time::{OffsetDateTime, UtcOffset};

/// A point in time, in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(OffsetDateTime);

/// Why a time or a duration could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TimeError {
    /// Not RFC 3339.
    #[error("`{0}` is not a time as RFC 3339 writes it, such as `2026-11-22T09:30:00Z`")]
    NotRfc3339(String),
    /// Not a duration.
    #[error("`{0}` is not a duration, such as `90s`, `15m`, `1h30m` or `7d`")]
    NotADuration(String),
    /// More than [`Leeway::MAX`].
    #[error("a leeway of {} is more than the {} allowed", humanize(*.0), humanize(Leeway::MAX))]
    LeewayTooLarge(Duration),
}

impl Timestamp {
    /// The last second that is told with four digits of a year.
    pub const MAX: Self = Self(time::macros::datetime!(9999-12-31 23:59:59 UTC));

    /// A time from seconds since 1970, if the calendar reaches that far.
    pub fn from_unix(seconds: i64) -> Option<Self> {
        OffsetDateTime::from_unix_timestamp(seconds).ok().map(Self)
    }

    /// A time from the `time` crate's type.
    pub fn from_offset(time: OffsetDateTime) -> Self {
        Self(time.to_offset(UtcOffset::UTC))
    }

    /// Reads RFC 3339.
    ///
    /// # Errors
    /// [`TimeError::NotRfc3339`].
    pub fn parse(text: &str) -> Result<Self, TimeError> {
        OffsetDateTime::parse(text.trim(), &Rfc3339)
            .map(Self::from_offset)
            .map_err(|_| TimeError::NotRfc3339(text.to_owned()))
    }

    /// Whole seconds since 1970, rounded down.
    pub fn unix(self) -> i64 {
        self.0.unix_timestamp()
    }

    /// The `time` crate's type.
    pub fn offset(self) -> OffsetDateTime {
        self.0
    }

    /// The calendar day, `YYYY-MM-DD`.
    pub fn day(self) -> String {
        let date = self.0.date();
        format!(
            "{:04}-{:02}-{:02}",
            date.year(),
            u8::from(date.month()),
            date.day()
        )
    }

    /// This time and a duration more; the end of the calendar if it does not reach.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        let seconds = i64::try_from(duration.as_secs()).unwrap_or(i64::MAX);
        Self(
            self.0
                .checked_add(time::Duration::seconds(seconds))
                .unwrap_or(time::PrimitiveDateTime::MAX.assume_utc()),
        )
    }

    /// This time and a duration less; the start of the calendar if it does not reach.
    #[must_use]
    pub fn minus(self, duration: Duration) -> Self {
        let seconds = i64::try_from(duration.as_secs()).unwrap_or(i64::MAX);
        Self(
            self.0
                .checked_sub(time::Duration::seconds(seconds))
                .unwrap_or(time::PrimitiveDateTime::MIN.assume_utc()),
        )
    }

    /// How long after `earlier` this is; zero if it is not later.
    pub fn since(self, earlier: Self) -> Duration {
        u64::try_from(self.unix().saturating_sub(earlier.unix()))
            .map_or(Duration::ZERO, Duration::from_secs)
    }

    /// The distance to `now` in words: `in 4m`, `3d 2h ago`, `now`.
    pub fn relative_to(self, now: Self) -> String {
        match self.cmp(&now) {
            std::cmp::Ordering::Equal => "now".to_owned(),
            std::cmp::Ordering::Greater if self.since(now).is_zero() => "now".to_owned(),
            std::cmp::Ordering::Greater => format!("in {}", humanize(self.since(now))),
            std::cmp::Ordering::Less if now.since(self).is_zero() => "now".to_owned(),
            std::cmp::Ordering::Less => format!("{} ago", humanize(now.since(self))),
        }
    }
}

impl fmt::Display for Timestamp {
    /// RFC 3339 in UTC, whole seconds.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let t = self.0;
        write!(
            f,
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z",
            t.year(),
            u8::from(t.month()),
            t.day(),
            t.hour(),
            t.minute(),
            t.second()
        )
    }
}

/// Reads a duration such as `90s`, `15m`, `1h30m`, `7d`, `2w`. A bare number has no unit and is refused.
///
/// # Errors
/// [`TimeError::NotADuration`].
pub fn parse_duration(text: &str) -> Result<Duration, TimeError> {
    let refuse = || TimeError::NotADuration(text.to_owned());
    let mut rest = text.trim();
    let mut total: u64 = 0;
    if rest.is_empty() {
        return Err(refuse());
    }
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (number, after) = rest.split_at(digits);
        let number: u64 = number.parse().map_err(|_| refuse())?;
        let unit = after.chars().next().ok_or_else(refuse)?;
        let seconds = match unit {
            's' => 1,
            'm' => 60,
            'h' => 3_600,
            'd' => 86_400,
            'w' => 604_800,
            _ => return Err(refuse()),
        };
        let part = number.checked_mul(seconds).ok_or_else(refuse)?;
        total = total.checked_add(part).ok_or_else(refuse)?;
        rest = after.get(1..).ok_or_else(refuse)?;
    }
    Ok(Duration::from_secs(total))
}

/// A duration in its two largest units: `45s`, `15m`, `1h 30m`, `412d`.
pub fn humanize(duration: Duration) -> String {
    let total = duration.as_secs();
    let units = [(86_400, "d"), (3_600, "h"), (60, "m"), (1, "s")];
    let Some(first) = units.iter().position(|(size, _)| total >= *size) else {
        return "0s".to_owned();
    };
    let mut parts = Vec::with_capacity(2);
    let mut rest = total;
    for (size, name) in units.iter().skip(first).take(2) {
        let count = rest / size;
        rest %= size;
        if count > 0 {
            parts.push(format!("{count}{name}"));
        }
    }
    parts.join(" ")
}

/// How far two clocks may differ. At most five minutes, so that it never becomes a lifetime.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Leeway(Duration);

impl Leeway {
    /// The largest leeway.
    pub const MAX: Duration = Duration::from_secs(300);

    /// A leeway of at most [`Leeway::MAX`].
    ///
    /// # Errors
    /// [`TimeError::LeewayTooLarge`].
    pub fn new(duration: Duration) -> Result<Self, TimeError> {
        if duration > Self::MAX {
            return Err(TimeError::LeewayTooLarge(duration));
        }
        Ok(Self(duration))
    }

    /// The duration.
    pub fn get(self) -> Duration {
        self.0
    }
}

impl std::str::FromStr for Leeway {
    type Err = TimeError;

    fn from_str(text: &str) -> Result<Self, TimeError> {
        parse_duration(text).and_then(Self::new)
    }
}

impl std::str::FromStr for Timestamp {
    type Err = TimeError;

    fn from_str(text: &str) -> Result<Self, TimeError> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_need_units_and_add_up() {
        let table = [
            ("90s", 90),
            ("15m", 900),
            ("1h30m", 5_400),
            ("7d", 604_800),
            ("2w", 1_209_600),
        ];
        for (text, seconds) in table {
            assert_eq!(parse_duration(text).unwrap().as_secs(), seconds, "{text}");
        }
        for text in [
            "",
            "15",
            "m",
            "1.5h",
            "-5m",
            "5 m",
            "99999999999999999999s",
            "5µ",
        ] {
            assert!(parse_duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn humanized_durations_show_two_units() {
        let table = [
            (0, "0s"),
            (45, "45s"),
            (3_600, "1h"),
            (5_430, "1h 30m"),
            (90_061, "1d 1h"),
        ];
        for (seconds, text) in table {
            assert_eq!(humanize(Duration::from_secs(seconds)), text);
        }
    }

    #[test]
    fn times_are_printed_in_utc() {
        let time = Timestamp::parse("2024-05-29T18:26:40+02:00").unwrap();
        assert_eq!(time.to_string(), "2024-05-29T16:26:40Z");
        assert_eq!(time.unix(), 1_717_000_000);
        assert_eq!(time.day(), "2024-05-29");
        let now = Timestamp::from_unix(1_717_000_000 + 3_700).unwrap();
        assert_eq!(time.relative_to(now), "1h 1m ago");
        assert_eq!(now.relative_to(time), "in 1h 1m");
    }

    #[test]
    fn a_leeway_is_at_most_five_minutes() {
        assert!("5m".parse::<Leeway>().is_ok());
        let error = "301s".parse::<Leeway>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "a leeway of 5m 1s is more than the 5m allowed"
        );
    }
}
