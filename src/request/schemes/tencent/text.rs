//! What is signed: the canonical request and the string-to-sign.

use super::{ALGORITHM, TERMINATOR};
use crate::kernel::crypto::{MacAlgorithm, MacKey};
use crate::kernel::secret::Secret;
use crate::kernel::time::Timestamp;
use crate::request::schemes::sigv4::{
    CanonicalError, CanonicalRequest, KeyError, Line, Origin, Parts, chain, join, sections,
    split_target, values,
};
use crate::request::verdict::SignedText;

/// Why there is no canonical request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// As with AWS.
    #[error(transparent)]
    Canonical(#[from] CanonicalError),
    /// A signed field twice: it is not written how its values would be joined.
    #[error("the field `{0}` is signed and there more than once")]
    Repeated(String),
}

/// What a signing key is good for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Scope {
    /// The day in UTC, `2026-11-22`.
    pub(super) day: String,
    /// The service.
    pub(super) service: String,
}

impl std::fmt::Display for Scope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}/{TERMINATOR}", self.day, self.service)
    }
}

/// The day of a time, as a scope has it.
pub(super) fn day(time: Timestamp) -> String {
    let time = time.offset();
    let (year, month, day) = (time.year(), u8::from(time.month()), time.day());
    format!("{year:04}-{month:02}-{day:02}")
}

/// The two texts of a signature.
#[derive(Debug)]
pub(super) struct Texts {
    canonical: CanonicalRequest,
    to_sign: Vec<Line>,
}

impl Texts {
    /// Builds them over the fields that are signed; `seconds` is the time as it is written.
    pub(super) fn new(
        parts: &Parts<'_>,
        signed: (&[String], &str),
        (seconds, scope): (&str, &Scope),
    ) -> Result<Self, TextError> {
        let (path, query) = split_target(parts.target)?;
        let path = if path.is_empty() { "/" } else { path };
        let fields = signed.0.iter().map(|name| field(parts, name));
        let fields = fields.collect::<Result<Vec<Line>, _>>()?;
        let canonical = CanonicalRequest::of_lines((parts.method, path, query), fields, signed);
        let to_sign = vec![
            Line::new(ALGORITHM, Origin::Algorithm),
            Line::new(seconds, Origin::Time),
            Line::new(scope.to_string(), Origin::Scope),
            Line::new(canonical.hash(), Origin::CanonicalRequestHash),
        ];
        Ok(Self { canonical, to_sign })
    }

    /// The bytes that the key signs.
    pub(super) fn bytes(&self) -> Vec<u8> {
        join(&self.to_sign)
    }

    pub(super) fn shown(&self) -> SignedText {
        sections(self.canonical.lines(), &self.to_sign)
    }
}

fn field(parts: &Parts<'_>, name: &str) -> Result<Line, TextError> {
    match values(parts, name)?.as_slice() {
        [value] => {
            let value = value.trim_ascii().to_ascii_lowercase();
            Ok(Line::of_field(name, vec![value]))
        }
        _ => Err(TextError::Repeated(name.to_owned())),
    }
}

/// The key of a scope.
pub(super) fn key(secret: &Secret, scope: &Scope) -> Result<MacKey, KeyError> {
    let key = chain("TC3", secret, &[&scope.day, &scope.service, TERMINATOR])?;
    Ok(MacKey::new(MacAlgorithm::HmacSha256, &key))
}
