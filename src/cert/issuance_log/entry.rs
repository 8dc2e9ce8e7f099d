//! What stands in the log: each entry begins with two bytes that say what it is.
//!
//! A certificate's entry is its to-be-signed part, so that whoever holds the certificate can compute the entry, and its
//! proof needs nothing else. Types that a version does not know are carried along.

use serde_json::{Value, json};

use crate::cert::Fields;
use crate::kernel::time::Timestamp;

/// An entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// A certificate: its TBSCertificate.
    Certificate(Vec<u8>),
    /// A revocation.
    Revocation(Revocation),
    /// A revocation list.
    List(ListEntry),
    /// An OCSP response.
    Response(ResponseEntry),
    /// Of a type that is not known here.
    Unknown(u16),
}

/// A certificate that is no longer good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revocation {
    /// The issuer's key identifier, hexadecimal.
    pub issuer: String,
    /// The serial number, hexadecimal.
    pub serial: String,
    /// The reason's code (RFC 5280 §5.3.1).
    pub reason: u8,
    /// When it was revoked.
    pub revoked_at: Timestamp,
    /// When it is known or suspected to have become bad.
    pub invalid_since: Option<Timestamp>,
    /// When the certificate itself expires.
    pub not_after: Timestamp,
    /// The SHA-256 of its SubjectPublicKeyInfo, hexadecimal; none where an older version wrote it down.
    pub key: Option<String>,
    /// The URLs of lists that the certificate names; none where an older version wrote it down.
    pub points: Option<Vec<String>>,
}

/// A revocation list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListEntry {
    /// The issuer's key identifier, hexadecimal.
    pub issuer: String,
    /// The list's number.
    pub number: u64,
    /// The SHA-256 of its to-be-signed part, hexadecimal.
    pub sha256: String,
}

/// An OCSP response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResponseEntry {
    /// The issuer's key identifier, hexadecimal.
    pub issuer: String,
    /// The certificate's serial number, hexadecimal.
    pub serial: String,
    /// Whether it says that the certificate is revoked.
    pub revoked: bool,
    /// The SHA-256 of its to-be-signed part, hexadecimal.
    pub sha256: String,
}

/// Why bytes are no entry.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EntryError {
    /// Too short, or its contents cannot be read.
    #[error("an entry of the log cannot be read")]
    Malformed,
    /// Too long for a bundle.
    #[error("an entry of the log has at most 65,535 bytes; this one has {0}")]
    TooLong(usize),
}

const CERTIFICATE: u16 = 1;
const REVOCATION: u16 = 2;
const LIST: u16 = 3;
const RESPONSE: u16 = 4;

impl Entry {
    /// The entry of a certificate that is at hand.
    ///
    /// # Errors
    /// [`EntryError::Malformed`] if it is none.
    pub fn of_certificate(certificate: &[u8]) -> Result<Self, EntryError> {
        let fields = Fields::of_certificate(certificate).map_err(|_| EntryError::Malformed)?;
        Ok(Self::Certificate(fields.to_be_signed.to_vec()))
    }

    /// The bytes that are hashed.
    ///
    /// # Errors
    /// [`EntryError::TooLong`].
    pub fn to_bytes(&self) -> Result<Vec<u8>, EntryError> {
        let (kind, contents) = match self {
            Self::Certificate(tbs) => (CERTIFICATE, tbs.clone()),
            Self::Revocation(revocation) => (REVOCATION, revocation.to_json().to_string().into()),
            Self::List(list) => (LIST, list.to_json().to_string().into()),
            Self::Response(response) => (RESPONSE, response.to_json().to_string().into()),
            Self::Unknown(kind) => (*kind, Vec::new()),
        };
        let bytes = [kind.to_be_bytes().as_slice(), &contents].concat();
        if bytes.len() > usize::from(u16::MAX) {
            return Err(EntryError::TooLong(bytes.len()));
        }
        Ok(bytes)
    }

