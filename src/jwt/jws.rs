//! JWS in every serialization (RFC 7515 §7, RFC 7797), for payloads that are no token. A JWT is never read here: it is
//! compact, and its payload is encoded.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::compact::{self, CriticalProblem, MAX_TOKEN_BYTES, Part, TokenError, critical};
use super::signature::{self, SignatureVerdict, Signed, Trial};
use crate::kernel::document::Node;
use crate::kernel::json::{self, JsonError};
use crate::kernel::key::Key;

/// The most signatures of one JWS.
pub const MAX_SIGNATURES: usize = 64;

/// A payload with its signatures. Nothing is verified.
#[derive(Debug, Clone)]
pub struct Jws {
    /// The payload, decoded.
    pub payload: Vec<u8>,
    /// The signatures, in order.
    pub signatures: Vec<JwsSignature>,
}

/// One signature with its headers.
#[derive(Debug, Clone)]
pub struct JwsSignature {
    /// The header that is signed.
    pub protected: Option<Node>,
    /// The header that is not.
    pub unprotected: Option<Node>,
    /// The value of `alg`.
    pub algorithm: String,
    /// Whether `alg` is signed too; where it is not, anyone can change it.
    pub algorithm_is_protected: bool,
    /// The signature, decoded.
    pub signature: Vec<u8>,
    input: Vec<u8>,
}

