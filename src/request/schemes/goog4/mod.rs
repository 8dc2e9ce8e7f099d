//! Google Cloud Storage's V4 signatures: AWS's own, by Google's names, with an HMAC key or a service account's RSA key.
//!
//! `GOOG4-HMAC-SHA256` and `GOOG4-RSA-SHA256` (PKCS#1 v1.5, written in hexadecimal), in `Authorization` or in a signed
//! URL. The path counts as S3's does. `x-goog-content-sha256` says what is signed of the body; without it nothing is.
//! Policy documents for forms are not read.

use std::time::Duration;

use crate::kernel::crypto::SystemRandom;
use crate::kernel::key::{Key, Material};
use crate::kernel::time::Timestamp;
use crate::request::exchange::Exchange;
use crate::request::message::{Edit, Message};
use crate::request::policy::Policy;
use crate::request::schemes::Unsigned;
use crate::request::schemes::sigv4::{
    self, Family, Form, Identity, KeyError, Payload, Rules, Settings, SignError, SigningKey,
    Variant,
};
use crate::request::verdict::{SignedText, Verdict};

#[cfg(test)]
mod tests;

/// The scheme's name.
pub const NAME: &str = "goog4";
/// How far a signature's time may be from the present, on either side.
pub const SKEW: Duration = sigv4::SKEW;
/// The location of a scope that names none.
pub const AUTO: &str = "auto";

/// The service of every scope.
const SERVICE: &str = "storage";

/// What the verifier expects beside the policy.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Expected {
    /// The location; None takes any.
    pub location: Option<String>,
}

/// How to sign.
#[derive(Debug, Clone)]
pub struct SignOptions {
    /// The access id of an HMAC key, or the address of a service account.
    pub id: String,
    /// The location, such as [`AUTO`].
    pub location: String,
    /// When.
    pub time: Timestamp,
    /// Where the signature goes.
    pub form: Form,
    /// What the header form says about the body. A signed URL says what the field `x-goog-content-sha256` does.
    pub payload: Payload,
}

/// Verifies a message.
///
/// # Errors
/// [`Unsigned`] if there is no signature to verify.
pub fn verify(
    exchange: Exchange<'_>,
    keys: &[Key],
    policy: &Policy,
    expected: &Expected,
) -> Result<Verdict, Unsigned> {
    let expected = sigv4::Expected {
        variant: None,
        region: expected.location.clone(),
        service: Some(SERVICE.to_owned()),
        rules: Some(Rules::S3),
        omit_session_token: false,
    };
    sigv4::judge(exchange, keys, policy, (Family::Google, &expected))
}

/// Signs a message: what changes in it, and what was signed.
///
/// # Errors
/// [`SignError`].
pub fn sign(
    message: &Message,
    key: &Key,
    options: &SignOptions,
    random: &SystemRandom,
) -> Result<(Edit, SignedText), SignError> {
    let (variant, signing) = match &key.material {
        Material::Secret(secret) => (Variant::Goog4Hmac, SigningKey::Secret(secret)),
        // An RSA key that is marked for PSS is for nothing else (RFC 4055 §1.2).
        Material::Private(key_of) if key.rsa_use.allows_pkcs1() => {
            (Variant::Goog4Rsa, SigningKey::Private(key_of))
        }
        Material::Private(_) | Material::Public(_) => return Err(KeyError::Kind.into()),
    };
    let identity = Identity {
        id: &options.id,
        key: signing,
        session_token: None,
    };
    let settings = Settings {
        variant,
        region: &options.location,
        service: SERVICE,
        time: options.time,
        form: options.form,
        payload: options.payload,
        sign_body: true,
        omit_session_token: false,
        rules: Rules::S3,
    };
    sigv4::sign_message(message, identity, &settings, random)
}
