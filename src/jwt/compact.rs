//! The compact serialization (RFC 7515 §3.1), read strictly: this parser stands in front of every verification.
//!
//! Exactly three parts of the base64url alphabet, no padding, no white space, unused bits zero; a header that is one
//! JSON object without duplicate members; every part decoded before a signature is believed (RFC 8725bis §3.14).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::kernel::document::{Node, Value};
use crate::kernel::json::{self, JsonError};

/// The longest token accepted, in bytes.
pub const MAX_TOKEN_BYTES: usize = 1 << 20;

/// The name of a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The first.
    Header,
    /// The second.
    Payload,
    /// The third.
    Signature,
}

impl std::fmt::Display for Part {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Header => "header",
            Self::Payload => "payload",
            Self::Signature => "signature",
        })
    }
}

/// Why a text is not a token. Offsets count bytes in the token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Nothing.
    #[error("the token is empty")]
    Empty,
    /// Too long.
    #[error("the token has more than {MAX_TOKEN_BYTES} bytes")]
    TooLarge,
    /// Not three parts.
    #[error("the token has {0} parts separated by `.`; a signed one has three")]
    PartCount(usize),
    /// Five parts: encrypted.
    #[error("the token is encrypted (five parts); only signed ones can be verified")]
    Encrypted,
    /// Not base64url.
    #[error("the {part} is not base64url: {problem} at byte {offset}")]
    NotBase64url {
        /// The part.
        part: Part,
        /// The defect.
        problem: Base64Problem,
        /// The offset in the token.
        offset: usize,
    },
    /// Not UTF-8.
    #[error("the {part} is not UTF-8 from its byte {offset} on")]
    NotUtf8 {
        /// The part.
        part: Part,
        /// The offset in the decoded part.
        offset: usize,
    },
    /// Not JSON.
    #[error("the {part} is not JSON: {error}")]
    NotJson {
        /// The part.
        part: Part,
        /// The defect.
        error: JsonError,
    },
    /// Not a JSON object.
    #[error("the {part} is {found}, not a JSON object")]
    NotAnObject {
        /// The part.
        part: Part,
        /// What it is.
        found: &'static str,
    },
    /// A member twice: two readers could see two tokens.
    #[error("the {part} has the member `{member}` twice")]
    Duplicate {
        /// The part.
        part: Part,
        /// The member.
        member: String,
    },
    /// `alg` is missing or no string.
    #[error("the header has no `alg` that is a string")]
    NoAlgorithm,
    /// A registered header parameter of another type than a string (RFC 7515 §4.1).
    #[error("the header's `{0}` is not a string")]
    HeaderType(&'static str),
    /// `crit` (RFC 7515 §4.1.11).
    #[error("the header's `crit` {0}")]
    Critical(CriticalProblem),
    /// `b64` (RFC 7797 §7).
    #[error("the header has `b64` that is not true, which a JWT must not use")]
    UnencodedPayload,
}

/// What is wrong with `crit` (RFC 7515 §4.1.11).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CriticalProblem {
    /// Not an array of strings.
    #[error("is not an array of names")]
    NotNames,
    /// Empty.
    #[error("is empty")]
    Empty,
    /// A name twice.
    #[error("names `{0}` twice")]
    Twice(String),
    /// A name that the specification itself defines.
    #[error("names `{0}`, which every reader knows anyway")]
    Registered(String),
    /// A name that the header does not have.
    #[error("names `{0}`, which is not in the header")]
    Absent(String),
    /// An extension that is not implemented.
    #[error("demands `{0}`, which is not understood")]
    Unknown(String),
    /// `b64` without being named (RFC 7797 §6).
    #[error("does not name `b64`, which must be understood")]
    Unnamed,
}

/// The parameters of RFC 7515, 7516 and 7518, none of which `crit` may name.
const REGISTERED: [&str; 20] = [
    "alg", "enc", "zip", "jku", "jwk", "kid", "x5u", "x5c", "x5t", "x5t#S256", "typ", "cty",
    "crit", "epk", "apu", "apv", "iv", "tag", "p2s", "p2c",
];

/// Checks `crit`: the one extension that is understood is `b64` (RFC 7797 §6).
///
/// # Errors
/// [`CriticalProblem`].
pub(super) fn critical(header: &Node) -> Result<(), CriticalProblem> {
    let Some(node) = header.get("crit") else {
        return match header.get("b64") {
            Some(value) if value.as_bool() != Some(true) => Err(CriticalProblem::Unnamed),
            _ => Ok(()),
        };
    };
    let names: Option<Vec<&str>> = node
        .as_sequence()
        .and_then(|items| items.iter().map(Node::as_str).collect());
    let names = names.ok_or(CriticalProblem::NotNames)?;
    if names.is_empty() {
        return Err(CriticalProblem::Empty);
    }
    for (index, name) in names.iter().enumerate() {
        let owned = || (*name).to_owned();
        if names.iter().take(index).any(|earlier| earlier == name) {
            return Err(CriticalProblem::Twice(owned()));
        }
        if REGISTERED.contains(name) {
            return Err(CriticalProblem::Registered(owned()));
        }
        if *name != "b64" {
            return Err(CriticalProblem::Unknown(owned()));
        }
        if header.get(name).is_none() {
            return Err(CriticalProblem::Absent(owned()));
        }
    }
    Ok(())
}