/// Why a text is no JWS.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JwsError {
    /// A part of the compact form, or a header.
    #[error(transparent)]
    Part(#[from] TokenError),
    /// Not JSON.
    #[error("it is not JSON: {0}")]
    Json(#[from] JsonError),
    /// A member twice.
    #[error("it has the member `{0}` twice")]
    Duplicate(String),
    /// A member of the wrong type.
    #[error("its member `{0}` has the wrong type")]
    WrongType(&'static str),
    /// Neither `signature` nor `signatures`, or both.
    #[error("it has {0}; one of `signature` and `signatures` is needed")]
    Form(&'static str),
    /// More signatures than are looked at.
    #[error("it has more than {MAX_SIGNATURES} signatures")]
    TooMany,
    /// The payload is elsewhere.
    #[error("its payload is detached, and none is given")]
    PayloadNeeded,
    /// Two payloads.
    #[error("it has a payload, and another is given")]
    TwoPayloads,
    /// A parameter in both headers (RFC 7515 §7.2.1).
    #[error("`{0}` stands in both headers of a signature")]
    InBothHeaders(String),
    /// A parameter that must be signed (RFC 7515 §4.1.11, RFC 7797 §3).
    #[error("`{0}` is not in the protected header")]
    NotProtected(&'static str),
    /// `crit`.
    #[error("the header's `crit` {0}")]
    Critical(CriticalProblem),
    /// Signatures that do not agree whether the payload is encoded (RFC 7797 §3).
    #[error("its signatures do not agree on `b64`")]
    MixedEncoding,
    /// A raw payload that the compact form cannot hold (RFC 7797 §5.2).
    #[error(
        "its payload is not encoded and holds more than printable ASCII, which the compact form cannot"
    )]
    RawPayload,
}

/// The payload as the serialization has it.
enum PayloadText<'a> {
    /// In the text.
    Inside(&'a str),
    /// Somewhere else.
    Detached(&'a [u8]),
}

impl Jws {
    /// Reads a JWS. `detached` is the payload, where the text has none.
    ///
    /// # Errors
    /// [`JwsError`].
    pub fn parse(text: &str, detached: Option<&[u8]>) -> Result<Self, JwsError> {
        let text = text.trim();
        if text.len() > MAX_TOKEN_BYTES {
            return Err(TokenError::TooLarge.into());
        }
        if text.starts_with('{') {
            from_json(text, detached)
        } else {
            from_compact(text, detached)
        }
    }

    /// What each signature is worth under these keys, in order.
    pub fn check(&self, keys: &[Key], trial: Trial<'_>) -> Vec<SignatureVerdict> {
        let one = |each: &JwsSignature| signature::check_signed(&each.signed(), keys, trial);
        self.signatures.iter().map(one).collect()
    }
}

impl JwsSignature {
    /// A header parameter that is a string, signed or not.
    pub fn text(&self, name: &str) -> Option<&str> {
        let headers = [&self.protected, &self.unprotected];
        headers
            .into_iter()
            .flatten()
            .find_map(|header| header.get(name))
            .and_then(Node::as_str)
    }

    pub(super) fn signed(&self) -> Signed<'_> {
        Signed {
            algorithm: &self.algorithm,
            key_id: self.text("kid"),
            input: &self.input,
            signature: &self.signature,
        }
    }
}

fn from_compact(text: &str, detached: Option<&[u8]>) -> Result<Jws, JwsError> {
    let parts: Vec<&str> = text.splitn(7, '.').collect();
    let (header, payload, signature) = match parts.as_slice() {
        [header, payload, signature] => (*header, *payload, *signature),
        [_, _, _, _, _] => return Err(TokenError::Encrypted.into()),
        other => return Err(TokenError::PartCount(other.len()).into()),
    };
    let payload = payload_text((!payload.is_empty()).then_some(payload), detached)?;
    let each = Unread {
        protected: Some(header),
        unprotected: None,
        signature,
        signature_at: text.len() - signature.len(),
    };
    let raw = matches!(payload, PayloadText::Inside(_));
    let (signature, payload) = each.read(&payload)?;
    // RFC 7797 §5.2: in the compact form only printable ASCII, and no `.`, which has parted it already.
    if raw && !signature.encodes() && !payload.iter().all(|byte| (0x20..0x7f).contains(byte)) {
        return Err(JwsError::RawPayload);
    }
    Ok(Jws {
        payload,
        signatures: vec![signature],
    })
}

fn from_json(text: &str, detached: Option<&[u8]>) -> Result<Jws, JwsError> {
    let (root, duplicates) = json::parse_text(text)?;
    if let Some(duplicate) = duplicates.into_iter().next() {
        return Err(JwsError::Duplicate(duplicate.key));
    }
    let payload = payload_text(member(&root, "payload")?, detached)?;
    let entries: Vec<&Node> = match (root.get("signatures"), root.get("signature")) {
        (Some(_), Some(_)) => return Err(JwsError::Form("both")),
        (None, None) => return Err(JwsError::Form("neither")),
        (None, Some(_)) => vec![&root],
        (Some(list), None) => {
            let misplaced = root.get("protected").is_some() || root.get("header").is_some();
            if misplaced {
                return Err(JwsError::Form("`signatures` beside a header of its own"));
            }
            let list = list
                .as_sequence()
                .ok_or(JwsError::WrongType("signatures"))?;
            list.iter().collect()
        }
    };
    if entries.is_empty() {
        return Err(JwsError::Form("no signature"));
    }
    if entries.len() > MAX_SIGNATURES {
        return Err(JwsError::TooMany);
    }
    let mut signatures: Vec<JwsSignature> = Vec::new();
    let mut content = Vec::new();
    for entry in entries {
        entry
            .as_mapping()
            .ok_or(JwsError::WrongType("signatures"))?;
        let unprotected = entry.get("header");
        if unprotected.is_some_and(|header| header.as_mapping().is_none()) {
            return Err(JwsError::WrongType("header"));
        }
        let each = Unread {
            protected: member(entry, "protected")?,
            unprotected,
            signature: member(entry, "signature")?.ok_or(JwsError::WrongType("signature"))?,
            signature_at: 0,
        };
        let (signature, decoded) = each.read(&payload)?;
        if signatures
            .first()
            .is_some_and(|first| first.encodes() != signature.encodes())
        {
            return Err(JwsError::MixedEncoding);
        }
        signatures.push(signature);
        content = decoded;
    }
    Ok(Jws {
        payload: content,
        signatures,
    })
}

fn payload_text<'a>(
    inside: Option<&'a str>,
    detached: Option<&'a [u8]>,
) -> Result<PayloadText<'a>, JwsError> {
    match (inside, detached) {
        (Some(_), Some(_)) => Err(JwsError::TwoPayloads),
        (None, None) => Err(JwsError::PayloadNeeded),
        (Some(text), None) => Ok(PayloadText::Inside(text)),
        (None, Some(bytes)) => Ok(PayloadText::Detached(bytes)),
    }
}

