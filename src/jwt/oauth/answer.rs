//! Answers of a token endpoint (RFC 6749 §5.1) and a device endpoint (RFC 8628 §3.2), read strictly.

use std::time::Duration;

use serde_json::{Map, Value};

use crate::kernel::document::Node;
use crate::kernel::json::{self, JsonError};
use crate::kernel::secret::Secret;

/// Why an answer cannot be used. Nothing of a token is repeated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AnswerError {
    /// Not UTF-8.
    #[error("it is not UTF-8")]
    NotUtf8,
    /// Not JSON.
    #[error("it is not JSON: {0}")]
    NotJson(JsonError),
    /// Not an object.
    #[error("it is {0}, not a JSON object")]
    NotAnObject(&'static str),
    /// A member twice.
    #[error("it has the member `{0}` twice")]
    Duplicate(String),
    /// A member is missing.
    #[error("it has no `{0}`")]
    Missing(&'static str),
    /// A member of the wrong type.
    #[error("`{member}` is {found}, not {wanted}")]
    Type {
        /// The member.
        member: &'static str,
        /// What it is.
        found: &'static str,
        /// What it is to be.
        wanted: &'static str,
    },
    /// A token that is of no use to the one who asked.
    #[error("`token_type` is `{found}`, not `{wanted}`")]
    TokenType {
        /// What it is.
        found: String,
        /// What was expected.
        wanted: &'static str,
    },
}

/// Tokens that a server issued.
#[derive(Debug, Clone)]
pub struct Tokens {
    /// `access_token`
    pub access: Secret,
    /// `token_type`, as written
    pub kind: String,
    /// `expires_in`
    pub life: Option<Duration>,
    /// `scope`
    pub scope: Option<String>,
    /// `refresh_token`
    pub refresh: Option<Secret>,
    /// `id_token`
    pub id: Option<Secret>,
    /// `issued_token_type` (RFC 8693 §2.2.1)
    pub issued: Option<String>,
    /// All other members.
    pub others: Map<String, Value>,
}

/// What a device shows its user.
#[derive(Debug, Clone)]
pub struct DeviceCodes {
    /// `device_code`
    pub device: Secret,
    /// `user_code`
    pub user: String,
    /// `verification_uri`
    pub place: String,
    /// `verification_uri_complete`
    pub place_with_code: Option<String>,
    /// `expires_in`
    pub life: Duration,
    /// `interval`
    pub interval: Duration,
}

/// A JSON object without duplicate members.
pub(super) struct Object(pub(super) Node);

impl Object {
    pub(super) fn read(body: &[u8]) -> Result<Self, AnswerError> {
        let text = std::str::from_utf8(body).map_err(|_| AnswerError::NotUtf8)?;
        let (root, duplicates) = json::parse_text(text).map_err(AnswerError::NotJson)?;
        if root.as_mapping().is_none() {
            return Err(AnswerError::NotAnObject(root.kind()));
        }
        match duplicates.first() {
            Some(duplicate) => Err(AnswerError::Duplicate(duplicate.key.clone())),
            None => Ok(Self(root)),
        }
    }

    pub(super) fn text(&self, member: &'static str) -> Result<Option<String>, AnswerError> {
        let Some(node) = self.0.get(member).filter(|node| !node.is_null()) else {
            return Ok(None);
        };
        let text = node.as_str().map(str::to_owned);
        text.map(Some).ok_or(AnswerError::Type {
            member,
            found: node.kind(),
            wanted: "a string",
        })
    }

    pub(super) fn needed_text(&self, member: &'static str) -> Result<String, AnswerError> {
        let text = self.text(member)?.filter(|text| !text.is_empty());
        text.ok_or(AnswerError::Missing(member))
    }

    fn secret(&self, member: &'static str) -> Result<Option<Secret>, AnswerError> {
        let text = self.text(member)?.filter(|text| !text.is_empty());
        Ok(text.map(|text| Secret::new(text.into_bytes())))
    }

    fn seconds(&self, member: &'static str) -> Result<Option<Duration>, AnswerError> {
        let Some(node) = self.0.get(member).filter(|node| !node.is_null()) else {
            return Ok(None);
        };
        // Some servers write the number as a string; its meaning is beyond doubt.
        let quoted = node.as_str().and_then(|text| text.parse().ok());
        let seconds = node.as_i64().or(quoted);
        let seconds = seconds.and_then(|seconds| u64::try_from(seconds).ok());
        let ill_typed = AnswerError::Type {
            member,
            found: node.kind(),
            wanted: "a number of seconds",
        };
        seconds
            .map(|seconds| Some(Duration::from_secs(seconds)))
            .ok_or(ill_typed)
    }
}

/// Reads tokens; `bound` says whether they must be bound to a DPoP key.
///
/// # Errors
/// [`AnswerError`].
pub fn read_tokens(body: &[u8], bound: bool) -> Result<Tokens, AnswerError> {
    const KNOWN: [&str; 7] = [
        "access_token",
        "token_type",
        "expires_in",
        "scope",
        "refresh_token",
        "id_token",
        "issued_token_type",
    ];
    let object = Object::read(body)?;
    let kind = object.needed_text("token_type")?;
    let issued = object.text("issued_token_type")?;
    // RFC 6749 §5.1: the type is compared without its case. A bearer token where a bound one was asked for would be the
    // downgrade that the proof was to prevent (RFC 9449 §5). `N_A` is what an exchange for no access token says
    // (RFC 8693 §2.2.1).
    let exchanged = issued.is_some() && kind.eq_ignore_ascii_case("n_a");
    let wanted = if bound { "DPoP" } else { "Bearer" };
    if !kind.eq_ignore_ascii_case(wanted) && !exchanged {
        return Err(AnswerError::TokenType {
            found: kind,
            wanted,
        });
    }
    let access = object.secret("access_token")?;
    let members = object.0.as_mapping().into_iter().flatten();
    Ok(Tokens {
        access: access.ok_or(AnswerError::Missing("access_token"))?,
        kind,
        life: object.seconds("expires_in")?,
        scope: object.text("scope")?,
        refresh: object.secret("refresh_token")?,
        id: object.secret("id_token")?,
        issued,
        others: members
            .filter(|entry| !KNOWN.contains(&entry.key.as_str()))
            .map(|entry| (entry.key.clone(), entry.value.to_json()))
            .collect(),
    })
}

/// Reads the answer of a device endpoint.
///
/// # Errors
/// [`AnswerError`].
pub fn read_device_codes(body: &[u8]) -> Result<DeviceCodes, AnswerError> {
    let object = Object::read(body)?;
    let device = object.secret("device_code")?;
    let life = object.seconds("expires_in")?;
    Ok(DeviceCodes {
        device: device.ok_or(AnswerError::Missing("device_code"))?,
        user: object.needed_text("user_code")?,
        place: object.needed_text("verification_uri")?,
        place_with_code: object.text("verification_uri_complete")?,
        life: life.ok_or(AnswerError::Missing("expires_in"))?,
        // RFC 8628 §3.2: five seconds where nothing is said.
        interval: object
            .seconds("interval")?
            .unwrap_or(Duration::from_secs(5)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_read_and_never_shown() {
        // RFC 6749 §5.1.
        let body =
            br#"{"access_token":"2YotnFZFEjr1zCsicMWpAA","token_type":"bearer","expires_in":3600,
            "refresh_token":"tGzv3JOkF0XG5Qx2TlKWIA","example_parameter":"example_value"}"#;
        let tokens = read_tokens(body, false).unwrap();
        assert_eq!(tokens.access.expose(), b"2YotnFZFEjr1zCsicMWpAA");
        assert_eq!(tokens.life, Some(Duration::from_secs(3600)));
        assert_eq!(tokens.others["example_parameter"], "example_value");
        let shown = format!("{tokens:?}");
        assert!(
            !shown.contains("2Yotn") && !shown.contains("tGzv3"),
            "{shown}"
        );
    }

    #[test]
    fn a_bearer_token_is_no_answer_to_a_proof() {
        let body = br#"{"access_token":"a","token_type":"Bearer"}"#;
        let error = read_tokens(body, true).unwrap_err();
        assert_eq!(error.to_string(), "`token_type` is `Bearer`, not `DPoP`");
        let body = br#"{"access_token":"a","token_type":"dpop"}"#;
        assert!(read_tokens(body, true).is_ok());
        assert!(read_tokens(body, false).is_err());
    }

    #[test]
    fn an_answer_that_is_none_is_named() {
        let table: [(&[u8], &str); 8] = [
            (b"", "not JSON"),
            (b"\xff", "not UTF-8"),
            (b"[]", "a list"),
            (b"{}", "no `token_type`"),
            (br#"{"token_type":"Bearer"}"#, "no `access_token`"),
            (
                br#"{"token_type":"Bearer","access_token":7}"#,
                "a number, not a string",
            ),
            (
                br#"{"token_type":"Bearer","access_token":"a","access_token":"b"}"#,
                "twice",
            ),
            (
                br#"{"token_type":"Bearer","access_token":"a","expires_in":-1}"#,
                "a number of seconds",
            ),
        ];
        for (body, message) in table {
            let error = read_tokens(body, false).unwrap_err().to_string();
            assert!(error.contains(message), "{error}");
        }
    }

    #[test]
    fn a_device_waits_five_seconds_unless_told_otherwise() {
        let body = br#"{"device_code":"d","user_code":"WDJB-MJHT","verification_uri":"https://example.com/device",
            "expires_in":1800}"#;
        let codes = read_device_codes(body).unwrap();
        assert_eq!(codes.interval, Duration::from_secs(5));
        assert!(read_device_codes(br#"{"device_code":"d"}"#).is_err());
    }
}