    /// Whether bytes are a certificate's entry, by their type alone.
    pub fn is_certificate(bytes: &[u8]) -> bool {
        bytes.starts_with(&CERTIFICATE.to_be_bytes())
    }

    /// Reads an entry.
    ///
    /// # Errors
    /// [`EntryError::Malformed`].
    pub fn parse(bytes: &[u8]) -> Result<Self, EntryError> {
        let (kind, contents) = bytes.split_first_chunk().ok_or(EntryError::Malformed)?;
        let value = || serde_json::from_slice(contents).map_err(|_| EntryError::Malformed);
        match u16::from_be_bytes(*kind) {
            CERTIFICATE => {
                Fields::of_to_be_signed(contents).map_err(|_| EntryError::Malformed)?;
                Ok(Self::Certificate(contents.to_vec()))
            }
            REVOCATION => Revocation::from_json(&value()?)
                .map(Self::Revocation)
                .ok_or(EntryError::Malformed),
            LIST => ListEntry::from_json(&value()?)
                .map(Self::List)
                .ok_or(EntryError::Malformed),
            RESPONSE => ResponseEntry::from_json(&value()?)
                .map(Self::Response)
                .ok_or(EntryError::Malformed),
            other => Ok(Self::Unknown(other)),
        }
    }
}

impl Revocation {
    /// As it is stored.
    pub fn to_json(&self) -> Value {
        let mut value = json!({
            "issuer": self.issuer,
            "serial": self.serial,
            "reason": self.reason,
            "revoked_at": self.revoked_at.to_string(),
            "invalid_since": self.invalid_since.map(|time| time.to_string()),
            "not_after": self.not_after.to_string(),
        });
        if let Some(key) = &self.key {
            value["key"] = key.as_str().into();
        }
        if let Some(points) = &self.points {
            value["points"] = points.as_slice().into();
        }
        value
    }

    /// Reads what is stored.
    pub fn from_json(value: &Value) -> Option<Self> {
        let text = |name: &str| value.get(name)?.as_str();
        let time = |name: &str| Timestamp::parse(text(name)?).ok();
        Some(Self {
            issuer: text("issuer")?.to_owned(),
            serial: text("serial")?.to_owned(),
            reason: u8::try_from(value.get("reason")?.as_u64()?).ok()?,
            revoked_at: time("revoked_at")?,
            invalid_since: match value.get("invalid_since")? {
                Value::Null => None,
                _ => Some(time("invalid_since")?),
            },
            not_after: time("not_after")?,
            key: match value.get("key") {
                None => None,
                Some(key) => Some(key.as_str()?.to_owned()),
            },
            points: match value.get("points") {
                None => None,
                Some(points) => {
                    let urls = points.as_array()?.iter();
                    Some(
                        urls.map(|url| Some(url.as_str()?.to_owned()))
                            .collect::<Option<_>>()?,
                    )
                }
            },
        })
    }
}

impl ListEntry {
    fn to_json(&self) -> Value {
        json!({ "issuer": self.issuer, "number": self.number, "sha256": self.sha256 })
    }

    fn from_json(value: &Value) -> Option<Self> {
        Some(Self {
            issuer: value.get("issuer")?.as_str()?.to_owned(),
            number: value.get("number")?.as_u64()?,
            sha256: value.get("sha256")?.as_str()?.to_owned(),
        })
    }
}

impl ResponseEntry {
    fn to_json(&self) -> Value {
        json!({
            "issuer": self.issuer,
            "serial": self.serial,
            "revoked": self.revoked,
            "sha256": self.sha256,
        })
    }

    fn from_json(value: &Value) -> Option<Self> {
        let text = |name: &str| value.get(name)?.as_str().map(str::to_owned);
        Some(Self {
            issuer: text("issuer")?,
            serial: text("serial")?,
            revoked: value.get("revoked")?.as_bool()?,
            sha256: text("sha256")?,
        })
    }
}