fn member<'n>(node: &'n Node, name: &'static str) -> Result<Option<&'n str>, JwsError> {
    match node.get(name) {
        None => Ok(None),
        Some(value) => value.as_str().map(Some).ok_or(JwsError::WrongType(name)),
    }
}

/// A signature as the serialization has it.
struct Unread<'a> {
    protected: Option<&'a str>,
    unprotected: Option<&'a Node>,
    signature: &'a str,
    signature_at: usize,
}

impl Unread<'_> {
    /// Reads it; also the payload as its header says it is written.
    fn read(&self, payload: &PayloadText<'_>) -> Result<(JwsSignature, Vec<u8>), JwsError> {
        let protected = match self.protected {
            Some(text) => {
                let bytes = compact::decode(Part::Header, text, 0)?;
                Some(compact::object(Part::Header, &bytes)?)
            }
            None => None,
        };
        self.check_headers(protected.as_ref())?;
        let place = |name| {
            let protected = protected.as_ref().and_then(|header| header.get(name));
            let unprotected = || self.unprotected.and_then(|header| header.get(name));
            (protected.is_some(), protected.or_else(unprotected))
        };
        let (algorithm_is_protected, algorithm) = place("alg");
        let algorithm = algorithm
            .and_then(Node::as_str)
            .ok_or(TokenError::NoAlgorithm)?;
        if place("kid").1.is_some_and(|id| id.as_str().is_none()) {
            return Err(TokenError::HeaderType("kid").into());
        }
        let encodes = place("b64").1.and_then(Node::as_bool).unwrap_or(true);
        let (written, content) = match payload {
            PayloadText::Inside(text) if encodes => {
                let at = self.protected.map_or(0, |header| header.len() + 1);
                (
                    text.as_bytes().to_vec(),
                    compact::decode(Part::Payload, text, at)?,
                )
            }
            PayloadText::Inside(text) => (text.as_bytes().to_vec(), text.as_bytes().to_vec()),
            PayloadText::Detached(bytes) if encodes => {
                (URL_SAFE_NO_PAD.encode(bytes).into_bytes(), bytes.to_vec())
            }
            PayloadText::Detached(bytes) => (bytes.to_vec(), bytes.to_vec()),
        };
        // RFC 7515 §5.1, RFC 7797 §3
        let mut input = self.protected.unwrap_or_default().as_bytes().to_vec();
        input.push(b'.');
        input.extend_from_slice(&written);
        let signature = compact::decode(Part::Signature, self.signature, self.signature_at)?;
        let read = JwsSignature {
            algorithm: algorithm.to_owned(),
            algorithm_is_protected,
            unprotected: self.unprotected.cloned(),
            signature,
            input,
            protected,
        };
        Ok((read, content))
    }

    fn check_headers(&self, protected: Option<&Node>) -> Result<(), JwsError> {
        if let Some(unprotected) = self.unprotected {
            for name in ["crit", "b64"] {
                if unprotected.get(name).is_some() {
                    return Err(JwsError::NotProtected(name));
                }
            }
            let mut names = unprotected.as_mapping().into_iter().flatten();
            let both = names
                .find(|entry| protected.is_some_and(|header| header.get(&entry.key).is_some()));
            if let Some(entry) = both {
                return Err(JwsError::InBothHeaders(entry.key.clone()));
            }
        }
        let Some(protected) = protected else {
            return Ok(());
        };
        critical(protected).map_err(JwsError::Critical)?;
        match protected.get("b64") {
            Some(value) if value.as_bool().is_none() => Err(JwsError::WrongType("b64")),
            _ => Ok(()),
        }
    }
}

