//! What a message says about its own signature: the signatures, the time, the id. Nothing is trusted yet.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{Algorithm, Description, Encoding, Layout, TimestampRule, TimestampSource, Unit, View};
use crate::kernel::crypto::unhex;
use crate::kernel::time::Timestamp;

/// The most signatures of one message.
const MAX_SIGNATURES: usize = 32;

/// What a message says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// The signatures of known kinds, in order; at least one.
    pub signatures: Vec<Given>,
    /// The names of members that are no signature of a known kind.
    pub skipped: Vec<String>,
    /// The time, where the scheme has one.
    pub timestamp: Option<Stamp>,
    /// The id, where the scheme has one.
    pub id: Option<String>,
}

/// A signature in a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// The member's name in a list, such as `v1`.
    pub version: Option<String>,
    /// Its algorithm.
    pub algorithm: Algorithm,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// A time as it was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp {
    /// The digits, which are what is signed.
    pub text: String,
    /// The point in time, to the second.
    pub time: Timestamp,
}

/// Why a message's own words cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// A field that the scheme needs is not there.
    #[error("the message has no `{0}`")]
    Missing(String),
    /// It is there more than once.
    #[error("`{0}` is there more than once")]
    Repeated(String),
    /// Two names of one field with different values.
    #[error("`{0}` and `{1}` mean the same and differ")]
    Ambiguous(String, String),
    /// The value is not text.
    #[error("`{0}` holds bytes that are not ASCII text")]
    NotText(String),
    /// The value does not begin as it should.
    #[error("`{field}` does not begin with `{prefix}`")]
    Prefix {
        /// The field.
        field: String,
        /// What is missing.
        prefix: String,
    },
    /// A signature in another encoding.
    #[error("a signature in `{field}` is not {expected}")]
    Encoding {
        /// The field.
        field: String,
        /// What it should be.
        expected: &'static str,
    },
    /// A list without a signature of a known kind.
    #[error("`{field}` holds no {known} signature{}", found_instead(.found))]
    NoKnownVersion {
        /// The field.
        field: String,
        /// The kinds that are known.
        known: String,
        /// The names in the list.
        found: Vec<String>,
    },
    /// Too many signatures.
    #[error("`{0}` holds more than {MAX_SIGNATURES} members")]
    TooMany(String),
    /// The member of the time is missing or repeated.
    #[error("`{field}` does not hold one `{member}`")]
    Member {
        /// The field.
        field: String,
        /// The member.
        member: String,
    },
    /// The time is not digits.
    #[error("the time `{0}` is not a number of {1} since 1970")]
    Timestamp(String, &'static str),
    /// The id is empty or could be mistaken for what follows it.
    #[error("the id is empty or holds `{0}`, so that what is signed could be read in two ways")]
    Id(String),
}

fn found_instead(found: &[String]) -> String {
    if found.is_empty() {
        return String::new();
    }
    format!(", only `{}`", found.join("`, `"))
}

/// Reads a message's own words about its signature.
///
/// # Errors
/// [`ReadError`].
pub fn read(description: &Description, view: &View<'_>) -> Result<Reading, ReadError> {
    let field = description.field.first().cloned().unwrap_or_default();
    let value = text(view.field(&description.field)?, &field)?;
    let members = members(description, value, &field)?;
    let (signatures, skipped) = signatures(description, &members, &field)?;
    let timestamp = match &description.timestamp {
        None => None,
        Some(rule) => Some(timestamp(rule, view, (&members, &field))?),
    };
    let id = match &description.id {
        None => None,
        Some(names) => Some(id(description, view, names)?),
    };
    Ok(Reading {
        signatures,
        skipped,
        timestamp,
        id,
    })
}

fn text<'a>(value: &'a [u8], field: &str) -> Result<&'a str, ReadError> {
    std::str::from_utf8(value)
        .ok()
        .filter(|text| text.bytes().all(|byte| (b' '..=b'~').contains(&byte)))
        .ok_or_else(|| ReadError::NotText(field.to_owned()))
}

/// The members of a list: name and value; the whole value without a name where there is no list.
fn members<'a>(
    description: &Description,
    value: &'a str,
    field: &str,
) -> Result<Vec<(&'a str, &'a str)>, ReadError> {
    match &description.layout {
        Layout::Whole { prefix, .. } => {
            let rest = value
                .strip_prefix(prefix.as_str())
                .ok_or_else(|| ReadError::Prefix {
                    field: field.to_owned(),
                    prefix: prefix.clone(),
                })?;
            Ok(vec![("", rest)])
        }
        Layout::Listed {
            between, assign, ..
        } => {
            let members: Vec<(&str, &str)> = value
                .split(*between)
                .map(str::trim)
                .filter(|member| !member.is_empty())
                .take(MAX_SIGNATURES + 1)
                .map(|member| member.split_once(*assign).unwrap_or((member, "")))
                .collect();
            if members.len() > MAX_SIGNATURES {
                return Err(ReadError::TooMany(field.to_owned()));
            }
            Ok(members)
        }
    }
}

