//! `jwt inspect --decrypt-key`: what lies inside an encrypted token.

use crate::cli::error::Failure;
use crate::cli::jwt::decryption;
use crate::jwt::jwe::{self, Encrypted};
use crate::kernel::key::Key;

/// What lies inside an encrypted token, a token or whatever else was encrypted, and how it was opened. None for what is
/// not encrypted.
pub(super) fn open(token: &str, keys: &[Key]) -> Result<Option<(String, String)>, Failure> {
    let mut opened = None;
    for _ in 0..jwe::MAX_DEPTH {
        let (token, way) = match &opened {
            None => (token, String::new()),
            Some((token, way)) => (String::as_str(token), format!("{way}, ")),
        };
        if !jwe::is_encrypted(token) {
            break;
        }
        let message = Encrypted::parse(token).map_err(|error| {
            Failure::input(error.to_string()).context("the token cannot be decrypted")
        })?;
        let layer = jwe::decrypt(&message, keys, &jwe::Limits::default()).map_err(|closed| {
            let error = jwe::UnsealError::Closed(closed);
            let failure =
                Failure::input(error.to_string()).context("the token cannot be decrypted");
            decryption::fates(&error).fold(failure, Failure::hint)
        })?;
        let way = format!("{way}{}", decryption::describe(&layer));
        opened = Some((String::from_utf8_lossy(&layer.plaintext).into_owned(), way));
    }
    Ok(opened)
}