impl JwsSignature {
    /// Whether the payload is encoded before it is signed (RFC 7797 §3).
    fn encodes(&self) -> bool {
        let value = self.protected.as_ref().and_then(|header| header.get("b64"));
        value.and_then(Node::as_bool).unwrap_or(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn encoded(header: &str) -> String {
        URL_SAFE_NO_PAD.encode(header)
    }

    #[test]
    fn what_two_readers_read_differently_is_refused() {
        let hs = encoded(r#"{"alg":"HS256"}"#);
        let raw = encoded(r#"{"alg":"HS256","b64":false,"crit":["b64"]}"#);
        let unnamed = encoded(r#"{"alg":"HS256","b64":false}"#);
        let table = [
            (
                format!(
                    r#"{{"payload":"e30","protected":"{hs}","signature":"AA","signatures":[]}}"#
                ),
                JwsError::Form("both"),
            ),
            (r#"{"payload":"e30"}"#.into(), JwsError::Form("neither")),
            (
                r#"{"payload":"e30","signatures":[]}"#.into(),
                JwsError::Form("no signature"),
            ),
            (
                r#"{"payload":"e30","payload":"e30","signature":"AA"}"#.into(),
                JwsError::Duplicate("payload".into()),
            ),
            (
                format!(r#"{{"protected":"{hs}","signature":"AA"}}"#),
                JwsError::PayloadNeeded,
            ),
            (
                format!(
                    r#"{{"payload":"e30","protected":"{hs}","header":{{"alg":"HS256"}},"signature":"AA"}}"#
                ),
                JwsError::InBothHeaders("alg".into()),
            ),
            (
                format!(
                    r#"{{"payload":"e30","protected":"{hs}","header":{{"crit":["b64"]}},"signature":"AA"}}"#
                ),
                JwsError::NotProtected("crit"),
            ),
            (
                format!(
                    r#"{{"payload":"e30","protected":"{hs}","header":{{"b64":true}},"signature":"AA"}}"#
                ),
                JwsError::NotProtected("b64"),
            ),
            (
                format!(r#"{{"payload":"e30","protected":"{unnamed}","signature":"AA"}}"#),
                JwsError::Critical(CriticalProblem::Unnamed),
            ),
            (
                format!(
                    r#"{{"payload":"e30","signatures":[{{"protected":"{hs}","signature":"AA"}},{{"protected":"{raw}","signature":"AA"}}]}}"#
                ),
                JwsError::MixedEncoding,
            ),
            (
                format!(r#"{{"payload":7,"protected":"{hs}","signature":"AA"}}"#),
                JwsError::WrongType("payload"),
            ),
            (
                r#"{"payload":"e30","signature":"AA"}"#.into(),
                TokenError::NoAlgorithm.into(),
            ),
            (format!("{hs}..AA"), JwsError::PayloadNeeded),
            (format!("{raw}.a.b.AA"), TokenError::PartCount(4).into()),
        ];
        for (text, error) in table {
            assert_eq!(Jws::parse(&text, None).unwrap_err(), error, "{text}");
        }
        let whole = format!("{hs}.e30.AA");
        assert_eq!(
            Jws::parse(&whole, Some(b"{}")).unwrap_err(),
            JwsError::TwoPayloads
        );
        assert_eq!(
            Jws::parse(&format!("{raw}.$7.AA"), None).unwrap().payload,
            b"$7"
        );
        assert_eq!(
            Jws::parse(&format!("{raw}..AA"), Some(b"a.b"))
                .unwrap()
                .payload,
            b"a.b"
        );
    }

    proptest! {
        #[test]
        fn never_panics(text in r#"[\{\}\[\]":,a-z0-9.]{0,80}|.{0,60}"#) {
            let _checked = Jws::parse(&text, None).is_ok();
        }
    }
}