fn signatures(
    description: &Description,
    members: &[(&str, &str)],
    field: &str,
) -> Result<(Vec<Given>, Vec<String>), ReadError> {
    let mut signatures = Vec::new();
    let mut skipped = Vec::new();
    let mut undecodable = false;
    for (name, value) in members {
        let (version, algorithm) = match &description.layout {
            Layout::Whole { algorithm, .. } => (None, *algorithm),
            Layout::Listed { versions, .. } => {
                match versions.iter().find(|version| version.name == *name) {
                    Some(version) => (Some(version.name.clone()), version.algorithm),
                    None => {
                        if !is_time(description, name) {
                            skipped.push((*name).to_owned());
                        }
                        continue;
                    }
                }
            }
        };
        match decode(description.encoding, value) {
            Some(bytes) => signatures.push(Given {
                version,
                algorithm,
                bytes,
            }),
            None => undecodable = true,
        }
    }
    if !signatures.is_empty() {
        return Ok((signatures, skipped));
    }
    Err(if undecodable {
        ReadError::Encoding {
            field: field.to_owned(),
            expected: description.encoding.describe(),
        }
    } else {
        ReadError::NoKnownVersion {
            field: field.to_owned(),
            known: known(description),
            found: skipped,
        }
    })
}

fn known(description: &Description) -> String {
    match &description.layout {
        Layout::Whole { .. } => String::new(),
        Layout::Listed { versions, .. } => {
            let names: Vec<String> = versions
                .iter()
                .map(|version| format!("`{}`", version.name))
                .collect();
            names.join(" or ")
        }
    }
}

fn is_time(description: &Description, member: &str) -> bool {
    description
        .timestamp
        .as_ref()
        .is_some_and(|rule| matches!(&rule.source, TimestampSource::Member(name) if name == member))
}

impl Encoding {
    /// What a signature looks like.
    pub(super) fn describe(self) -> &'static str {
        match self {
            Self::Hex => "hexadecimal in lower case",
            Self::Base64 => "base64 with its padding",
            Self::Text => "a token",
        }
    }
}

// Strict: a vendor writes one form, and a second form of the same bytes is a second message.
fn decode(encoding: Encoding, text: &str) -> Option<Vec<u8>> {
    let bytes = match encoding {
        Encoding::Hex => unhex(text.as_bytes()),
        Encoding::Base64 => STANDARD.decode(text).ok(),
        Encoding::Text => Some(text.as_bytes().to_vec()),
    };
    bytes.filter(|bytes| !bytes.is_empty())
}

fn timestamp(
    rule: &TimestampRule,
    view: &View<'_>,
    (members, field): (&[(&str, &str)], &str),
) -> Result<Stamp, ReadError> {
    let text = match &rule.source {
        TimestampSource::Field(names) => {
            let name = names.first().map(String::as_str).unwrap_or_default();
            text(view.field(names)?, name)?
        }
        TimestampSource::Member(member) => {
            let mut values = members.iter().filter(|(name, _)| name == member);
            match (values.next(), values.next()) {
                (Some((_, value)), None) => value,
                _ => {
                    return Err(ReadError::Member {
                        field: field.to_owned(),
                        member: member.clone(),
                    });
                }
            }
        }
    };
    let refuse = || ReadError::Timestamp(text.to_owned(), rule.unit.name());
    // Digits alone: `+1` and ` 1` are the same number and another text, and the text is what is signed.
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(refuse());
    }
    let number: i64 = text.parse().map_err(|_| refuse())?;
    let time = Timestamp::from_unix(number / rule.unit.per_second()).ok_or_else(refuse)?;
    let text = text.to_owned();
    Ok(Stamp { text, time })
}

impl Unit {
    /// How many make a second.
    pub(super) fn per_second(self) -> i64 {
        match self {
            Self::Seconds => 1,
            Self::Milliseconds => 1000,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Seconds => "seconds",
            Self::Milliseconds => "milliseconds",
        }
    }
}

fn id(description: &Description, view: &View<'_>, names: &[String]) -> Result<String, ReadError> {
    let name = names.first().map(String::as_str).unwrap_or_default();
    let id = text(view.field(names)?, name)?;
    check_id(description, id)?;
    Ok(id.to_owned())
}

/// An id must not hold what separates it from what follows, or `a.b` and `c` would sign as `a` and `b.c`.
pub(super) fn check_id(description: &Description, id: &str) -> Result<(), ReadError> {
    let separator = super::text::separator_after_id(description);
    let mixed = separator.is_some_and(|separator| id.contains(separator));
    if id.is_empty() || mixed {
        return Err(ReadError::Id(separator.unwrap_or_default().to_owned()));
    }
    Ok(())
}
