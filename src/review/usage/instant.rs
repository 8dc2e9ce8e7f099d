//! Times in logs, to the second: RFC 3339, or a count since 1970 whose unit is known.

/// The unit of a time that is a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Seconds since 1970.
    Seconds,
    /// Milliseconds.
    Milliseconds,
    /// Microseconds.
    Microseconds,
    /// Nanoseconds.
    Nanoseconds,
}

impl Unit {
    /// All units.
    pub const ALL: [Self; 4] = [
        Self::Seconds,
        Self::Milliseconds,
        Self::Microseconds,
        Self::Nanoseconds,
    ];

    /// Its name: `s`, `ms`, `us`, `ns`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Seconds => "s",
            Self::Milliseconds => "ms",
            Self::Microseconds => "us",
            Self::Nanoseconds => "ns",
        }
    }

    /// How many make a second.
    pub fn per_second(self) -> u64 {
        match self {
            Self::Seconds => 1,
            Self::Milliseconds => 1_000,
            Self::Microseconds => 1_000_000,
            Self::Nanoseconds => 1_000_000_000,
        }
    }
}

/// Reads RFC 3339 §5.6, also with a blank in place of the `T`: whole seconds since 1970, rounded down. None for what is no
/// time, is before 1970 or after 2105.
pub(super) fn rfc3339(text: &[u8]) -> Option<u32> {
    let (date, rest) = text.split_at_checked(10)?;
    let (clock, mut rest) = rest.split_at_checked(9)?;
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = date else {
        return None;
    };
    let [b'T' | b't' | b' ', h1, h2, b':', n1, n2, b':', s1, s2] = clock else {
        return None;
    };
    let year = two(*y1, *y2)? * 100 + two(*y3, *y4)?;
    let (month, day) = (two(*m1, *m2)?, two(*d1, *d2)?);
    let (hour, minute, second) = (two(*h1, *h2)?, two(*n1, *n2)?, two(*s1, *s2)?);
    if hour > 23 || minute > 59 || second > 60 || day == 0 || day > days_in(year, month)? {
        return None;
    }
    if let Some(fraction) = rest.strip_prefix(b".") {
        let digits = fraction.iter().take_while(|b| b.is_ascii_digit()).count();
        rest = fraction.get(digits..).filter(|_| digits > 0)?;
    }
    let offset = match rest {
        b"Z" | b"z" => 0,
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] => {
            let (hours, minutes) = (two(*h1, *h2)?, two(*m1, *m2)?);
            if hours > 23 || minutes > 59 {
                return None;
            }
            let seconds = hours * 3_600 + minutes * 60;
            if *sign == b'-' { -seconds } else { seconds }
        }
        _ => return None,
    };
    // A leap second is the last second of its minute: the count since 1970 has no place for it.
    let seconds = days(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second.min(59);
    u32::try_from(seconds - offset).ok()
}

/// Reads a number in its unit, rounded down.
pub(super) fn count(number: &[u8], unit: Unit) -> Option<u32> {
    let whole = number.split(|byte| *byte == b'.').next()?;
    // `1.5e9` is a number, but no log writes times so.
    let exponent = number.iter().any(|byte| matches!(byte, b'e' | b'E'));
    if exponent {
        return None;
    }
    let count: u64 = std::str::from_utf8(whole).ok()?.parse().ok()?;
    u32::try_from(count / unit.per_second()).ok()
}

fn two(tens: u8, ones: u8) -> Option<i64> {
    let both = tens.is_ascii_digit() && ones.is_ascii_digit();
    both.then(|| i64::from(tens - b'0') * 10 + i64::from(ones - b'0'))
}

fn days_in(year: i64, month: i64) -> Option<i64> {
    Some(match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => return None,
    })
}

/// Days since 1970-01-01; the year begins in March, so that the leap day is its last.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::time::Timestamp;
    use proptest::prelude::*;

    #[test]
    fn what_is_no_time_is_none() {
        let read = |text: &str| rfc3339(text.as_bytes());
        assert_eq!(read("1970-01-01T00:00:00Z"), Some(0));
        assert_eq!(read("2024-02-29 23:59:60.999+01:30"), Some(1_709_245_799));
        for wrong in [
            "",
            "2026-11-22",
            "2026-11-22T09:00:00",
            "2026-02-29T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-11-22T24:00:00Z",
            "1969-12-31T23:59:59Z",
            "2026-11-22T09:00:00.Z",
            "2026-11-22T09:00:00+0100",
            "2026-00-22T09:00:00Z",
            "2026-11-00T09:00:00Z",
            "2026-11-22T09:00:00Zx",
            "9999-11-22T09:00:00Z",
        ] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn numbers_are_read_in_their_unit() {
        assert_eq!(count(b"1700000000", Unit::Seconds), Some(1_700_000_000));
        assert_eq!(count(b"1700000000.9", Unit::Seconds), Some(1_700_000_000));
        assert_eq!(
            count(b"1700000000999", Unit::Milliseconds),
            Some(1_700_000_000)
        );
        assert_eq!(count(b"1700000000999", Unit::Seconds), None);
        assert_eq!(count(b"-1", Unit::Seconds), None);
        assert_eq!(count(b"17e8", Unit::Seconds), None);
    }

    proptest! {
        #[test]
        fn it_agrees_with_the_kernel(seconds in 0_u32..=u32::MAX) {
            let text = Timestamp::from_unix(i64::from(seconds)).unwrap().to_string();
            prop_assert_eq!(rfc3339(text.as_bytes()), Some(seconds));
        }
    }
}
