//! The string-to-sign: the method, eleven fields by their values alone, the fields of Microsoft's own, the resource.

use std::collections::BTreeMap;

use crate::kernel::arrange::Arrange as _;
use crate::request::schemes::sigv4::{CanonicalError, Parts, pairs, split_target};
use crate::request::verdict::{Part, Section, SignedText};

/// The fields that are signed by their values, in order.
pub(super) const FIELDS: [&str; 11] = [
    "content-encoding",
    "content-language",
    "content-length",
    "content-md5",
    "content-type",
    "date",
    "if-modified-since",
    "if-match",
    "if-none-match",
    "if-unmodified-since",
    "range",
];
/// How the names of fields begin that are all signed.
pub(super) const PREFIX: &str = "x-ms-";
/// The field with the time.
pub(super) const X_DATE: &str = "x-ms-date";

/// Why there is no string-to-sign.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// No path, or a broken escape.
    #[error(transparent)]
    Canonical(#[from] CanonicalError),
    /// A signed field twice: it is not defined how its values would be joined.
    #[error("the field `{0}` is signed and there more than once")]
    Repeated(String),
    /// A field whose place among the others is not known.
    #[error("the name of the field `{0}` holds a character whose order Azure does not define")]
    FieldName(String),
    /// Two times.
    #[error(
        "`Date` and `x-ms-date` are both there; signers differ in whether `Date` is then signed"
    )]
    TwoDates,
    /// A `+` that some take for a space.
    #[error("`{0}` in the query holds a bare `+`, which some signers take for a space")]
    Plus(String),
    /// A parameter that could be signed as another one.
    #[error(
        "`{0}` in the query would be signed as something else: it decodes to a line end, or its name to `:`"
    )]
    Parameter(String),
}

/// Builds it for an account.
pub(super) fn build(parts: &Parts<'_>, account: &str) -> Result<SignedText, TextError> {
    let mut lines: Vec<(Vec<u8>, String)> =
        vec![(parts.method.as_bytes().to_vec(), "the method".to_owned())];
    for name in FIELDS {
        let value = only(parts, name)?.unwrap_or_default();
        // An empty body has no length, since version 2015-02-21.
        let value = if name == "content-length" && value == b"0" {
            b""
        } else {
            value
        };
        lines.push((value.to_vec(), format!("the field `{name}`")));
    }
    if only(parts, "date")?.is_some() && only(parts, X_DATE)?.is_some() {
        return Err(TextError::TwoDates);
    }
    lines.extend(own_fields(parts)?);
    lines.extend(resource(parts, account)?);
    let last = lines.len().saturating_sub(1);
    let parts = lines
        .into_iter()
        .enumerate()
        .map(|(index, (mut bytes, origin))| {
            if index < last {
                bytes.push(b'\n');
            }
            Part::Bytes { bytes, origin }
        });
    Ok(SignedText::Sections(vec![Section {
        title: "string to sign",
        parts: parts.collect(),
    }]))
}

/// The value of a field that is there at most once.
fn only<'a>(parts: &Parts<'a>, name: &str) -> Result<Option<&'a [u8]>, TextError> {
    let fields = parts.fields.iter();
    let mut values = fields.filter(|(field, _)| field.eq_ignore_ascii_case(name));
    let first = values.next().map(|(_, value)| value.trim_ascii());
    match values.next() {
        None => Ok(first),
        Some(_) => Err(TextError::Repeated(name.to_owned())),
    }
}

type Line = (Vec<u8>, String);

fn own_fields(parts: &Parts<'_>) -> Result<Vec<Line>, TextError> {
    let mut sorted = BTreeMap::new();
    for (name, value) in &parts.fields {
        let name = name.to_ascii_lowercase();
        if !name.starts_with(PREFIX) {
            continue;
        }
        let place = place(&name).ok_or_else(|| TextError::FieldName(name.clone()))?;
        if sorted.insert(place, (name.clone(), value)).is_some() {
            return Err(TextError::Repeated(name));
        }
    }
    let lines = sorted.into_values().map(|(name, value)| {
        let mut line = format!("{name}:").into_bytes();
        line.extend_from_slice(value.trim_ascii());
        (line, format!("the field `{name}`"))
    });
    Ok(lines.collect())
}

/// What a name is sorted by. The service sorts as people do: `-` and `'` count only between names that are otherwise
/// the same, and then behind everything.
fn place(name: &str) -> Option<(Vec<usize>, Vec<u8>)> {
    const ORDER: &[u8] = b"!#$%&*.^_`|~+0123456789abcdefghijklmnopqrstuvwxyz";
    let mut letters = Vec::with_capacity(name.len());
    let mut marks = Vec::with_capacity(name.len());
    for byte in name.bytes() {
        match byte {
            b'-' => marks.push(2),
            b'\'' => marks.push(1),
            byte => {
                letters.push(ORDER.iter().position(|known| *known == byte)?);
                marks.push(0);
            }
        }
    }
    Some((letters, marks))
}

/// The path as it is on the wire; then each parameter, its name in lower case and its values decoded and sorted.
fn resource(parts: &Parts<'_>, account: &str) -> Result<Vec<Line>, TextError> {
    let (path, query) = split_target(parts.target)?;
    let path = if path.is_empty() { "/" } else { path };
    let place = "the account and the target's path".to_owned();
    let mut lines = vec![(format!("/{account}{path}").into_bytes(), place)];
    if query.contains('+') {
        let pair = query.split('&').find(|pair| pair.contains('+'));
        return Err(TextError::Plus(pair.unwrap_or_default().to_owned()));
    }
    let mut parameters: BTreeMap<Vec<u8>, Vec<Vec<u8>>> = BTreeMap::new();
    for pair in pairs(query).map_err(CanonicalError::Percent)? {
        let ends_line = |bytes: &[u8]| bytes.contains(&b'\n') || bytes.contains(&b'\r');
        if pair.name.contains(&b':') || ends_line(&pair.name) || ends_line(&pair.value) {
            let name = String::from_utf8_lossy(&pair.name).into_owned();
            return Err(TextError::Parameter(name));
        }
        let name = pair.name.to_ascii_lowercase();
        parameters.entry(name).or_default().push(pair.value);
    }
    for (name, mut values) in parameters {
        values.arrange();
        let origin = format!("the parameter `{}`", String::from_utf8_lossy(&name));
        let line = [name, values.join(&b',')].join(&b':');
        lines.push((line, origin));
    }
    Ok(lines)
}
