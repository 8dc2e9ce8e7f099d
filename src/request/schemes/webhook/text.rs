//! What is signed, as a list of parts in order; the body is one of them and is not copied.

use std::collections::{BTreeMap, BTreeSet};

use super::borders;
use super::read::{ReadError, Reading};
use super::{BodyUnread, Description, Piece, View};

/// The largest form whose parameters are sorted.
const MAX_FORM_BYTES: usize = 1 << 20;

/// One part of what is signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Its bytes, or the body.
    pub content: Content,
    /// Which piece of the template it is.
    pub origin: Piece,
}

/// The bytes of a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// These.
    Bytes(Vec<u8>),
    /// The message's body.
    Body,
}

/// Why what is signed cannot be put together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// A field of the template cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The URL is not known.
    #[error("the URL of the request is signed, and its target and `Host` do not give it")]
    NoUrl,
    /// The template names a time or an id that the scheme does not have.
    #[error("what is signed has {0}, and the scheme does not say where it stands")]
    Undefined(&'static str),
    /// The body cannot be read.
    #[error(transparent)]
    Body(#[from] BodyUnread),
    /// A part that holds what separates it from its neighbour.
    #[error(
        "{part} holds `{text}`, which is also what stands beside it in what is signed: its border could be moved"
    )]
    Border {
        /// Which part.
        part: String,
        /// The text between the two.
        text: String,
    },
    /// A form too large to sort.
    #[error(
        "the body is a form of more than {MAX_FORM_BYTES} bytes, whose parameters are signed in order"
    )]
    FormTooLarge,
}

/// What may have been signed, the likeliest first; more than one only where the URL is signed.
///
/// # Errors
/// [`TextError`].
pub fn texts(
    description: &Description,
    view: &View<'_>,
    reading: &Reading,
) -> Result<Vec<Vec<Part>>, TextError> {
    if !description.template.contains(&Piece::Url) {
        return Ok(vec![parts(description, view, (reading, ""))?]);
    }
    if view.urls.is_empty() {
        return Err(TextError::NoUrl);
    }
    view.urls
        .iter()
        .map(|url| parts(description, view, (reading, url)))
        .collect()
}

fn parts(
    description: &Description,
    view: &View<'_>,
    (reading, url): (&Reading, &str),
) -> Result<Vec<Part>, TextError> {
    let (path, query) = view.target.split_once('?').unwrap_or((view.target, ""));
    let bytes = |text: &str| Content::Bytes(text.as_bytes().to_vec());
    let mut parts = Vec::with_capacity(description.template.len());
    for piece in &description.template {
        let content = match piece {
            Piece::Literal(text) => bytes(text),
            Piece::Id => bytes(reading.id.as_ref().ok_or(TextError::Undefined("an id"))?),
            Piece::Timestamp => {
                let stamp = reading.timestamp.as_ref();
                bytes(&stamp.ok_or(TextError::Undefined("a time"))?.text)
            }
            Piece::Body => Content::Body,
            Piece::Method => bytes(view.method),
            Piece::Url => bytes(url),
            Piece::Path => bytes(path),
            Piece::Query => bytes(query),
            Piece::Target => bytes(view.target),
            Piece::Field(name) => Content::Bytes(view.field(std::slice::from_ref(name))?.to_vec()),
            Piece::Form => Content::Bytes(form(view)?),
        };
        parts.push(Part {
            content,
            origin: piece.clone(),
        });
    }
    borders::check(&parts)?;
    Ok(parts)
}

/// The literal that ends an id in what is signed.
pub(super) fn separator_after_id(description: &Description) -> Option<&str> {
    let mut pieces = description.template.iter();
    pieces.find(|piece| **piece == Piece::Id)?;
    match pieces.next() {
        Some(Piece::Literal(text)) => Some(text),
        _ => None,
    }
}

/// Whether the body is among what is signed. An empty body needs no cover.
pub fn body_is_covered(description: &Description, view: &View<'_>) -> bool {
    description.template.contains(&Piece::Body)
        || (description.template.contains(&Piece::Form) && is_form(view))
}

fn is_form(view: &View<'_>) -> bool {
    let types = view
        .fields
        .iter()
        .filter(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    let mut media = types.map(|(_, value)| value.split(|byte| *byte == b';').next());
    let form = |media: Option<&[u8]>| {
        media.is_some_and(|media| {
            media
                .trim_ascii()
                .eq_ignore_ascii_case(b"application/x-www-form-urlencoded")
        })
    };
    // Two types are read differently by different receivers: then it is no form.
    media.next().is_some_and(form) && media.next().is_none()
}

fn form(view: &View<'_>) -> Result<Vec<u8>, TextError> {
    if !is_form(view) {
        return Ok(Vec::new());
    }
    let body = gather(view, MAX_FORM_BYTES)?.ok_or(TextError::FormTooLarge)?;
    let mut parameters: BTreeMap<Vec<u8>, BTreeSet<Vec<u8>>> = BTreeMap::new();
    for pair in body.split(|byte| *byte == b'&') {
        if pair.is_empty() {
            continue;
        }
        let mut halves = pair.splitn(2, |byte| *byte == b'=');
        let mut half = || form_decode(halves.next().unwrap_or_default());
        let (name, value) = (half(), half());
        parameters.entry(name).or_default().insert(value);
    }
    let mut out = Vec::with_capacity(body.len());
    for (name, values) in &parameters {
        for value in values {
            out.extend_from_slice(name);
            out.extend_from_slice(value);
        }
    }
    Ok(out)
}

/// The body whole, or none if it is longer than a limit.
pub(super) fn gather(view: &View<'_>, limit: usize) -> Result<Option<Vec<u8>>, BodyUnread> {
    let mut body = Vec::new();
    let mut too_long = false;
    view.body.feed(&mut |chunk| {
        if body.len() + chunk.len() > limit {
            too_long = true;
        } else if !too_long {
            body.extend_from_slice(chunk);
        }
    })?;
    Ok((!too_long).then_some(body))
}

// WHATWG URL §5.1: `+` is a space, and a `%` without two digits stands for itself.
pub(super) fn form_decode(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, after)) = rest.split_first() {
        let digit = |index: usize| {
            let digit = after
                .get(index)
                .and_then(|byte| char::from(*byte).to_digit(16));
            digit.and_then(|digit| u8::try_from(digit).ok())
        };
        rest = after;
        match (first, digit(0), digit(1)) {
            (b'%', Some(high), Some(low)) => {
                out.push(high << 4 | low);
                rest = after.get(2..).unwrap_or_default();
            }
            (b'+', ..) => out.push(b' '),
            (byte, ..) => out.push(*byte),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_decoded_as_browsers_do() {
        assert_eq!(form_decode(b"a+b%2Bc%zz%4"), b"a b+c%zz%4");
        assert_eq!(form_decode(b"%E2%82%ac"), "€".as_bytes());
    }
}
