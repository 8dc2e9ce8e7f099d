//! A defect of a token: what, in which part, and at which byte.

use std::fmt;

use super::super::compact::Base64Problem;
use crate::kernel::json::{JsonError, JsonProblem};

/// A part of a token, for messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Section {
    /// The whole.
    Token,
    /// The (protected) header.
    Header,
    /// The payload.
    Payload,
    /// The signature.
    Signature,
    /// The encrypted key of a JWE.
    EncryptedKey,
    /// The initialization vector of a JWE.
    InitializationVector,
    /// The ciphertext of a JWE.
    Ciphertext,
    /// The authentication tag of a JWE.
    Tag,
    /// A disclosure of an SD-JWT, counted from 1.
    Disclosure(usize),
}

impl fmt::Display for Section {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Token => f.write_str("token"),
            Self::Header => f.write_str("header"),
            Self::Payload => f.write_str("payload"),
            Self::Signature => f.write_str("signature"),
            Self::EncryptedKey => f.write_str("encrypted key"),
            Self::InitializationVector => f.write_str("initialization vector"),
            Self::Ciphertext => f.write_str("ciphertext"),
            Self::Tag => f.write_str("authentication tag"),
            Self::Disclosure(number) => write!(f, "disclosure {number}"),
        }
    }
}

/// The kinds of defect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DefectKind {
    /// Neither three nor five parts.
    Parts,
    /// Not base64url.
    Base64,
    /// Not UTF-8.
    Utf8,
    /// Not JSON.
    Json,
    /// A byte order mark in front of the JSON.
    ByteOrderMark,
    /// Something after the JSON.
    Trailing,
    /// JSON, but no object.
    NotAnObject,
    /// A member that is there twice.
    Duplicate,
    /// A part of a length that its algorithm does not have.
    Length,
    /// Members of a JSON serialization that contradict.
    Serialization,
    /// A disclosure that no digest vouches for, or that is not one.
    Disclosure,
    /// A key binding that belongs to another presentation.
    KeyBinding,
}

impl DefectKind {
    /// The name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Parts => "parts",
            Self::Base64 => "base64url",
            Self::Utf8 => "utf-8",
            Self::Json => "json",
            Self::ByteOrderMark => "byte-order-mark",
            Self::Trailing => "trailing",
            Self::NotAnObject => "not-an-object",
            Self::Duplicate => "duplicate",
            Self::Length => "length",
            Self::Serialization => "serialization",
            Self::Disclosure => "disclosure",
            Self::KeyBinding => "key-binding",
        }
    }
}

/// Something that a strict reader refuses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Defect {
    /// What kind it is.
    pub kind: DefectKind,
    /// The part it is in.
    pub section: Section,
    /// The byte of the token where it is, from 0, where it has one place.
    pub offset: Option<usize>,
    /// One sentence, lower case, without a full stop.
    pub message: String,
}

impl fmt::Display for Defect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Defect {
    pub(super) fn new(kind: DefectKind, section: Section, message: impl Into<String>) -> Self {
        Self {
            kind,
            section,
            offset: None,
            message: message.into(),
        }
    }

    #[must_use]
    pub(super) fn at(mut self, offset: usize) -> Self {
        self.offset = Some(offset);
        self
    }

    pub(super) fn parts(count: usize, token: &str) -> Self {
        let end = token.len();
        let text = format!(
            "{count} parts separated by `.`; a signed token has three, an encrypted one five"
        );
        Self::new(DefectKind::Parts, Section::Token, text).at(end.saturating_sub(1))
    }

    pub(super) fn base64(
        section: Section,
        problem: Base64Problem,
        (offset, length): (usize, usize),
    ) -> Self {
        let more = match length {
            0 | 1 => String::new(),
            more => format!(", {more} in a row"),
        };
        let text = format!("the {section} is not base64url: {problem} at byte {offset}{more}");
        Self::new(DefectKind::Base64, section, text).at(offset)
    }

    /// A defect of the JSON in a part; `offset` counts in the token.
    pub(super) fn json(section: Section, error: &JsonError, offset: usize) -> Self {
        let kind = match error.problem {
            JsonProblem::ByteOrderMark => DefectKind::ByteOrderMark,
            JsonProblem::TrailingCharacters => DefectKind::Trailing,
            _ => DefectKind::Json,
        };
        let text = format!("the {section} is not JSON: {error} of it, byte {offset} of the token");
        Self::new(kind, section, text).at(offset)
    }
}
