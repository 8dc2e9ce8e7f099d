//! The time in which a key may be used: `nbf` and `exp` of a JWK, as the rotation of a set writes them.

use super::JwkError;
use crate::kernel::document::Node;
use crate::kernel::time::{Leeway, Timestamp};

/// From when until when a key may be used; without bounds, always.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Validity {
    /// The first moment.
    pub from: Option<Timestamp>,
    /// The first moment after the last.
    pub until: Option<Timestamp>,
}

/// Why a key may not be used at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OutOfTime {
    /// Its time has not come.
    #[error("it may be used from {0} on")]
    NotYet(Timestamp),
    /// Its time is over.
    #[error("it could be used until {0}")]
    Ended(Timestamp),
}

impl Validity {
    /// Reads `nbf` and `exp` of a JWK. Part of a second counts for the narrower side.
    pub(super) fn of(jwk: &Node) -> Result<Self, JwkError> {
        Ok(Self {
            from: time(jwk, "nbf", f64::ceil)?,
            until: time(jwk, "exp", f64::floor)?,
        })
    }

    /// Whether it may be used at a time.
    ///
    /// # Errors
    /// [`OutOfTime`].
    pub fn check(self, now: Timestamp, leeway: Leeway) -> Result<(), OutOfTime> {
        if let Some(from) = self.from.filter(|from| now.plus(leeway.get()) < *from) {
            return Err(OutOfTime::NotYet(from));
        }
        match self.until.filter(|until| now.minus(leeway.get()) >= *until) {
            Some(until) => Err(OutOfTime::Ended(until)),
            None => Ok(()),
        }
    }
}

fn time(
    jwk: &Node,
    name: &'static str,
    round: fn(f64) -> f64,
) -> Result<Option<Timestamp>, JwkError> {
    let Some(node) = jwk.get(name) else {
        return Ok(None);
    };
    let wrong = JwkError::WrongType(name);
    let number = node.as_number().ok_or_else(|| wrong.clone())?.float;
    if !number.is_finite() || number.abs() >= 1e12 {
        return Err(wrong);
    }
    #[expect(
        clippy::cast_possible_truncation,
        reason = "checked to be far inside 64 bits"
    )]
    let seconds = round(number) as i64;
    Timestamp::from_unix(seconds).map(Some).ok_or(wrong)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::kernel::key::{Expected, LoadOptions, load};

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix(seconds).unwrap()
    }

    fn read(members: &str) -> Result<Validity, String> {
        let text = format!(r#"{{"kty":"oct","k":"AAAA"{members}}}"#);
        load(text.as_bytes(), LoadOptions::plain(Expected::Verification))
            .map(|set| set.keys[0].validity)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn a_key_may_be_used_from_nbf_until_before_exp() {
        let validity = read(r#","nbf":1000,"exp":2000"#).unwrap();
        let none = Leeway::default();
        for (now, expected) in [
            (999, Err(OutOfTime::NotYet(at(1000)))),
            (1000, Ok(())),
            (1999, Ok(())),
            (2000, Err(OutOfTime::Ended(at(2000)))),
        ] {
            assert_eq!(validity.check(at(now), none), expected, "{now}");
        }
        let ten = Leeway::new(Duration::from_secs(10)).unwrap();
        for (now, holds) in [(989, false), (990, true), (2009, true), (2010, false)] {
            assert_eq!(validity.check(at(now), ten).is_ok(), holds, "{now}");
        }
        let always = read("").unwrap();
        assert_eq!(always, Validity::default());
        assert_eq!(always.check(at(0), none), Ok(()));
    }

    #[test]
    fn part_of_a_second_counts_for_the_narrower_side() {
        let validity = read(r#","nbf":1000.5,"exp":2000.5"#).unwrap();
        assert_eq!(validity.from, Some(at(1001)));
        assert_eq!(validity.until, Some(at(2000)));
    }

    #[test]
    fn a_key_whose_time_cannot_be_read_is_not_used() {
        for members in [
            r#","exp":"2000""#,
            r#","exp":null"#,
            r#","nbf":[1]"#,
            r#","exp":1e300"#,
            r#","nbf":true"#,
        ] {
            let error = read(members).unwrap_err();
            assert!(error.contains("wrong type"), "{members}: {error}");
        }
    }
}
