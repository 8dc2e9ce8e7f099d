//! Taking a token apart without verifying it: never fails, shows what decodes, names each defect at its place.
//!
//! Every kind of token is read here: compact and JSON serializations of JWS and JWE, detached and unencoded payloads,
//! nested tokens, SD-JWT with its disclosures. Nothing is decrypted and no signature is computed.

mod algorithms;
mod defect;
mod encrypted;
mod read;
mod render;
mod selective;
mod serialized;
#[cfg(test)]
mod tests;

pub(super) use algorithms::signature_characters;
pub use algorithms::{Family, Registered, registered};
pub use defect::{Defect, DefectKind, Section};
pub use encrypted::Encryption;
pub(super) use read::lenient;
pub use render::json_text;
pub(super) use render::push_string;
pub(super) use selective::algorithm as disclosure_hash;
pub use selective::{Disclosure, KeyBinding, SelectiveDisclosure};

use super::recognise::{Recognition, recognise};
use super::rules;
use crate::kernel::document::Node;
use crate::kernel::finding::Finding;
use crate::kernel::time::Timestamp;
use read::{Decoded, Reader};

/// How deep tokens within tokens are followed.
const MAX_NESTING: usize = 4;

/// What kind of thing the text is, by its parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Signed: three parts.
    Signed,
    /// Not signed at all: three parts, the last empty.
    Unsecured,
    /// Encrypted: five parts.
    Encrypted,
    /// Something else.
    Other(usize),
}

/// How the token is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Form {
    /// Parts between dots (RFC 7515 §7.1, RFC 7516 §7.1).
    Compact,
    /// JSON with one signature or recipient (§7.2.2).
    Flattened,
    /// JSON with a list of them (§7.2.1).
    General,
    /// A signed token with disclosures behind it (RFC 9901 §4).
    SelectiveDisclosure,
}

impl Form {
    /// Its name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Compact => "compact",
            Self::Flattened => "flattened",
            Self::General => "general",
            Self::SelectiveDisclosure => "sd-jwt",
        }
    }
}

/// What the payload is, beside claims.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Payload {
    /// Claims, all of them.
    Claims,
    /// The first claims; the rest cannot be read.
    Prefix,
    /// Text that is no JSON object.
    Text,
    /// Bytes that are no text.
    Bytes,
    /// Not there: empty, or sent apart from the token (RFC 7515 appendix F).
    Detached,
    /// Not encoded (RFC 7797).
    Unencoded,
    /// Compressed; nothing is inflated here.
    Compressed,
    /// Another token.
    Nested,
    /// Ciphertext.
    Encrypted,
    /// No payload at all.
    Missing,
}

impl Payload {
    /// Its name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Claims => "claims",
            Self::Prefix => "claims-prefix",
            Self::Text => "text",
            Self::Bytes => "bytes",
            Self::Detached => "detached",
            Self::Unencoded => "unencoded",
            Self::Compressed => "compressed",
            Self::Nested => "nested",
            Self::Encrypted => "encrypted",
            Self::Missing => "missing",
        }
    }
}

/// One signature of a JSON serialization.
#[derive(Debug, Clone)]
pub struct Signature {
    /// The protected header.
    pub protected: Option<Node>,
    /// The header that is not protected: anyone can change it.
    pub unprotected: Option<Node>,
    /// The size of the signature in bytes.
    pub bytes: usize,
}

/// A token taken apart.
#[derive(Debug, Clone)]
pub struct Dissection {
    /// What it is.
    pub kind: Kind,
    /// How it is written.
    pub form: Form,
    /// The header, where it is JSON; the protected one of the first signature.
    pub header: Option<Node>,
    /// The claims, where they are JSON.
    pub claims: Option<Node>,
    /// What the payload is.
    pub payload: Payload,
    /// The payload as text, where it is not JSON.
    pub payload_text: Option<String>,
    /// The size of the payload in bytes.
    pub payload_bytes: usize,
    /// The size of the signature in bytes.
    pub signature_bytes: usize,
    /// The signatures of a JSON serialization.
    pub signatures: Vec<Signature>,
    /// How it is encrypted.
    pub encryption: Option<Encryption>,
    /// What it discloses selectively.
    pub selective: Option<SelectiveDisclosure>,
    /// The token in its payload.
    pub nested: Option<Box<Dissection>>,
    /// What kind of token it is, and why.
    pub recognition: Recognition,
    /// Everything that a strict reader refuses.
    pub defects: Vec<Defect>,
    /// What is weak about it.
    pub advice: Vec<Finding>,
}

/// Takes a token apart.
pub fn inspect(token: &str, now: Timestamp) -> Dissection {
    take_apart(token, now, 0)
}

fn take_apart(token: &str, now: Timestamp, depth: usize) -> Dissection {
    let mut taken = if token.trim_start().starts_with('{') {
        serialized::read(token)
    } else {
        compact(token)
    };
    // A part that is missing at the end has no byte of its own.
    let last = token.len().saturating_sub(1);
    for offset in taken
        .defects
        .iter_mut()
        .filter_map(|defect| defect.offset.as_mut())
    {
        *offset = (*offset).min(last);
    }
    taken.follow(now, depth);
    taken.recognition = recognise(&taken);
    taken.advise(now);
    taken
}

