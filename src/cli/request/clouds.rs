//! Signing for the clouds that are not AWS: what each needs of the flags.

use std::time::Duration;

use super::signer::{Signer, refused};
use crate::cli::env::Env;
use crate::cli::error::Failure;
use crate::kernel::key::Key;
use crate::request::{Edit, Message, SignedText, aliyun, azure, goog4, sigv4, tencent};

/// Signs for Google Cloud Storage.
pub(super) fn google(
    signer: &Signer,
    env: &Env,
    (message, expected): (&Message, &goog4::Expected),
) -> Result<(Edit, SignedText), Failure> {
    let flags = &signer.flags;
    let (key, id) = key(signer, "goog4", "the access id or the service account")?;
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

/// Signs for Tencent Cloud.
pub(super) fn tencent(
    signer: &Signer,
    env: &Env,
    (message, expected): (&Message, &tencent::Expected),
) -> Result<(Edit, SignedText), Failure> {
    let (key, id) = key(signer, "tencent", "the secret id")?;
    let service = expected.service.as_deref().ok_or_else(|| {
        Failure::usage("a signature of tencent needs its service").hint("add `--service cvm`")
    })?;
    let options = tencent::SignOptions {
        secret_id: &id,
        service,
        time: signer.time(env),
        headers: covered(signer),
        unsigned_payload: signer.flags.unsigned_payload,
        token: signer.session_token.as_ref(),
    };
    tencent::sign(message, key, &options).map_err(refused)
}

/// Signs for Alibaba Cloud.
pub(super) fn aliyun(
    signer: &Signer,
    env: &Env,
    message: &Message,
) -> Result<(Edit, SignedText), Failure> {
    let (key, id) = key(signer, "aliyun", "the access key id")?;
    let nonce = signer.nonce(env)?.ok_or_else(|| {
        Failure::usage("a signature of aliyun needs a nonce").hint("leave out `--no-nonce`")
    })?;
    let options = aliyun::SignOptions {
        access_key_id: &id,
        time: signer.time(env),
        nonce: &nonce,
        headers: covered(signer),
        token: signer.session_token.as_ref(),
    };
    aliyun::sign(message, key, &options).map_err(refused)
}

/// Signs for Azure Storage.
pub(super) fn azure(
    signer: &Signer,
    env: &Env,
    message: &Message,
) -> Result<(Edit, SignedText), Failure> {
    let (key, account) = key(signer, "azure", "the account's name")?;
    let options = azure::SignOptions {
        account: &account,
        time: signer.time(env),
    };
    azure::sign(message, key, &options).map_err(refused)
}

/// The names of the fields that the flags want covered.
fn covered(signer: &Signer) -> Vec<String> {
    let components = signer.flags.cover.iter();
    let names = components.map(|component| component.identifier().trim_matches('"').to_owned());
    names.collect()
}

/// The one key with its id.
fn key<'a>(signer: &'a Signer, scheme: &str, what: &str) -> Result<(&'a Key, String), Failure> {
    let key = signer.only_key()?;
    let id = signer.key_id(key).ok_or_else(|| {
        Failure::usage(format!("a signature of {scheme} needs {what}")).hint("add `--key-id ID`")
    })?;
    Ok((key, id))
}
