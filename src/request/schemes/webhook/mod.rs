//! Webhooks: one engine, and each vendor's scheme a description of plain values.
//!
//! A description says in which field the signature stands and how it is written, what is signed, where the time and
//! the id stand, and how the secret is read. The body is never copied: what is signed is a list of parts, one of them
//! "the body", and a MAC takes them in turn. Only Ed25519 and ECDSA need the whole message at once.

mod borders;
mod key;
mod read;
mod readings;
mod seal;
#[cfg(test)]
mod tests;
mod text;
#[cfg(test)]
mod verdict_tests;
mod verify;

use std::time::Duration;

pub use key::{KeyProblem, Prepared, foreign_prefix, prepare};
pub use read::{Given, ReadError, Reading, Stamp, read};
pub(in crate::request::schemes) use readings::readings;
pub use seal::{BodyUnread, Checked, Match, SealError, SealOptions, Sealed, check, seal};
pub use text::{Content, Part, TextError, body_is_covered, texts};
pub use verify::{sign, verify};

use crate::kernel::crypto::{DigestAlgorithm, EcEncoding, MacAlgorithm, SignatureAlgorithm};
use crate::kernel::key::Curve;

/// A webhook scheme.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Description {
    /// Its name, such as `github`.
    pub name: String,
    /// The field of the signature: the vendor's own name first, then the names that mean the same.
    pub field: Vec<String>,
    /// How that field is written.
    pub layout: Layout,
    /// How signatures are written.
    pub encoding: Encoding,
    /// What is signed.
    pub template: Vec<Piece>,
    /// Where the time stands and how far it may be away, if there is one.
    pub timestamp: Option<TimestampRule>,
    /// The field of the message's id, with its other names, if there is one.
    pub id: Option<Vec<String>>,
    /// How a shared secret is read.
    pub key: KeyForm,
    /// The parameter of the target's query that holds the body's SHA-256 in hexadecimal, where the template leaves
    /// out a body that is not a form.
    pub body_digest: Option<String>,
}

/// How the field of the signature is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Layout {
    /// One signature behind a fixed text.
    Whole {
        /// The text, such as `sha256=`; may be empty.
        prefix: String,
        /// The algorithm.
        algorithm: Algorithm,
    },
    /// Members, each a name and a value; a name may be there more than once while secrets are being exchanged.
    Listed {
        /// What stands between two members.
        between: char,
        /// What stands between a name and its value.
        assign: char,
        /// The names that are signatures. Others are skipped, and reported.
        versions: Vec<Version>,
    },
}

/// A kind of signature in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// The member's name, such as `v1`.
    pub name: String,
    /// Its algorithm.
    pub algorithm: Algorithm,
}

/// What makes a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// HMAC. With SHA-1, for verification only.
    Hmac(MacAlgorithm),
    /// Ed25519.
    Ed25519,
    /// ECDSA on P-256 with SHA-256, the signature in DER.
    EcdsaP256,
    /// Nothing: the secret itself is sent.
    Token,
}

/// How signatures are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// Hexadecimal in lower case.
    Hex,
    /// Base64 with padding.
    Base64,
    /// The text itself: a token.
    Text,
}

/// A piece of what is signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// A fixed text.
    Literal(String),
    /// The id, as sent.
    Id,
    /// The time, as sent.
    Timestamp,
    /// The body.
    Body,
    /// The method.
    Method,
    /// The whole URL.
    Url,
    /// The target's path.
    Path,
    /// The target's query without its `?`; empty if there is none.
    Query,
    /// The target as sent.
    Target,
    /// The value of a field, which must be there once.
    Field(String),
    /// The parameters of a form: each name, sorted, before each of its different values, sorted. Empty for a body that
    /// is not a form.
    Form,
}

/// Where the time stands and how far it may be from the present.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimestampRule {
    /// Where it stands.
    pub source: TimestampSource,
    /// What it counts.
    pub unit: Unit,
    /// How old it may be.
    pub past: Duration,
    /// How far in the future it may be.
    pub future: Duration,
}

/// Where a time stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TimestampSource {
    /// In a field, with its other names.
    Field(Vec<String>),
    /// In a member of the signature's list.
    Member(String),
}

/// What a time counts since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Unit {
    /// Seconds.
    Seconds,
    /// Milliseconds.
    Milliseconds,
}

/// How a secret is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyForm {
    /// The prefix that such secrets usually have, such as `whsec_`.
    pub prefix: Option<String>,
    /// Whether the prefix is cut off where it is there, or is part of the secret.
    pub cut: bool,
    /// How the rest is written.
    pub encoding: KeyEncoding,
    /// The fewest bytes of a secret, decoded.
    pub min: usize,
    /// The most bytes of a secret, decoded.
    pub max: usize,
    /// The prefixes of private and public Ed25519 keys in base64, where the scheme has such keys.
    pub ed25519: Option<Ed25519Prefixes>,
}

