//! The time, the credential's scope, and the string-to-sign that binds both to the canonical request.

use std::fmt;

use time::macros::format_description;
use time::{OffsetDateTime, PrimitiveDateTime};

use super::canonical::{CanonicalRequest, Line, Origin, join};
use super::{Family, Variant};
use crate::kernel::time::Timestamp;

/// A time as AWS writes it: `20150830T123600Z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct AmzDate(Timestamp);

/// Why a time or a scope could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScopeError {
    /// Not a time.
    #[error("`{0}` is not a time such as `20150830T123600Z`")]
    Date(String),
    /// Not a credential.
    #[error("the credential `{found}` is not {expected}")]
    Credential {
        /// The text.
        found: String,
        /// What it would have to look like.
        expected: &'static str,
    },
}

impl AmzDate {
    /// The time, without fractions of a second.
    pub fn new(time: Timestamp) -> Self {
        Self(Timestamp::from_unix(time.unix()).unwrap_or(time))
    }

    /// Reads exactly this form.
    ///
    /// # Errors
    /// [`ScopeError::Date`].
    pub fn parse(text: &str) -> Result<Self, ScopeError> {
        let refuse = || ScopeError::Date(text.to_owned());
        let plain = text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'T' || byte == b'Z');
        if text.len() != 16 || !plain {
            return Err(refuse());
        }
        let format = format_description!("[year][month][day]T[hour][minute][second]Z");
        let time = PrimitiveDateTime::parse(text, format).map_err(|_| refuse())?;
        Ok(Self(Timestamp::from_offset(time.assume_utc())))
    }

    /// The point in time.
    pub fn timestamp(self) -> Timestamp {
        self.0
    }

    /// The day in UTC, `20150830`.
    pub fn day(self) -> String {
        let time = self.0.offset();
        format!(
            "{:04}{:02}{:02}",
            time.year(),
            u8::from(time.month()),
            time.day()
        )
    }
}

impl fmt::Display for AmzDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time: OffsetDateTime = self.0.offset();
        let day = self.day();
        let (hour, minute, second) = (time.hour(), time.minute(), time.second());
        write!(f, "{day}T{hour:02}{minute:02}{second:02}Z")
    }
}

/// What a signing key is good for: a day, a region (not in version 4A), a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// Whose names it uses.
    pub family: Family,
    /// The day, `20150830`.
    pub day: String,
    /// The region; None in version 4A, where a field holds the set of regions.
    pub region: Option<String>,
    /// The service.
    pub service: String,
}

impl Scope {
    /// The access key id and the scope of a credential, `AKIDEXAMPLE/20150830/us-east-1/s3/aws4_request`.
    ///
    /// # Errors
    /// [`ScopeError::Credential`].
    pub fn parse_credential(text: &str, variant: Variant) -> Result<(String, Self), ScopeError> {
        let expected = match variant {
            Variant::V4 => "`ACCESS_KEY_ID/DAY/REGION/SERVICE/aws4_request`",
            Variant::V4a => "`ACCESS_KEY_ID/DAY/SERVICE/aws4_request`",
            Variant::Goog4Hmac | Variant::Goog4Rsa => {
                "`ACCESS_ID/DAY/LOCATION/storage/goog4_request`"
            }
        };
        let refuse = || ScopeError::Credential {
            found: text.to_owned(),
            expected,
        };
        // From the right: an access key id may hold a slash.
        let mut parts = text.rsplit('/');
        let mut next = || parts.next().filter(|part| !part.is_empty());
        let family = variant.family();
        if next() != Some(family.names().terminator) {
            return Err(refuse());
        }
        let service = next().ok_or_else(refuse)?.to_owned();
        let region = match variant {
            Variant::V4a => None,
            _ => Some(next().ok_or_else(refuse)?.to_owned()),
        };
        let day = next().ok_or_else(refuse)?.to_owned();
        if day.len() != 8 || !day.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(refuse());
        }
        let mut id: Vec<&str> = parts.collect();
        id.reverse();
        let id = id.join("/");
        if id.is_empty() {
            return Err(refuse());
        }
        let scope = Self {
            family,
            day,
            region,
            service,
        };
        Ok((id, scope))
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/", self.day)?;
        if let Some(region) = &self.region {
            write!(f, "{region}/")?;
        }
        write!(f, "{}/{}", self.service, self.family.names().terminator)
    }
}

/// What the key signs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StringToSign {
    lines: Vec<Line>,
}

impl StringToSign {
    /// Binds a canonical request to its time and scope.
    pub fn new(
        variant: Variant,
        time: AmzDate,
        scope: &Scope,
        canonical: &CanonicalRequest,
    ) -> Self {
        Self {
            lines: vec![
                Line::new(variant.algorithm(), Origin::Algorithm),
                Line::new(time.to_string(), Origin::Time),
                Line::new(scope.to_string(), Origin::Scope),
                Line::new(canonical.hash(), Origin::CanonicalRequestHash),
            ],
        }
    }

    /// The lines in order.
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// The bytes: the lines with LF between them.
    pub fn bytes(&self) -> Vec<u8> {
        join(&self.lines)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_exactly_and_written_back() {
        let date = AmzDate::parse("20150830T123600Z").unwrap();
        assert_eq!(date.to_string(), "20150830T123600Z");
        assert_eq!(date.day(), "20150830");
        assert_eq!(date.timestamp().unix(), 1_440_938_160);
        for text in [
            "",
            "2015-08-30T12:36:00Z",
            "20150830T123600",
            "20151330T123600Z",
            "20150830T126000Z",
            "+2150830T123600Z",
            "20150830 123600Z",
            "20150830T123600ZZ",
        ] {
            assert!(AmzDate::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_credential_is_read_from_the_right() {
        let text = "a/b/20150830/us-east-1/s3/aws4_request";
        let (id, scope) = Scope::parse_credential(text, Variant::V4).unwrap();
        assert_eq!(id, "a/b");
        assert_eq!(scope.to_string(), "20150830/us-east-1/s3/aws4_request");
        let (id, scope) =
            Scope::parse_credential("a/20150830/s3/aws4_request", Variant::V4a).unwrap();
        assert_eq!((id.as_str(), scope.region.as_deref()), ("a", None));
        assert_eq!(scope.to_string(), "20150830/s3/aws4_request");
        for text in [
            "a/20150830/s3/aws4_request",
            "20150830/us-east-1/s3/aws4_request",
            "/20150830/us-east-1/s3/aws4_request",
            "a/2015083/us-east-1/s3/aws4_request",
            "a/20150830//s3/aws4_request",
            "a/20150830/us-east-1/s3/aws5_request",
            "a/20150830/us-east-1/s3/aws4_request/",
        ] {
            assert!(
                Scope::parse_credential(text, Variant::V4).is_err(),
                "{text}"
            );
        }
    }
}