fn compact(token: &str) -> Dissection {
    let (issued, disclosed) = match token.split_once('~') {
        Some((issued, _)) if issued.matches('.').count() == 2 => (issued, true),
        _ => (token, false),
    };
    let parts: Vec<&str> = issued.split('.').collect();
    let kind = match parts.as_slice() {
        [_, _, ""] => Kind::Unsecured,
        [_, _, _] => Kind::Signed,
        [_, _, _, _, _] => Kind::Encrypted,
        other => Kind::Other(other.len()),
    };
    let mut taken = Dissection::empty(kind, Form::Compact);
    let mut reader = Reader::default();
    if let Kind::Other(count) = kind {
        reader.defect(Defect::parts(count, issued));
    }
    let header_text = parts.first().copied().unwrap_or_default();
    let header = reader.decode(Section::Header, header_text, 0);
    taken.header = reader.object(&header).map(|read| read.node);
    if kind == Kind::Encrypted {
        taken.payload = Payload::Encrypted;
        taken.encryption = Some(encrypted::read(&parts, taken.header.as_ref(), &mut reader));
    } else {
        let mut at = header_text.len() + 1;
        if let Some(text) = parts.get(1) {
            taken.take_payload(text, at, &mut reader);
            at += text.len() + 1;
        }
        if let Some(text) = parts.get(2) {
            let signature = reader.decode(Section::Signature, text, at);
            taken.take_signature(&signature, at, &mut reader);
        }
    }
    if disclosed {
        taken.form = Form::SelectiveDisclosure;
        taken.selective = Some(selective::read(token, taken.claims.as_ref(), &mut reader));
    }
    taken.defects = reader.defects;
    taken
}

impl Dissection {
    fn empty(kind: Kind, form: Form) -> Self {
        Self {
            kind,
            form,
            header: None,
            claims: None,
            payload: Payload::Missing,
            payload_text: None,
            payload_bytes: 0,
            signature_bytes: 0,
            signatures: Vec::new(),
            encryption: None,
            selective: None,
            nested: None,
            recognition: Recognition::default(),
            defects: Vec::new(),
            advice: Vec::new(),
        }
    }

    fn take_payload(&mut self, text: &str, at: usize, reader: &mut Reader) {
        // RFC 7797 §3: the payload stands as it is.
        if self.header_flag("b64") == Some(false) {
            self.payload_bytes = text.len();
            self.payload = if text.is_empty() {
                Payload::Detached
            } else {
                Payload::Unencoded
            };
            self.payload_text = (!text.is_empty()).then(|| text.to_owned());
            return;
        }
        let decoded = reader.decode(Section::Payload, text, at);
        self.payload_bytes = decoded.bytes.len();
        self.payload = match decoded.bytes.as_slice() {
            [] => Payload::Detached,
            _ if self.header_text("zip").is_some() => Payload::Compressed,
            _ => self.read_payload(&decoded, reader),
        };
    }

    fn read_payload(&mut self, decoded: &Decoded, reader: &mut Reader) -> Payload {
        let text = std::str::from_utf8(&decoded.bytes).ok();
        // A nested token is no damaged JSON.
        if let Some(text) = text.filter(|text| is_compact(text)) {
            self.payload_text = Some(text.to_owned());
            return Payload::Nested;
        }
        // RFC 7515 §2: a JWS signs any octets. Only a JWT, and what begins like one, has to be an object.
        let body = decoded.bytes.trim_ascii_start();
        let claims = self.says_jwt() || body.starts_with(b"{") || body.starts_with(b"\xef\xbb\xbf");
        let read = claims.then(|| reader.object(decoded)).flatten();
        match read {
            Some(read) => {
                self.claims = Some(read.node);
                if read.whole {
                    Payload::Claims
                } else {
                    Payload::Prefix
                }
            }
            None => {
                let lossy = String::from_utf8_lossy(&decoded.bytes).into_owned();
                self.payload_text = Some(lossy);
                match text {
                    Some(_) => Payload::Text,
                    None => Payload::Bytes,
                }
            }
        }
    }

    fn take_signature(&mut self, signature: &Decoded, at: usize, reader: &mut Reader) {
        self.signature_bytes = signature.bytes.len();
        // The length of what was not decoded whole says nothing.
        if signature.is_partial() {
            return;
        }
        if let Some(algorithm) = self.algorithm()
            && let Some(defect) = algorithms::signature_defect(algorithm, &signature.bytes, at)
        {
            reader.defect(defect);
        }
    }

    // RFC 7519 §5.2: a nested token is the payload itself.
    fn follow(&mut self, now: Timestamp, depth: usize) {
        let Some(inner) = self.payload_text.as_deref() else {
            return;
        };
        if self.payload == Payload::Nested && depth < MAX_NESTING {
            self.nested = Some(Box::new(take_apart(inner.trim(), now, depth + 1)));
        }
    }

    // Of claims that break off none is known to be missing, so that no rule may judge them.
    fn advise(&mut self, now: Timestamp) {
        let partial = match self.payload {
            Payload::Prefix => self.claims.take(),
            _ => None,
        };
        self.advice = rules::advise(self, now);
        if partial.is_some() {
            self.claims = partial;
        }
    }

    /// The value of `alg`, where it is a string.
    pub fn algorithm(&self) -> Option<&str> {
        self.header_text("alg")
    }

    /// A header parameter that is a string.
    pub fn header_text(&self, name: &str) -> Option<&str> {
        self.header.as_ref()?.get(name)?.as_str()
    }

    fn says_jwt(&self) -> bool {
        let typ = self.header_text("typ").map(str::to_ascii_lowercase);
        typ.is_some_and(|typ| typ == "jwt" || typ.ends_with("+jwt") || typ.ends_with("/jwt"))
    }

    fn header_flag(&self, name: &str) -> Option<bool> {
        self.header.as_ref()?.get(name)?.as_bool()
    }
}

fn is_compact(text: &str) -> bool {
    let text = text.trim();
    let dots = text.matches('.').count();
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    matches!(dots, 2 | 4) && text.starts_with('e') && text.bytes().all(plain)
}
