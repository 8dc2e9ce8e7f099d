//! Encryption to one recipient, in the compact form (RFC 7516 §5.1). It never compresses.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use super::algorithm::{ContentEncryption, KeyManagement};
use super::content_key::{self, Parties, WrapError, WrapOptions};
use super::fitness::{Direction, Unfit, unfit};
use crate::kernel::crypto::{AeadInput, Random, RandomError};
use crate::kernel::key::Key;

/// The iterations of new PBES2 messages: what RFC 8725bis §3.13 calls current, half of what is accepted.
pub const ITERATIONS: u32 = 600_000;

/// How a content is to be encrypted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EncryptOptions {
    /// `alg`
    pub management: KeyManagement,
    /// `enc`
    pub encryption: ContentEncryption,
    /// `kid`
    pub key_id: Option<String>,
    /// `typ`
    pub typ: Option<String>,
    /// `cty`; `JWT` for a nested token (RFC 7519 §5.2).
    pub content_type: Option<String>,
    /// `p2c`, where a password is used.
    pub iterations: u32,
    /// `apu` and `apv`, where a key is agreed on.
    pub parties: Parties,
}

impl EncryptOptions {
    /// Options that name nothing but the algorithms.
    pub fn new(management: KeyManagement, encryption: ContentEncryption) -> Self {
        Self {
            management,
            encryption,
            key_id: None,
            typ: None,
            content_type: None,
            iterations: ITERATIONS,
            parties: Parties::default(),
        }
    }
}

/// Why nothing was encrypted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EncryptError {
    /// The key may not be used.
    #[error("the key `{name}` cannot be encrypted to: {reason}")]
    Unfit {
        /// The key's name.
        name: String,
        /// Why.
        reason: Unfit,
    },
    /// RSA in a build without it.
    #[error("{0} needs a build with the feature `rsa-decryption`")]
    NotBuilt(KeyManagement),
    /// RSAES-PKCS1-v1_5 is read and not written (RFC 8725bis §3.2).
    #[error("RSA1_5 is only read, never written; `RSA-OAEP-256` takes its place")]
    Legacy,
    /// Too few iterations.
    #[error("a password needs 1,000 to 1,200,000 iterations, not {0}")]
    Iterations(u32),
    /// A key that no one agrees with.
    #[error("the key `{0}` cannot be encrypted to")]
    Key(String),
    /// No randomness.
    #[error(transparent)]
    Random(#[from] RandomError),
}

/// Encrypts a content to a key. The randomness is asked for the content key, then for what wraps it (an ephemeral key, a
/// salt, a nonce), then for the initialization vector.
///
/// # Errors
/// [`EncryptError`].
pub fn encrypt(
    plaintext: &[u8],
    key: &Key,
    options: &EncryptOptions,
    random: &impl Random,
) -> Result<String, EncryptError> {
    let (management, encryption) = (options.management, options.encryption);
    check(key, options)?;
    let made = content_key::make(
        key,
        &WrapOptions {
            management,
            encryption,
            iterations: options.iterations,
            parties: options.parties.clone(),
        },
        random,
    )
    .map_err(|error| match error {
        WrapError::Random(error) => EncryptError::Random(error),
        WrapError::Key => EncryptError::Key(key.name()),
    })?;
    let mut iv = vec![0; encryption.aead().iv_length()];
    random.fill(&mut iv)?;
    let header = URL_SAFE_NO_PAD.encode(header(options, made.parameters).to_string());
    let input = AeadInput {
        key: &made.key,
        iv: &iv,
        aad: header.as_bytes(),
    };
    let sealed = encryption.aead().seal(input, plaintext);
    let sealed = sealed.ok_or_else(|| EncryptError::Key(key.name()))?;
    let parts = [&made.encrypted_key, &iv, &sealed.ciphertext, &sealed.tag];
    let parts = parts.map(|part| URL_SAFE_NO_PAD.encode(part));
    Ok(format!("{header}.{}", parts.join(".")))
}

fn check(key: &Key, options: &EncryptOptions) -> Result<(), EncryptError> {
    let management = options.management;
    if management == KeyManagement::Rsa15 {
        return Err(EncryptError::Legacy);
    }
    if !management.is_built() {
        return Err(EncryptError::NotBuilt(management));
    }
    if !(1_000..=1_200_000).contains(&options.iterations) {
        return Err(EncryptError::Iterations(options.iterations));
    }
    match unfit(key, management, options.encryption, Direction::Encrypt) {
        Some(reason) => Err(EncryptError::Unfit {
            name: key.name(),
            reason,
        }),
        None => Ok(()),
    }
}

// In the order of RFC 7520's examples, so that they can be made again.
fn header(options: &EncryptOptions, parameters: Map<String, Value>) -> Value {
    let mut header = Map::new();
    let text = |text: &Option<String>| text.as_deref().map(Value::from);
    header.insert("alg".into(), options.management.name().into());
    if let Some(id) = text(&options.key_id) {
        header.insert("kid".into(), id);
    }
    header.extend(parameters);
    for (name, value) in [("typ", &options.typ), ("cty", &options.content_type)] {
        if let Some(value) = text(value) {
            header.insert(name.into(), value);
        }
    }
    header.insert("enc".into(), options.encryption.name().into());
    header.into()
}
