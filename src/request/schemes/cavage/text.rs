//! The signature string: one line a name, LF between them (§2.3).

use super::Named;
use super::read::Claim;
use crate::request::message::Message;
use crate::request::verdict::{Part, Section, SignedText};

/// Why there is no signature string.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// A covered field is not there (§2.3: an error, never an empty value).
    #[error("the field `{0}` is covered and not in the message")]
    Absent(String),
    /// A parameter that is covered is not there.
    #[error("`({0})` is covered and there is no such parameter")]
    NoParameter(&'static str),
    /// A time under an algorithm that does not allow it.
    #[error("`({name})` cannot be signed with `{algorithm}`")]
    NotAllowed {
        /// `created` or `expires`.
        name: &'static str,
        /// The algorithm.
        algorithm: String,
    },
    /// A name in brackets that the draft does not know.
    #[error("there is no `{0}`")]
    Unknown(String),
    /// `(request-target)` of a response.
    #[error("a response has no `(request-target)`")]
    Response,
}

/// Builds the signature string of a claim. Where an authority is stated to be the client's, it stands in place of `host`.
pub(super) fn build(
    (message, stated): (&Message, Option<&str>),
    claim: &Claim,
) -> Result<SignedText, TextError> {
    let last = claim.headers.len().saturating_sub(1);
    let mut parts = Vec::with_capacity(claim.headers.len());
    for (index, name) in claim.headers.iter().enumerate() {
        let mut bytes = format!("{name}: ").into_bytes();
        bytes.extend(value((message, stated), claim, name)?);
        if index < last {
            bytes.push(b'\n');
        }
        parts.push(Part::Bytes {
            bytes,
            origin: origin(name),
        });
    }
    Ok(SignedText::Sections(vec![Section {
        title: "signature string",
        parts,
    }]))
}

fn origin(name: &str) -> String {
    match name {
        "(request-target)" => "the method in lower case, and the target".to_owned(),
        "(created)" | "(expires)" => "a parameter of the signature".to_owned(),
        name => format!("the field `{name}`"),
    }
}

fn value(
    (message, stated): (&Message, Option<&str>),
    claim: &Claim,
    name: &str,
) -> Result<Vec<u8>, TextError> {
    match name {
        "(request-target)" => {
            let (method, target) = message
                .method()
                .zip(message.target())
                .ok_or(TextError::Response)?;
            let target = path_and_query(target);
            Ok(format!("{} {target}", method.to_ascii_lowercase()).into_bytes())
        }
        "(created)" => time(claim, "created", claim.created.as_ref()),
        "(expires)" => time(claim, "expires", claim.expires.as_ref()),
        name if name.starts_with('(') => Err(TextError::Unknown(name.to_owned())),
        name => {
            if let Some(stated) = stated.filter(|_| name == "host") {
                return Ok(stated.as_bytes().to_vec());
            }
            let values: Vec<&[u8]> = message.values(name).collect();
            if values.is_empty() {
                return Err(TextError::Absent(name.to_owned()));
            }
            Ok(values.join(&b", "[..]))
        }
    }
}

fn time(claim: &Claim, name: &'static str, value: Option<&String>) -> Result<Vec<u8>, TextError> {
    let algorithm = claim.algorithm.as_deref().unwrap_or("hs2019");
    let allowed = Named::from_name(algorithm).is_none_or(Named::allows_times);
    if !allowed {
        let algorithm = algorithm.to_owned();
        return Err(TextError::NotAllowed { name, algorithm });
    }
    let value = value.ok_or(TextError::NoParameter(name))?;
    Ok(value.clone().into_bytes())
}

/// The `:path` of a target: what follows the authority.
fn path_and_query(target: &str) -> String {
    match target.split_once("://") {
        Some((_, rest)) if !target.starts_with('/') => match rest.find(['/', '?']) {
            Some(at) if rest.get(at..).is_some_and(|rest| rest.starts_with('?')) => {
                format!("/{}", rest.get(at..).unwrap_or_default())
            }
            Some(at) => rest.get(at..).unwrap_or_default().to_owned(),
            None => "/".to_owned(),
        },
        _ => target.to_owned(),
    }
}
