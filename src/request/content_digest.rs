//! `Content-Digest` (RFC 9530 §2): made, and checked against the content.

use super::message::Request;
use super::structured_field::{
    BareItem, Item, Member, ParseError, parse_dictionary, serialize_dictionary,
};
use crate::kernel::crypto::{DigestAlgorithm, equal};

/// What the field says about the content.
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
    /// There is no field.
    Absent,
}

// RFC 9530 §5: the active algorithms. The others MUST NOT be used where an adversary may interfere.
const ACTIVE: [(&str, DigestAlgorithm); 2] = [
    ("sha-256", DigestAlgorithm::Sha256),
    ("sha-512", DigestAlgorithm::Sha512),
];

/// Checks the field of a request against its content.
pub fn check(request: &Request) -> DigestVerdict {
    let lines: Vec<&[u8]> = request.values("content-digest").collect();
    if lines.is_empty() {
        return DigestVerdict::Absent;
    }
    let members = match parse_dictionary(&lines.join(&b", "[..])) {
        Ok(members) => members,
        Err(error) => return DigestVerdict::Malformed(error),
    };
    let mut matched = Vec::new();
    let mut unknown = Vec::new();
    for (name, member) in &members {
        let Some((name, algorithm)) = ACTIVE.iter().find(|(known, _)| known == name) else {
            unknown.push(name.clone());
            continue;
        };
        let computed = algorithm.digest(request.content());
        let given = match member {
            Member::Item(item) => item.value.as_bytes(),
            Member::InnerList(_) => None,
        };
        if !given.is_some_and(|given| equal(given, &computed)) {
            return DigestVerdict::Mismatch(name);
        }
        matched.push(*name);
    }
    if matched.is_empty() {
        DigestVerdict::OnlyUnknown(unknown)
    } else {
        DigestVerdict::Matches(matched)
    }
}

/// The field value for some content, SHA-256.
pub fn make(content: &[u8]) -> String {
    let item = Item {
        value: BareItem::Bytes(DigestAlgorithm::Sha256.digest(content)),
        parameters: Vec::new(),
    };
    let dictionary = [("sha-256".to_owned(), Member::Item(item))];
    serialize_dictionary(&dictionary).expect("a byte sequence under a valid key")
}
