//! The serializations of JWE (RFC 7516 §7), read strictly; nothing is decrypted here.
//!
//! The compact one has exactly five parts of canonical base64url. The JSON ones are read apart: a JWT is never one of
//! them (RFC 7519 §1), so that a reader of tokens asks for the compact form alone.

use super::super::compact::{self, Base64Problem, MAX_TOKEN_BYTES, Part as TokenPart, TokenError};
use crate::kernel::document::Node;
use crate::kernel::json::{self, JsonError};

/// The most recipients of one message.
pub const MAX_RECIPIENTS: usize = 32;

/// How a message is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Serialization {
    /// Five parts separated by `.` (§7.1).
    Compact,
    /// JSON with one recipient at its top level (§7.2.2).
    Flattened,
    /// JSON with a list of recipients (§7.2.1).
    General,
}

/// The name of a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// `protected`
    Header,
    /// `encrypted_key`
    EncryptedKey,
    /// `iv`
    Iv,
    /// `ciphertext`
    Ciphertext,
    /// `tag`
    Tag,
    /// `aad`
    Aad,
}

impl Part {
    fn member(self) -> &'static str {
        match self {
            Self::Header => "protected",
            Self::EncryptedKey => "encrypted_key",
            Self::Iv => "iv",
            Self::Ciphertext => "ciphertext",
            Self::Tag => "tag",
            Self::Aad => "aad",
        }
    }
}

impl std::fmt::Display for Part {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Header => "header",
            Self::EncryptedKey => "encrypted key",
            Self::Iv => "initialization vector",
            Self::Ciphertext => "ciphertext",
            Self::Tag => "authentication tag",
            Self::Aad => "additional data",
        })
    }
}

