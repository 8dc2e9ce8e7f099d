//! What a message says about its own signature: parameters, each once.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::Named;
use crate::request::message::Message;

/// A signature with its parameters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// `keyId`
    pub key_id: String,
    /// `algorithm`, as written.
    pub algorithm: Option<String>,
    /// `headers`, in lower case; what the draft takes in its place where it is absent.
    pub headers: Vec<String>,
    /// `created`, as written.
    pub created: Option<String>,
    /// `expires`, as written.
    pub expires: Option<String>,
    /// The bytes of `signature`.
    pub signature: Vec<u8>,
}

/// Why a message's own words cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClaimError {
    /// There is none.
    #[error("the message has neither `Signature` nor `Authorization: Signature`")]
    Missing,
    /// A message of RFC 9421.
    #[error("the message has `Signature-Input`: it is signed by RFC 9421, not by draft-cavage")]
    Rfc9421,
    /// In two places.
    #[error("the message has more than one signature of this kind")]
    Twice,
    /// A parameter is there twice (§2.2).
    #[error("the parameter `{0}` is there twice")]
    Repeated(String),
    /// A parameter that must be there is not.
    #[error("the parameter `{0}` is missing")]
    Absent(&'static str),
    /// It cannot be read.
    #[error("`{place}` cannot be read as parameters: {problem}")]
    Malformed {
        /// The field.
        place: &'static str,
        /// What is wrong.
        problem: String,
    },
}

/// Reads the claim of a message.
pub(super) fn read(message: &Message) -> Result<Claim, ClaimError> {
    if message.values("signature-input").next().is_some() {
        return Err(ClaimError::Rfc9421);
    }
    let own = message
        .values("signature")
        .map(|value| ("Signature", value));
    let authorization = message.values("authorization").filter_map(|value| {
        let (scheme, rest) = value.split_at_checked("signature ".len())?;
        scheme
            .eq_ignore_ascii_case(b"signature ")
            .then_some(("Authorization", rest))
    });
    let mut found = own.chain(authorization);
    let (place, value) = found.next().ok_or(ClaimError::Missing)?;
    if found.next().is_some() {
        return Err(ClaimError::Twice);
    }
    let malformed = |problem: &str| ClaimError::Malformed {
        place,
        problem: problem.to_owned(),
    };
    let text = std::str::from_utf8(value).map_err(|_| malformed("it is not text"))?;
    claim(parameters(text, place)?, malformed)
}

fn claim(
    parameters: Vec<(String, String)>,
    malformed: impl Fn(&str) -> ClaimError,
) -> Result<Claim, ClaimError> {
    let find = |name: &str| {
        let found = parameters.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.clone())
    };
    let signature = find("signature").ok_or(ClaimError::Absent("signature"))?;
    let signature = STANDARD.decode(&signature).ok();
    let signature = signature.filter(|bytes| !bytes.is_empty());
    let algorithm = find("algorithm");
    let headers = match find("headers") {
        Some(list) => {
            let names: Vec<String> = list.split(' ').map(str::to_ascii_lowercase).collect();
            // §2.1.6: an empty list is not the absence of one.
            if names.iter().any(String::is_empty) {
                return Err(malformed("`headers` holds an empty name"));
            }
            names
        }
        // §2.1.6; where `(created)` cannot be signed, `date` is (appendix C.1).
        None => {
            let named = algorithm.as_deref().and_then(Named::from_name);
            let created = named.is_none_or(Named::allows_times);
            vec![if created { "(created)" } else { "date" }.to_owned()]
        }
    };
    Ok(Claim {
        key_id: find("keyId").ok_or(ClaimError::Absent("keyId"))?,
        algorithm,
        headers,
        created: find("created"),
        expires: find("expires"),
        signature: signature.ok_or_else(|| malformed("`signature` is not base64"))?,
    })
}

/// `name="value"` or `name=value`, with commas between.
fn parameters(text: &str, place: &'static str) -> Result<Vec<(String, String)>, ClaimError> {
    let malformed = |problem: String| ClaimError::Malformed { place, problem };
    let mut found: Vec<(String, String)> = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let (name, after) = rest
            .split_once('=')
            .ok_or_else(|| malformed(format!("`{rest}` has no value")))?;
        let name = name.trim_end();
        let plain = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if !plain {
            return Err(malformed(format!("`{name}` is no name")));
        }
        let (value, after) = match after.strip_prefix('"') {
            Some(quoted) => {
                // None of the draft's values holds a quote or a backslash.
                let (value, after) = quoted
                    .split_once('"')
                    .filter(|(value, _)| !value.contains('\\'))
                    .ok_or_else(|| malformed(format!("the value of `{name}` does not end")))?;
                (value, after.trim_start())
            }
            None => {
                let end = after.find(',').unwrap_or(after.len());
                let (value, after) = after.split_at(end);
                (value.trim_end(), after)
            }
        };
        if found.iter().any(|(known, _)| known == name) {
            return Err(ClaimError::Repeated(name.to_owned()));
        }
        found.push((name.to_owned(), value.to_owned()));
        rest = match after.strip_prefix(',') {
            Some(after) => after.trim_start(),
            None if after.is_empty() => after,
            None => {
                return Err(malformed(format!(
                    "`{after}` follows the value of `{name}`"
                )));
            }
        };
    }
    Ok(found)
}
