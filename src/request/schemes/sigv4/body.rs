//! What stands for the body in the canonical request, and whether it is the body's.

use super::canonical::Parts;
use super::claim::{self, Claim, ClaimError};
use super::sign::Payload;
use super::{Family, STREAMING, UNSIGNED_PAYLOAD, is_s3};
use crate::kernel::crypto::{DigestAlgorithm, equal, hex, unhex};
use crate::request::message::Message;
use crate::request::policy::{Policy, Required};
use crate::request::verdict::BodyBinding;

/// The hash of a message's body, as a payload.
///
/// # Errors
/// [`crate::request::ContentError`] if the body cannot be read.
pub fn payload_of(message: &Message) -> Result<Payload, crate::request::ContentError> {
    let digest = message.digests(&[DigestAlgorithm::Sha256])?.concat();
    let digest = <[u8; 32]>::try_from(digest.as_slice());
    Ok(Payload::Sha256(digest.expect("SHA-256 has 32 bytes")))
}

/// What the message says in place of the body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::request::schemes) enum Claimed {
    /// Nothing: the service hashes the body itself.
    Nothing,
    /// A hash in `x-amz-content-sha256`.
    Hash(String),
    /// A text that is no hash, such as `UNSIGNED-PAYLOAD`.
    Text(String),
}

/// Reads it.
///
/// # Errors
/// [`ClaimError`] if the field is there twice or no text.
pub(super) fn payload(parts: &Parts<'_>, claim: &Claim) -> Result<Claimed, ClaimError> {
    let family = claim.variant.family();
    Ok(match claim::only(parts, family.names().content_sha256)? {
        Some(text) if unhex(text.as_bytes()).is_some_and(|hash| hash.len() == 32) => {
            Claimed::Hash(text.to_owned())
        }
        Some(text) => Claimed::Text(text.to_owned()),
        // Google Cloud Storage takes the field's word or none.
        None if family == Family::Google => Claimed::Text(UNSIGNED_PAYLOAD.to_owned()),
        // S3 cannot know the body of a presigned URL beforehand.
        None if claim.expires.is_some() && is_s3(&claim.scope.service) => {
            Claimed::Text(UNSIGNED_PAYLOAD.to_owned())
        }
        None => Claimed::Nothing,
    })
}

/// How the body is bound, and the text that stands for it in the canonical request.
pub(in crate::request::schemes) fn body(
    message: &Message,
    (claimed, place): (&Claimed, &'static str),
    policy: &Policy,
) -> (BodyBinding, Result<String, String>) {
    if let Claimed::Text(text) = claimed {
        let why = if text == UNSIGNED_PAYLOAD {
            format!("`{UNSIGNED_PAYLOAD}`: the signer left it out")
        } else if text.starts_with(STREAMING) {
            format!("`{text}`: it is signed in chunks or in its trailer, which is not checked here")
        } else {
            format!("{place} is `{text}`, which is no hash in lower case")
        };
        let refused = message.has_body() && policy.required == Required::Default;
        return (BodyBinding::Unsigned { why, refused }, Ok(text.clone()));
    }
    let computed = match message.digests(&[DigestAlgorithm::Sha256]) {
        Ok(digests) => hex(&digests.concat()),
        Err(error) => {
            let why = error.to_string();
            return (BodyBinding::Unreadable(error.0), Err(why));
        }
    };
    match claimed {
        Claimed::Hash(hash) if !equal(hash.as_bytes(), computed.as_bytes()) => {
            (BodyBinding::HashMismatch { place }, Ok(hash.clone()))
        }
        _ => (BodyBinding::Signed, Ok(computed)),
    }
}