/// Why a text is no encrypted message. Offsets count bytes: in the token for the compact form, else in the member.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EncryptedError {
    /// Too long.
    #[error("the message has more than {MAX_TOKEN_BYTES} bytes")]
    TooLarge,
    /// Not five parts.
    #[error("the message has {0} parts separated by `.`; an encrypted one has five")]
    PartCount(usize),
    /// Not base64url.
    #[error("the {part} is not base64url: {problem} at byte {offset}")]
    NotBase64url {
        /// The part.
        part: Part,
        /// The defect.
        problem: Base64Problem,
        /// Its offset.
        offset: usize,
    },
    /// The protected header cannot be read.
    #[error(transparent)]
    Header(TokenError),
    /// The JSON form is no JSON.
    #[error("the message is not JSON: {0}")]
    NotJson(JsonError),
    /// A member twice: two readers could see two messages.
    #[error("the message has the member `{0}` twice")]
    Duplicate(String),
    /// A member of the wrong JSON type.
    #[error("the message's member `{member}` is not {wanted}")]
    MemberType {
        /// The member.
        member: &'static str,
        /// The type it has to have.
        wanted: &'static str,
    },
    /// A member that has to be there.
    #[error("the message has no member `{0}`")]
    Missing(&'static str),
    /// Both forms at once (§7.2.2).
    #[error("the message has `recipients` and `{0}`: it is neither general nor flattened")]
    BothForms(&'static str),
    /// No recipients, or too many.
    #[error("the message has {0} recipients; 1 to {MAX_RECIPIENTS} are read")]
    Recipients(usize),
    /// A name in two headers (§7.2.1).
    #[error("the header parameter `{0}` stands in two headers")]
    NotDisjoint(String),
    /// A parameter outside the protected header that belongs inside (§4.1.3, §4.1.13).
    #[error("the header parameter `{0}` is not protected")]
    Unprotected(&'static str),
    /// A parameter that is missing or no string.
    #[error("the header has no `{0}` that is a string")]
    NotAString(&'static str),
    /// `crit`
    #[error("the header demands extensions that are not understood (`crit`)")]
    Critical,
    /// Recipients that disagree about `enc` (§7.2.1).
    #[error("the recipients name different content encryptions")]
    DifferentEncryptions,
}

/// An encrypted message whose envelope is sound. Nothing is decrypted, and decrypting verifies no origin.
#[derive(Debug, Clone)]
pub struct Encrypted {
    /// How it is written.
    pub serialization: Serialization,
    /// The protected header, where there is one.
    pub protected: Option<Node>,
    /// The unprotected header that all recipients share.
    pub unprotected: Option<Node>,
    /// Whom it is for.
    pub recipients: Vec<Recipient>,
    /// The initialization vector.
    pub iv: Vec<u8>,
    /// The ciphertext.
    pub ciphertext: Vec<u8>,
    /// The authentication tag.
    pub tag: Vec<u8>,
    /// What is authenticated beside the ciphertext (§5.1 step 14).
    pub(super) aad: Vec<u8>,
}

/// One recipient's share.
#[derive(Debug, Clone)]
pub struct Recipient {
    /// The recipient's own unprotected header.
    pub header: Option<Node>,
    /// The encrypted content key; empty where it is not sent.
    pub encrypted_key: Vec<u8>,
}

impl Encrypted {
    /// Reads the compact form.
    ///
    /// # Errors
    /// [`EncryptedError`].
    pub fn parse(text: &str) -> Result<Self, EncryptedError> {
        if text.len() > MAX_TOKEN_BYTES {
            return Err(EncryptedError::TooLarge);
        }
        let parts: Vec<&str> = text.splitn(9, '.').collect();
        let &[header, key, iv, ciphertext, tag] = parts.as_slice() else {
            return Err(EncryptedError::PartCount(parts.len()));
        };
        let mut at = 0;
        let mut next = |part, text: &str| {
            let decoded = decode(part, text, at);
            at += text.len() + 1;
            decoded
        };
        let protected = next(Part::Header, header)?;
        let read = Self {
            serialization: Serialization::Compact,
            protected: Some(protected_header(&protected)?),
            unprotected: None,
            recipients: vec![Recipient {
                header: None,
                encrypted_key: next(Part::EncryptedKey, key)?,
            }],
            iv: next(Part::Iv, iv)?,
            ciphertext: next(Part::Ciphertext, ciphertext)?,
            tag: next(Part::Tag, tag)?,
            aad: header.as_bytes().to_vec(),
        };
        read.checked()
    }

    /// Reads one of the JSON forms.
    ///
    /// # Errors
    /// [`EncryptedError`].
    pub fn parse_json(text: &str) -> Result<Self, EncryptedError> {
        if text.len() > MAX_TOKEN_BYTES {
            return Err(EncryptedError::TooLarge);
        }
        let (root, duplicates) = json::parse_text(text).map_err(EncryptedError::NotJson)?;
        if let Some(duplicate) = duplicates.into_iter().next() {
            return Err(EncryptedError::Duplicate(duplicate.key));
        }
        let (serialization, recipients) = recipients(&root)?;
        let protected_text = member_text(&root, "protected")?;
        let protected = match protected_text {
            None => None,
            Some(text) => Some(protected_header(&decode(Part::Header, text, 0)?)?),
        };
        let mut aad = protected_text.unwrap_or_default().as_bytes().to_vec();
        if let Some(text) = member_text(&root, "aad")? {
            decode(Part::Aad, text, 0)?;
            aad.push(b'.');
            aad.extend_from_slice(text.as_bytes());
        }
        let unprotected = member_object(&root, "unprotected")?;
        let ciphertext = member_octets(&root, Part::Ciphertext)?;
        let read = Self {
            serialization,
            protected,
            unprotected,
            recipients,
            iv: member_octets(&root, Part::Iv)?.unwrap_or_default(),
            ciphertext: ciphertext.ok_or(EncryptedError::Missing("ciphertext"))?,
            tag: member_octets(&root, Part::Tag)?.unwrap_or_default(),
            aad,
        };
        read.checked()
    }

    /// A header parameter as a recipient sees it, from whichever header has it.
    pub fn parameter(&self, recipient: &Recipient, name: &str) -> Option<Node> {
        self.find(recipient, name).cloned()
    }

    /// The protected `cty`: what the content is (RFC 7516 §4.1.12).
    pub fn content_type(&self) -> Option<&str> {
        self.protected.as_ref()?.get("cty")?.as_str()
    }

    /// Whether the content says that it is a token itself (RFC 7519 §5.2).
    pub fn is_nested(&self) -> bool {
        let kind = self.content_type().map(|kind| {
            let bare = kind
                .get(..12)
                .filter(|start| start.eq_ignore_ascii_case("application/"));
            bare.map_or(kind, |start| kind.get(start.len()..).unwrap_or(kind))
        });
        kind.is_some_and(|kind| kind.eq_ignore_ascii_case("JWT"))
    }

    pub(super) fn find<'a>(&'a self, recipient: &'a Recipient, name: &str) -> Option<&'a Node> {
        let headers = [&self.protected, &self.unprotected, &recipient.header];
        headers
            .into_iter()
            .flatten()
            .find_map(|header| header.get(name))
    }

    /// A parameter that is a string.
    pub(super) fn text<'a>(&'a self, recipient: &'a Recipient, name: &str) -> Option<&'a str> {
        self.find(recipient, name)?.as_str()
    }

    fn checked(self) -> Result<Self, EncryptedError> {
        let mut encryption = None;
        for recipient in &self.recipients {
            self.check_disjoint(recipient)?;
            // RFC 7516 §4.1.13, §4.1.3: both belong into the protected header.
            for name in ["crit", "zip"] {
                let protected = self.protected.as_ref().and_then(|header| header.get(name));
                if protected.is_none() && self.find(recipient, name).is_some() {
                    return Err(EncryptedError::Unprotected(name));
                }
            }
            // None of the extensions is implemented, so that any `crit` is one we do not understand.
            if self.find(recipient, "crit").is_some() {
                return Err(EncryptedError::Critical);
            }
            for name in ["alg", "enc"] {
                self.text(recipient, name)
                    .ok_or(EncryptedError::NotAString(name))?;
            }
            for name in ["kid", "typ", "cty", "zip", "jku", "x5u", "x5t", "x5t#S256"] {
                if self
                    .find(recipient, name)
                    .is_some_and(|node| node.as_str().is_none())
                {
                    return Err(EncryptedError::NotAString(name));
                }
            }
            let named = self.text(recipient, "enc").map(str::to_owned);
            if encryption.as_ref().is_some_and(|other| *other != named) {
                return Err(EncryptedError::DifferentEncryptions);
            }
            encryption = Some(named);
        }
        Ok(self)
    }

    fn check_disjoint(&self, recipient: &Recipient) -> Result<(), EncryptedError> {
        let mut seen: Vec<&str> = Vec::new();
        let headers = [&self.protected, &self.unprotected, &recipient.header];
        for header in headers.into_iter().flatten() {
            let names = header.as_mapping().unwrap_or_default().iter();
            let names: Vec<&str> = names.map(|entry| entry.key.as_str()).collect();
            if let Some(name) = names.iter().find(|name| seen.contains(name)) {
                return Err(EncryptedError::NotDisjoint((*name).to_owned()));
            }
            seen.extend(names);
        }
        Ok(())
    }
}

fn decode(part: Part, text: &str, at: usize) -> Result<Vec<u8>, EncryptedError> {
    compact::decode(TokenPart::Header, text, at).map_err(|error| match error {
        TokenError::NotBase64url {
            problem, offset, ..
        } => EncryptedError::NotBase64url {
            part,
            problem,
            offset,
        },
        other => EncryptedError::Header(other),
    })
}

fn protected_header(bytes: &[u8]) -> Result<Node, EncryptedError> {
    compact::object(TokenPart::Header, bytes).map_err(EncryptedError::Header)
}

fn recipients(root: &Node) -> Result<(Serialization, Vec<Recipient>), EncryptedError> {
    if root.as_mapping().is_none() {
        return Err(EncryptedError::MemberType {
            member: "(itself)",
            wanted: "an object",
        });
    }
    let Some(list) = root.get("recipients") else {
        return Ok((Serialization::Flattened, vec![recipient(root)?]));
    };
    for name in ["header", "encrypted_key"] {
        if root.get(name).is_some() {
            return Err(EncryptedError::BothForms(name));
        }
    }
    let list = list.as_sequence().ok_or(EncryptedError::MemberType {
        member: "recipients",
        wanted: "an array of objects",
    })?;
    if list.is_empty() || list.len() > MAX_RECIPIENTS {
        return Err(EncryptedError::Recipients(list.len()));
    }
    let all: Result<Vec<Recipient>, EncryptedError> = list.iter().map(recipient).collect();
    Ok((Serialization::General, all?))
}

fn recipient(node: &Node) -> Result<Recipient, EncryptedError> {
    if node.as_mapping().is_none() {
        return Err(EncryptedError::MemberType {
            member: "recipients",
            wanted: "an array of objects",
        });
    }
    Ok(Recipient {
        header: member_object(node, "header")?,
        encrypted_key: member_octets(node, Part::EncryptedKey)?.unwrap_or_default(),
    })
}

fn member_text<'a>(
    node: &'a Node,
    member: &'static str,
) -> Result<Option<&'a str>, EncryptedError> {
    let Some(value) = node.get(member) else {
        return Ok(None);
    };
    value.as_str().map(Some).ok_or(EncryptedError::MemberType {
        member,
        wanted: "a string",
    })
}

fn member_object(node: &Node, member: &'static str) -> Result<Option<Node>, EncryptedError> {
    let Some(value) = node.get(member) else {
        return Ok(None);
    };
    if value.as_mapping().is_none() {
        return Err(EncryptedError::MemberType {
            member,
            wanted: "an object",
        });
    }
    Ok(Some(value.clone()))
}

fn member_octets(node: &Node, part: Part) -> Result<Option<Vec<u8>>, EncryptedError> {
    member_text(node, part.member())?
        .map(|text| decode(part, text, 0))
        .transpose()
}
