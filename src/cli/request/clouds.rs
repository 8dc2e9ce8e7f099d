//! Signing for the clouds that are not AWS: what each needs of the flags.

use std::time::Duration;

use super::signer::{Signer, refused};
use crate::cli::env::Env;
use crate::cli::error::Failure;
use crate::kernel::key::Key;
use crate::request::{Edit, Message, SignedText, goog4, sigv4};

/// Signs for Google Cloud Storage.
pub(super) fn google(
    signer: &Signer,
    env: &Env,
    (message, expected): (&Message, &goog4::Expected),
) -> Result<(Edit, SignedText), Failure> {
    let (key, id) = key(signer, "goog4", "the access id or the service account")?;
    let flags = &signer.flags;
    let lifetime = flags.expires_in.unwrap_or(Duration::from_secs(900));
    let options = goog4::SignOptions {
        id,
        location: expected.location.clone().unwrap_or(goog4::AUTO.to_owned()),
        time: signer.time(env),
        form: if flags.presign {
            sigv4::Form::Query {
                expires: lifetime.as_secs(),
            }
        } else {
            sigv4::Form::Header
        },
        payload: if flags.unsigned_payload || flags.presign {
            sigv4::Payload::Unsigned
        } else {
            sigv4::payload_of(message).map_err(|error| Failure::input(error.to_string()))?
        },
    };
    goog4::sign(message, key, &options, &env.random).map_err(refused)
}

/// The one key with its id.
fn key<'a>(signer: &'a Signer, scheme: &str, what: &str) -> Result<(&'a Key, String), Failure> {
    let key = signer.only_key()?;
    let id = signer.key_id(key).ok_or_else(|| {
        Failure::usage(format!("a signature of {scheme} needs {what}")).hint("add `--key-id ID`")
    })?;
    Ok((key, id))
}
