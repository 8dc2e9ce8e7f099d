//! Azure Storage's Shared Key, for blobs, queues and files.
//!
//! `Authorization: SharedKey ACCOUNT:SIGNATURE` over eleven fields, all of `x-ms-*`, and the resource. The key of an
//! account is base64, and so is the signature. `Host` is not signed: the account's name is. Shared Key Lite and the form
//! of tables are not read. Where Microsoft's libraries contradict each other the message is refused with the reason: both
//! `Date` and `x-ms-date`, a bare `+` in the query.
//! <https://learn.microsoft.com/en-us/rest/api/storageservices/authorize-with-shared-key>

mod sign;
#[cfg(test)]
mod tests;
mod text;
mod verify;

use std::time::Duration;

pub use sign::{SignError, SignOptions, sign};
pub use text::TextError;
pub use verify::verify;

use crate::kernel::crypto::{MacAlgorithm, MacKey};
use crate::kernel::key::{Key, Material};
use crate::kernel::secret::Secret;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The scheme's name.
pub const NAME: &str = "azure";
/// What stands before the account.
pub const ALGORITHM: &str = "SharedKey";
/// How far a signature's time may be from the present, on either side.
pub const SKEW: Duration = Duration::from_secs(900);

/// Why a key is not an account's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Not a secret.
    #[error("an account's key is a shared secret; this is {0}")]
    Kind(String),
    /// Not base64, or nothing at all.
    #[error("an account's key is written in base64, and this is not; leave it as Azure shows it")]
    Base64,
}

fn mac_key(key: &Key) -> Result<MacKey, KeyError> {
    let Material::Secret(secret) = &key.material else {
        return Err(KeyError::Kind(key.describe()));
    };
    let text = secret.expose().trim_ascii();
    let bytes = STANDARD.decode(text).map_err(|_| KeyError::Base64)?;
    let bytes = Secret::new(bytes);
    if bytes.is_empty() {
        return Err(KeyError::Base64);
    }
    Ok(MacKey::new(MacAlgorithm::HmacSha256, &bytes))
}

/// Whether a text is the name of an account: it stands before the path, and must not be taken for a part of it.
fn is_account(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !text.is_empty() && text.bytes().all(fits)
}
