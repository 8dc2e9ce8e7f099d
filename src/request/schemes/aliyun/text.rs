//! What is signed: the canonical request and the string-to-sign.

use super::ALGORITHM;
use crate::kernel::arrange::Arrange as _;
use crate::kernel::crypto::{MacAlgorithm, MacKey};
use crate::kernel::secret::Secret;
use crate::kernel::time::Timestamp;
use crate::request::schemes::sigv4::{
    CanonicalError, CanonicalRequest, Line, Origin, Parts, canonical_query, join, pairs, sections,
    split_target, values,
};
use crate::request::verdict::SignedText;
use time::PrimitiveDateTime;
use time::format_description::StaticFormatDescription;
use time::macros::format_description;

/// Why there is no canonical request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// As with AWS.
    #[error(transparent)]
    Canonical(#[from] CanonicalError),
    /// A parameter twice: Alibaba's libraries know none.
    #[error(
        "the parameter `{0}` is in the query more than once; it is not defined how that is signed"
    )]
    RepeatedParameter(String),
    /// A name that some write with escapes and others without.
    #[error(
        "the name of the parameter `{0}` needs escapes; signers differ in whether they are signed"
    )]
    ParameterName(String),
}

/// The two texts of a signature.
#[derive(Debug)]
pub(super) struct Texts {
    canonical: CanonicalRequest,
    to_sign: Vec<Line>,
}

impl Texts {
    /// Builds them over the fields that are signed, and what stands for the body.
    pub(super) fn new(parts: &Parts<'_>, signed: (&[String], &str)) -> Result<Self, TextError> {
        let (path, query) = split_target(parts.target)?;
        let path = if path.is_empty() { "/" } else { path };
        let query = query_of(query)?;
        let fields = signed.0.iter().map(|name| field(parts, name));
        let fields = fields.collect::<Result<Vec<Line>, _>>()?;
        let request = (parts.method, path, query.as_str());
        let canonical = CanonicalRequest::of_lines(request, fields, signed);
        let to_sign = vec![
            Line::new(ALGORITHM, Origin::Algorithm),
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

// A bare `+` is a space: Alibaba's libraries send one for each that they sign as `%20`.
fn query_of(query: &str) -> Result<String, TextError> {
    let pairs = pairs(query).map_err(CanonicalError::Percent)?;
    let mut names: Vec<&[u8]> = Vec::new();
    for pair in &pairs {
        let name = || String::from_utf8_lossy(&pair.name).into_owned();
        let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~".contains(byte);
        if !pair.name.iter().all(plain) {
            return Err(TextError::ParameterName(name()));
        }
        if names.contains(&pair.name.as_slice()) {
            return Err(TextError::RepeatedParameter(name()));
        }
        names.push(&pair.name);
    }
    Ok(canonical_query(&pairs))
}

// Of several lines the values are sorted before they are joined.
fn field(parts: &Parts<'_>, name: &str) -> Result<Line, CanonicalError> {
    let values = values(parts, name)?.into_iter();
    let mut values: Vec<Vec<u8>> = values.map(|value| value.trim_ascii().to_vec()).collect();
    values.arrange();
    Ok(Line::of_field(name, values))
}

/// The key.
pub(super) fn key(secret: &Secret) -> MacKey {
    MacKey::new(MacAlgorithm::HmacSha256, secret)
}

const FORM: StaticFormatDescription =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]Z");

/// Reads a time such as `2026-11-22T09:00:00Z`; None if it has another form.
pub(super) fn read_time(text: &str) -> Option<Timestamp> {
    let time = PrimitiveDateTime::parse(text, FORM).ok()?;
    Some(Timestamp::from_offset(time.assume_utc()))
}

/// Writes a time.
pub(super) fn write_time(time: Timestamp) -> String {
    let text = time.offset().format(FORM);
    text.expect("a time in UTC has all these parts")
}