/// A defect of base64url.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Base64Problem {
    /// A character outside the alphabet.
    #[error("the character {0:?} is outside the alphabet")]
    Character(char),
    /// Padding.
    #[error("padding (`=`), which a token has not")]
    Padding,
    /// White space.
    #[error("white space or a line break")]
    Space,
    /// A length that no encoding has.
    #[error("the last character stands alone")]
    Length,
    /// Unused bits that are not zero.
    #[error("the last character has unused bits that are not zero")]
    TrailingBits,
}

/// A token whose envelope is sound. Nothing is verified.
#[derive(Debug, Clone)]
pub struct Compact {
    /// The header.
    pub header: Node,
    /// The value of `alg`.
    pub algorithm: String,
    /// The decoded payload.
    pub payload: Vec<u8>,
    /// The decoded signature.
    pub signature: Vec<u8>,
    signing_input: String,
    signature_text: String,
}

impl Compact {
    /// Reads a token.
    ///
    /// # Errors
    /// [`TokenError`].
    pub fn parse(token: &str) -> Result<Self, TokenError> {
        let [header_text, payload_text, signature_text] = split(token)?;
        let header_bytes = decode(Part::Header, header_text, 0)?;
        let header = object(Part::Header, &header_bytes)?;
        let payload_at = header_text.len() + 1;
        let payload = decode(Part::Payload, payload_text, payload_at)?;
        let signature_at = payload_at + payload_text.len() + 1;
        let signature = decode(Part::Signature, signature_text, signature_at)?;
        let algorithm = header
            .get("alg")
            .and_then(Node::as_str)
            .ok_or(TokenError::NoAlgorithm)?
            .to_owned();
        for name in ["kid", "typ", "cty", "jku", "x5u", "x5t", "x5t#S256"] {
            if header.get(name).is_some_and(|node| node.as_str().is_none()) {
                return Err(TokenError::HeaderType(name));
            }
        }
        critical(&header).map_err(TokenError::Critical)?;
        // RFC 7797 §7: a JWT's payload is always encoded.
        if header
            .get("b64")
            .is_some_and(|value| value.as_bool() != Some(true))
        {
            return Err(TokenError::UnencodedPayload);
        }
        Ok(Self {
            header,
            algorithm,
            payload,
            signature,
            signing_input: token.get(..signature_at - 1).unwrap_or_default().to_owned(),
            signature_text: signature_text.to_owned(),
        })
    }

    /// What is signed: the first two parts as they stand (RFC 7515 §5.2).
    pub fn signing_input(&self) -> &str {
        &self.signing_input
    }

    /// The signature as it stands.
    pub fn signature_text(&self) -> &str {
        &self.signature_text
    }

    /// The whole token as it stands.
    pub fn text(&self) -> String {
        format!("{}.{}", self.signing_input, self.signature_text)
    }

    /// A header parameter that is a string.
    pub fn header_text(&self, name: &str) -> Option<&str> {
        self.header.get(name)?.as_str()
    }
}

fn split(token: &str) -> Result<[&str; 3], TokenError> {
    if token.is_empty() {
        return Err(TokenError::Empty);
    }
    if token.len() > MAX_TOKEN_BYTES {
        return Err(TokenError::TooLarge);
    }
    let parts: Vec<&str> = token.splitn(7, '.').collect();
    match parts.as_slice() {
        [header, payload, signature] => Ok([header, payload, signature]),
        [_, _, _, _, _] => Err(TokenError::Encrypted),
        other => Err(TokenError::PartCount(other.len())),
    }
}

