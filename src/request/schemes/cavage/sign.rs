//! Signing: a `Date` and a `Digest` that are needed and not there are added, and no other byte changes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::Named;
use super::algorithm::Means;
use super::read::Claim;
use super::text::{self, TextError};
use crate::kernel::crypto::{self, DigestAlgorithm, MacKey, SystemRandom};
use crate::kernel::key::{Key, KeyKind, Material};
use crate::kernel::time::Timestamp;
use crate::request::message::{ContentError, Edit, Message, MessageError};
use crate::request::schemes::http_date;
use crate::request::verdict::SignedText;

/// What a signature is to say.
#[derive(Debug, Clone)]
pub struct SignOptions {
    /// `keyId`
    pub key_id: String,
    /// `algorithm`; None takes the one that verifiers in the field expect for the key.
    pub algorithm: Option<Named>,
    /// What is covered; empty takes `(request-target)`, `host`, the time, and the digest of a body.
    pub headers: Vec<String>,
    /// When.
    pub created: Timestamp,
    /// Until when it is good; only where the algorithm lets `(expires)` be covered.
    pub expires: Option<Timestamp>,
}

/// Why nothing was signed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignError {
    /// No signature string.
    #[error(transparent)]
    Text(#[from] TextError),
    /// There is a signature already.
    #[error("the message already has `{0}`; remove it to sign anew")]
    AlreadyThere(&'static str),
    /// A key id that cannot be written.
    #[error("a key id is not empty and holds neither `\"` nor `\\` nor control characters")]
    KeyId,
    /// The key does not go with the algorithm.
    #[error("the key is {found}, not for `{algorithm}`")]
    Key {
        /// What the key is.
        found: String,
        /// The algorithm.
        algorithm: &'static str,
    },
    /// A public key alone.
    #[error("this is a public key; signing needs the private one")]
    PublicKey,
    /// It would expire before it is made.
    #[error("the signature would expire before it is created")]
    ExpiresBeforeCreated,
    /// The private key refused.
    #[error(transparent)]
    Signature(#[from] crypto::SignError),
    /// The body cannot be read.
    #[error(transparent)]
    Content(#[from] ContentError),
    /// The message could not be read again with its new fields.
    #[error(transparent)]
    Message(#[from] MessageError),
}

/// Signs a message.
///
/// # Errors
/// [`SignError`].
pub fn sign(
    message: &Message,
    key: &Key,
    options: &SignOptions,
    random: &SystemRandom,
) -> Result<(Edit, SignedText), SignError> {
    for name in ["Signature", "Signature-Input"] {
        if message.values(name).next().is_some() {
            return Err(SignError::AlreadyThere(name));
        }
    }
    let plain = |c: char| !c.is_control() && c != '"' && c != '\\';
    if options.key_id.is_empty() || !options.key_id.chars().all(plain) {
        return Err(SignError::KeyId);
    }
    if options
        .expires
        .is_some_and(|expires| expires <= options.created)
    {
        return Err(SignError::ExpiresBeforeCreated);
    }
    let named = options.algorithm.unwrap_or_else(|| usual(key.kind()));
    let headers = headers(message, named, options);
    let mut edit = added(message, &headers, options)?;
    let claim = claim(named, headers, options);
    let edited = message.edited(&edit)?;
    let signed = text::build((&edited, None), &claim)?;
    let signature = signature(key, named, &signed.last_text(), random)?;
    edit.add("Signature", write(&claim, &signature));
    Ok((edit, signed))
}

/// What verifiers in the field expect.
fn usual(kind: KeyKind) -> Named {
    match kind {
        KeyKind::Secret => Named::HmacSha256,
        KeyKind::Rsa { .. } => Named::RsaSha256,
        KeyKind::Ec(_) | KeyKind::Ed25519 | KeyKind::X25519 => Named::Hs2019,
    }
}

fn headers(message: &Message, named: Named, options: &SignOptions) -> Vec<String> {
    if !options.headers.is_empty() {
        let names = options.headers.iter();
        return names.map(|name| name.to_ascii_lowercase()).collect();
    }
    let mut names = Vec::new();
    if message.is_request() {
        names.extend(["(request-target)", "host"]);
    }
    names.push(if named.allows_times() {
        "(created)"
    } else {
        "date"
    });
    if named.allows_times() && options.expires.is_some() {
        names.push("(expires)");
    }
    if message.has_body() {
        names.push("digest");
    }
    names.into_iter().map(str::to_owned).collect()
}

fn added(message: &Message, headers: &[String], options: &SignOptions) -> Result<Edit, SignError> {
    let mut edit = Edit::default();
    let needs = |name: &str| {
        headers.iter().any(|known| known == name) && message.values(name).next().is_none()
    };
    if needs("date") {
        edit.add("Date", http_date::write(options.created));
    }
    if needs("digest") {
        let digest = message.digests(&[DigestAlgorithm::Sha256])?.concat();
        edit.add("Digest", format!("SHA-256={}", STANDARD.encode(digest)));
    }
    Ok(edit)
}

fn claim(named: Named, headers: Vec<String>, options: &SignOptions) -> Claim {
    let covers = |name: &str| headers.iter().any(|known| known == name);
    let (created, expires) = (covers("(created)"), covers("(expires)"));
    let text = |time: Timestamp| time.unix().to_string();
    Claim {
        key_id: options.key_id.clone(),
        algorithm: Some(named.name().to_owned()),
        created: Some(text(options.created)).filter(|_| created),
        expires: options.expires.map(text).filter(|_| expires),
        headers,
        signature: Vec::new(),
    }
}

fn signature(
    key: &Key,
    named: Named,
    text: &[u8],
    random: &SystemRandom,
) -> Result<Vec<u8>, SignError> {
    let unfit = || SignError::Key {
        found: key.describe(),
        algorithm: named.name(),
    };
    let means = named.means(key).into_iter().next().ok_or_else(unfit)?;
    match (means, &key.material) {
        (Means::Mac(mac), Material::Secret(secret)) if !secret.is_empty() => {
            Ok(MacKey::new(mac, secret).sign(text))
        }
        (Means::Signature(algorithm), Material::Private(private)) => {
            Ok(crypto::sign(algorithm, private, text, random)?)
        }
        (Means::Signature(_), Material::Public(_)) => Err(SignError::PublicKey),
        _ => Err(unfit()),
    }
}

fn write(claim: &Claim, signature: &[u8]) -> String {
    let mut members = vec![format!("keyId=\"{}\"", claim.key_id)];
    members.extend(
        claim
            .algorithm
            .iter()
            .map(|name| format!("algorithm=\"{name}\"")),
    );
    members.extend(claim.created.iter().map(|time| format!("created={time}")));
    members.extend(claim.expires.iter().map(|time| format!("expires={time}")));
    members.push(format!("headers=\"{}\"", claim.headers.join(" ")));
    members.push(format!("signature=\"{}\"", STANDARD.encode(signature)));
    members.join(",")
}