/// The prefixes of Ed25519 keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ed25519Prefixes {
    /// Of a private key: seed and public key, 64 bytes.
    pub private: String,
    /// Of a public key, 32 bytes.
    pub public: String,
}

/// How the bytes of a shared secret are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyEncoding {
    /// They are the secret.
    Raw,
    /// Base64.
    Base64,
    /// Base64url.
    Base64url,
    /// Hexadecimal.
    Hex,
}

/// The largest secret.
pub const MAX_SECRET_BYTES: usize = 4096;

impl KeyForm {
    /// The secret is the text that the vendor shows.
    pub fn raw() -> Self {
        Self {
            prefix: None,
            cut: false,
            encoding: KeyEncoding::Raw,
            min: 1,
            max: MAX_SECRET_BYTES,
            ed25519: None,
        }
    }
}

impl Algorithm {
    /// Why nothing is signed with it, if that is so.
    pub fn verify_only(self) -> Option<&'static str> {
        match self {
            Self::Hmac(MacAlgorithm::HmacSha1Legacy) => {
                Some("its HMAC is SHA-1, which is offered for verification only")
            }
            _ => None,
        }
    }

    pub(super) fn asymmetric(self) -> Option<SignatureAlgorithm> {
        match self {
            Self::Ed25519 => Some(SignatureAlgorithm::Ed25519),
            Self::EcdsaP256 => Some(SignatureAlgorithm::Ecdsa(
                Curve::P256,
                DigestAlgorithm::Sha256,
                EcEncoding::Asn1,
            )),
            Self::Hmac(_) | Self::Token => None,
        }
    }
}

impl std::fmt::Display for Algorithm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Hmac(MacAlgorithm::HmacSha1Legacy) => "HMAC-SHA-1",
            Self::Hmac(MacAlgorithm::HmacSha256) => "HMAC-SHA-256",
            Self::Hmac(MacAlgorithm::HmacSha384) => "HMAC-SHA-384",
            Self::Hmac(MacAlgorithm::HmacSha512) => "HMAC-SHA-512",
            Self::Ed25519 => "Ed25519",
            Self::EcdsaP256 => "ECDSA on P-256",
            Self::Token => "a token",
        })
    }
}

impl Description {
    /// The algorithms of its signatures.
    pub fn algorithms(&self) -> Vec<Algorithm> {
        match &self.layout {
            Layout::Whole { algorithm, .. } => vec![*algorithm],
            Layout::Listed { versions, .. } => {
                versions.iter().map(|version| version.algorithm).collect()
            }
        }
    }
}

/// A message as a webhook scheme sees it.
#[derive(Clone)]
pub struct View<'a> {
    /// The method.
    pub method: &'a str,
    /// The target as sent.
    pub target: &'a str,
    /// The URLs that the sender may have signed, the likeliest first.
    pub urls: Vec<String>,
    /// Names and values of the fields in order.
    pub fields: Vec<(&'a str, &'a [u8])>,
    /// The body.
    pub body: &'a dyn Body,
}

impl std::fmt::Debug for View<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "View({} {})", self.method, self.target)
    }
}

/// A body that can be read, perhaps more than once, in pieces.
pub trait Body {
    /// Hands all of it to a sink, in order.
    ///
    /// # Errors
    /// [`BodyUnread`].
    fn feed(&self, sink: &mut dyn FnMut(&[u8])) -> Result<(), BodyUnread>;
}

impl Body for [u8] {
    fn feed(&self, sink: &mut dyn FnMut(&[u8])) -> Result<(), BodyUnread> {
        sink(self);
        Ok(())
    }
}

impl Body for Vec<u8> {
    fn feed(&self, sink: &mut dyn FnMut(&[u8])) -> Result<(), BodyUnread> {
        self.as_slice().feed(sink)
    }
}

impl View<'_> {
    /// The only value of a field under any of its names.
    ///
    /// # Errors
    /// [`ReadError`] where it is absent, repeated, or two of its names disagree.
    pub(super) fn field(&self, names: &[String]) -> Result<&[u8], ReadError> {
        let mut found: Option<(&str, &[u8])> = None;
        for wanted in names {
            let values = self
                .fields
                .iter()
                .filter(|(name, _)| name.eq_ignore_ascii_case(wanted));
            for (index, (_, value)) in values.enumerate() {
                if index > 0 {
                    return Err(ReadError::Repeated(wanted.clone()));
                }
                match found {
                    Some((first, known)) if known != *value => {
                        return Err(ReadError::Ambiguous(first.to_owned(), wanted.clone()));
                    }
                    _ => found = found.or(Some((wanted, value))),
                }
            }
        }
        let (_, value) = found.ok_or_else(|| {
            let first = names.first().cloned().unwrap_or_default();
            ReadError::Missing(first)
        })?;
        Ok(value)
    }
}