/// Decodes a part; the defect is named at its offset in the token.
pub(super) fn decode(part: Part, text: &str, at: usize) -> Result<Vec<u8>, TokenError> {
    let fault = |problem, offset| TokenError::NotBase64url {
        part,
        problem,
        offset: at + offset,
    };
    URL_SAFE_NO_PAD.decode(text).map_err(|error| {
        let bad = text
            .char_indices()
            .find(|(_, c)| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_')));
        match (bad, error) {
            (Some((offset, '=')), _) => fault(Base64Problem::Padding, offset),
            (Some((offset, c)), _) if c.is_whitespace() => fault(Base64Problem::Space, offset),
            (Some((offset, c)), _) => fault(Base64Problem::Character(c), offset),
            (None, base64::DecodeError::InvalidLength(_)) => {
                fault(Base64Problem::Length, text.len().saturating_sub(1))
            }
            (None, _) => fault(Base64Problem::TrailingBits, text.len().saturating_sub(1)),
        }
    })
}

/// Reads a part as one JSON object without duplicate members at any depth.
pub(super) fn object(part: Part, bytes: &[u8]) -> Result<Node, TokenError> {
    let text = std::str::from_utf8(bytes).map_err(|error| TokenError::NotUtf8 {
        part,
        offset: error.valid_up_to(),
    })?;
    let (root, duplicates) =
        json::parse_text(text).map_err(|error| TokenError::NotJson { part, error })?;
    if let Some(duplicate) = duplicates.into_iter().next() {
        return Err(TokenError::Duplicate {
            part,
            member: duplicate.key,
        });
    }
    if !matches!(root.value, Value::Mapping(_)) {
        return Err(TokenError::NotAnObject {
            part,
            found: root.kind(),
        });
    }
    Ok(root)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn token(header: &str) -> String {
        format!("{}.e30.AA", URL_SAFE_NO_PAD.encode(header))
    }

    #[test]
    fn names_the_defect_of_the_envelope() {
        let table = [
            ("", "the token is empty"),
            (
                "a.b",
                "the token has 2 parts separated by `.`; a signed one has three",
            ),
            (
                "a.b.c.d.e",
                "the token is encrypted (five parts); only signed ones can be verified",
            ),
            (
                "e30=.e30.",
                "the header is not base64url: padding (`=`), which a token has not at byte 3",
            ),
            (
                "e 0.e30.",
                "the header is not base64url: white space or a line break at byte 1",
            ),
            (
                "e30.e3/.",
                "the payload is not base64url: the character '/' is outside the alphabet at byte 6",
            ),
            (
                "eyJhbGciOiJIUzI1NiJ9.e30.A",
                "the signature is not base64url: the last character stands alone at byte 25",
            ),
            (
                "eyJhbGciOiJIUzI1NiJ9.e30.AB",
                "the signature is not base64url: the last character has unused bits that are not zero at byte 26",
            ),
            ("e30.e30.AA", "the header has no `alg` that is a string"),
            ("MQ.e30.AA", "the header is a number, not a JSON object"),
        ];
        for (token, message) in table {
            assert_eq!(
                Compact::parse(token).unwrap_err().to_string(),
                message,
                "{token}"
            );
        }
    }

    #[test]
    fn refuses_headers_that_two_readers_read_differently() {
        let error = |header: &str| Compact::parse(&token(header)).unwrap_err();
        let duplicate = error(r#"{"alg":"HS256","x":{"a":1,"a":2}}"#);
        assert!(matches!(duplicate, TokenError::Duplicate { .. }));
        let critical = |header: &str| match error(header) {
            TokenError::Critical(problem) => problem,
            other => panic!("{other}"),
        };
        for (header, problem) in [
            (
                r#"{"alg":"HS256","crit":["x"],"x":1}"#,
                CriticalProblem::Unknown("x".into()),
            ),
            (r#"{"alg":"HS256","crit":[]}"#, CriticalProblem::Empty),
            (r#"{"alg":"HS256","crit":"b64"}"#, CriticalProblem::NotNames),
            (
                r#"{"alg":"HS256","crit":["b64",1],"b64":true}"#,
                CriticalProblem::NotNames,
            ),
            (
                r#"{"alg":"HS256","crit":["alg"]}"#,
                CriticalProblem::Registered("alg".into()),
            ),
            (
                r#"{"alg":"HS256","crit":["b64"]}"#,
                CriticalProblem::Absent("b64".into()),
            ),
            (
                r#"{"alg":"HS256","crit":["b64","b64"],"b64":true}"#,
                CriticalProblem::Twice("b64".into()),
            ),
            (r#"{"alg":"HS256","b64":false}"#, CriticalProblem::Unnamed),
        ] {
            assert_eq!(critical(header), problem, "{header}");
        }
        assert_eq!(
            error(r#"{"alg":"HS256","b64":false,"crit":["b64"]}"#),
            TokenError::UnencodedPayload
        );
        Compact::parse(&token(r#"{"alg":"HS256","b64":true,"crit":["b64"]}"#)).unwrap();
        assert_eq!(error(r#"{"alg":7}"#), TokenError::NoAlgorithm);
        let ill_typed = error(r#"{"alg":"HS256","kid":["a"]}"#);
        assert_eq!(ill_typed, TokenError::HeaderType("kid"));
        assert!(matches!(
            error(r#"{"alg":"HS256"} "x""#),
            TokenError::NotJson { .. }
        ));
    }

    proptest! {
        #[test]
        fn never_panics(text in "[A-Za-z0-9_.=-]{0,60}|.{0,40}") {
            let _checked = Compact::parse(&text).is_ok();
        }
    }
}
