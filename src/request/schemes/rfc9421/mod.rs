//! HTTP Message Signatures (RFC 9421).

mod accept;
mod fields;
mod sign;
mod verify;

pub use accept::{AcceptError, Wish, wishes};
pub(crate) use fields::read as read_signatures;
pub use fields::{SignatureFields, SignatureFieldsError};
pub use sign::{SignError, SignOptions, Signed, default_components, sign};
pub(crate) use verify::matches_text;
pub use verify::verify;

/// The scheme's name.
pub const NAME: &str = "rfc9421";
