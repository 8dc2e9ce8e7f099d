//! Alibaba Cloud's request signature, version 3: `ACS3-HMAC-SHA256` in `Authorization`.
//!
//! A canonical request as AWS's, without a scope: the secret itself is the key. The time is the field `x-acs-date`, and
//! counts only if that is signed. In the query `+` is a space, as Alibaba's libraries send it. What those leave open is
//! an error: a parameter twice, and a parameter's name that needs escapes.
//! <https://www.alibabacloud.com/help/en/sdk/product-overview/v3-request-structure-and-signature>

mod sign;
#[cfg(test)]
mod tests;
mod text;
mod verify;

use std::time::Duration;

pub use sign::{SignError, SignOptions, sign};
pub use text::TextError;
pub use verify::verify;

/// The scheme's name.
pub const NAME: &str = "aliyun";
/// The algorithm's name in the message.
pub const ALGORITHM: &str = "ACS3-HMAC-SHA256";
/// How far a signature's time may be from the present, on either side.
pub const SKEW: Duration = Duration::from_secs(900);

/// The field with the time.
const DATE: &str = "x-acs-date";
/// The field with the hash of the body.
const CONTENT_SHA256: &str = "x-acs-content-sha256";
/// The field with the nonce.
const NONCE: &str = "x-acs-signature-nonce";
/// How the names of fields begin that must all be signed.
const PREFIX: &str = "x-acs-";
