//! Signing HTTP Messages, draft-cavage-http-signatures-12: what came before RFC 9421, for those who migrate.
//!
//! The signature stands in `Signature` or in `Authorization: Signature`, over a list of lines `name: value`. A
//! message with `Signature-Input` is RFC 9421's and is not looked at (RFC 9421 appendix A).

mod algorithm;
mod read;
mod sign;
mod text;
mod verify;

pub use algorithm::Named;
pub use read::{Claim, ClaimError};
pub use sign::{SignError, SignOptions, sign};
pub use text::TextError;
pub(crate) use verify::matches_text;
pub use verify::verify;

use crate::request::message::Message;

/// What the signature of a message covers, in the draft's words.
///
/// # Errors
/// [`ClaimError`].
pub fn covered(message: &Message) -> Result<Vec<String>, ClaimError> {
    read::read(message).map(|claim| claim.headers)
}

/// The scheme's name.
pub const NAME: &str = "draft-cavage";

#[cfg(test)]
mod tests;
