//! `Content-Digest` and `Repr-Digest` (RFC 9530): made, and checked against the content.

use super::message::{ContentError, Message};
use super::structured_field::{
    BareItem, Dictionary, Item, Member, ParseError, parse_dictionary, serialize_dictionary,
};
use crate::kernel::arrange::Arrange as _;
use crate::kernel::crypto::{DigestAlgorithm, equal};

/// A field that describes the content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DigestField {
    /// `Content-Digest`: of the bytes in this message (RFC 9530 §2).
    Content,
    /// `Repr-Digest`: of the whole representation (RFC 9530 §3).
    Representation,
}

impl DigestField {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Content, Self::Representation];

    /// The field's name, lower case.
    pub fn name(self) -> &'static str {
        match self {
            Self::Content => "content-digest",
            Self::Representation => "repr-digest",
        }
    }

    /// The field's name as it is written into messages.
    pub fn title(self) -> &'static str {
        match self {
            Self::Content => "Content-Digest",
            Self::Representation => "Repr-Digest",
        }
    }
}

/// What a digest field says about the content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DigestVerdict {
    /// Every recognised digest matches; at least one is recognised.
    Matches(Vec<&'static str>),
    /// One does not.
    Mismatch(&'static str),
    /// The field is there, but no active algorithm is in it.
    OnlyUnknown(Vec<String>),
    /// The field cannot be read.
    Malformed(ParseError),
    /// A member is not a byte sequence.
    NotBytes(&'static str),
    /// `Repr-Digest` of a message that holds only a part of the representation, or none of it (RFC 9530 §3.1).
    Undecidable(&'static str),
    /// There is no field.
    Absent,
}

// RFC 9530 §5: the active algorithms. The others MUST NOT be used where an adversary may interfere.
const ACTIVE: [(&str, DigestAlgorithm); 2] = [
    ("sha-256", DigestAlgorithm::Sha256),
    ("sha-512", DigestAlgorithm::Sha512),
];

/// The algorithm of an active name.
pub fn active(name: &str) -> Option<DigestAlgorithm> {
    ACTIVE
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, algorithm)| *algorithm)
}

/// Checks a digest field of a message against its content.
///
/// # Errors
/// [`ContentError`] if the content cannot be read.
pub fn check(message: &Message, field: DigestField) -> Result<DigestVerdict, ContentError> {
    let lines: Vec<&[u8]> = message.values(field.name()).collect();
    if lines.is_empty() {
        return Ok(DigestVerdict::Absent);
    }
    let joined;
    let value = match lines.as_slice() {
        [only] => *only,
        several => {
            joined = several.join(&b", "[..]);
            &joined
        }
    };
    let members = match parse_dictionary(value) {
        Ok(members) => members,
        Err(error) => return Ok(DigestVerdict::Malformed(error)),
    };
    if field == DigestField::Representation
        && let Some(why) = not_whole(message)
    {
        return Ok(DigestVerdict::Undecidable(why));
    }
    let known: Vec<(&'static str, DigestAlgorithm, &Member)> = members
        .iter()
        .filter_map(|(name, member)| {
            let (name, algorithm) = ACTIVE.iter().find(|(known, _)| known == name)?;
            Some((*name, *algorithm, member))
        })
        .collect();
    if known.is_empty() {
        let names = members.into_iter().map(|(name, _)| name.into_owned());
        return Ok(DigestVerdict::OnlyUnknown(names.collect()));
    }
    let algorithms: Vec<DigestAlgorithm> = known.iter().map(|(_, each, _)| *each).collect();
    let computed = message.digests(&algorithms)?;
    for ((name, _, member), computed) in known.iter().zip(&computed) {
        match digest_bytes(member) {
            Some(given) if equal(given, computed) => {}
            Some(_) => return Ok(DigestVerdict::Mismatch(name)),
            None => return Ok(DigestVerdict::NotBytes(name)),
        }
    }
    let names = known.into_iter().map(|(name, ..)| name).collect();
    Ok(DigestVerdict::Matches(names))
}

// RFC 9530 §3.1: of a part, of an answer to HEAD, of none and of a redirect the content is not the representation.
fn not_whole(message: &Message) -> Option<&'static str> {
    match message.status() {
        _ if message.answers_head() => Some("an answer to HEAD holds no representation"),
        Some(206) => Some("the response holds a part of the representation"),
        Some(204 | 304) => Some("the response holds no representation"),
        _ if message.values("content-range").next().is_some() => {
            Some("the message holds a part of the representation")
        }
        _ => None,
    }
}

fn digest_bytes(member: &Member) -> Option<&[u8]> {
    match member {
        Member::Item(item) => item.value.as_bytes(),
        Member::InnerList(_) => None,
    }
}

/// The field value for the content of a message.
///
/// # Errors
/// [`ContentError`] if the content cannot be read.
pub fn make(message: &Message, names: &[&str]) -> Result<String, ContentError> {
    let chosen: Vec<(&str, DigestAlgorithm)> = names
        .iter()
        .filter_map(|name| Some((*name, active(name)?)))
        .collect();
    let algorithms: Vec<DigestAlgorithm> = chosen.iter().map(|(_, each)| *each).collect();
    let digests = message.digests(&algorithms)?;
    let dictionary: Dictionary = chosen
        .iter()
        .zip(digests)
        .map(|((name, _), digest)| {
            let item = Item {
                value: BareItem::Bytes(digest),
                parameters: Vec::new(),
            };
            ((*name).to_owned().into(), Member::Item(item))
        })
        .collect();
    Ok(serialize_dictionary(&dictionary).expect("byte sequences under valid keys"))
}

/// What `Want-Content-Digest` or `Want-Repr-Digest` asks for (RFC 9530 §4): the active algorithms from the most wanted
/// on, without those that are not acceptable.
///
/// # Errors
/// [`ParseError`] if the field cannot be read.
pub fn wanted(message: &Message, field: DigestField) -> Result<Vec<&'static str>, ParseError> {
    let name = format!("want-{}", field.name());
    let lines: Vec<&[u8]> = message.values(&name).collect();
    let members = parse_dictionary(&lines.join(&b", "[..]))?;
    let mut found: Vec<(i64, &'static str)> = Vec::new();
    for (name, member) in &members {
        let weight = match member {
            Member::Item(item) => item.value.as_integer(),
            Member::InnerList(_) => None,
        };
        // RFC 9530 §4: an integer from 0 to 10; 0 means not acceptable.
        if let (Some((known, _)), Some(weight @ 1..=10)) =
            (ACTIVE.iter().find(|(known, _)| known == name), weight)
        {
            found.push((weight, known));
        }
    }
    found.arrange_by_key(|(weight, _)| std::cmp::Reverse(*weight));
    Ok(found.into_iter().map(|(_, name)| name).collect())
}
