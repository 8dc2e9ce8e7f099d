//! Signing: `x-ms-date` unless there is a `Date`, and the signature.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::text::{self, TextError, X_DATE};
use super::{ALGORITHM, KeyError, is_account, mac_key};
use crate::kernel::key::Key;
use crate::kernel::time::Timestamp;
use crate::request::message::{Edit, Message};
use crate::request::schemes::http_date;
use crate::request::schemes::sigv4::parts;
use crate::request::verdict::SignedText;

/// How to sign.
#[derive(Debug, Clone)]
pub struct SignOptions<'a> {
    /// The account's name.
    pub account: &'a str,
    /// When; a `Date` in the message stands in its place.
    pub time: Timestamp,
}

/// Why nothing was signed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignError {
    /// No string-to-sign.
    #[error(transparent)]
    Text(#[from] TextError),
    /// No key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// A response.
    #[error("this is a response; only requests are signed in this way")]
    NotARequest,
    /// Something that signing adds is there already.
    #[error("the request already has the field `{0}`; remove it to sign anew")]
    AlreadyThere(&'static str),
    /// A body whose length cannot be signed.
    #[error("the request has a body and no `Content-Length`, which is signed")]
    NoLength,
    /// Not an account.
    #[error("`{0}` is not the name of an account")]
    Account(String),
}

/// Signs a message: what changes in it, and what was signed.
///
/// # Errors
/// [`SignError`].
pub fn sign(
    message: &Message,
    key: &Key,
    options: &SignOptions<'_>,
) -> Result<(Edit, SignedText), SignError> {
    let mut parts = parts(message, None).ok_or(SignError::NotARequest)?;
    let has = |name| message.values(name).next().is_some();
    for name in ["authorization", X_DATE] {
        if has(name) {
            return Err(SignError::AlreadyThere(name));
        }
    }
    if message.has_body() && !has("content-length") {
        return Err(SignError::NoLength);
    }
    if !is_account(options.account) {
        return Err(SignError::Account(options.account.to_owned()));
    }
    let mut edit = Edit::default();
    let date = http_date::write(options.time);
    if !has("date") {
        parts.fields.push((X_DATE, date.as_bytes()));
        edit.add(X_DATE, date.clone());
    }
    let signed = text::build(&parts, options.account)?;
    let signature = STANDARD.encode(mac_key(key)?.sign(&signed.last_text()));
    let account = options.account;
    edit.add(
        "Authorization",
        format!("{ALGORITHM} {account}:{signature}"),
    );
    Ok((edit, signed))
}
