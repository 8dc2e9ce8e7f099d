//! The content key: unwrapped from what the sender sent, or made and wrapped for a recipient (RFC 7518 §4).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::algorithm::{ContentEncryption, KeyManagement, Scheme};
use super::parameters::KeyParameters;
use crate::kernel::crypto::{
    self, AeadAlgorithm, AeadInput, AesSize, Digest, DigestAlgorithm, Random, RandomError, Sealed,
    Unauthentic,
};
use crate::kernel::key::{
    Curve, Key, Material, PrivateKey, PublicKey, generate_x25519, public_jwk,
};

/// What a recipient is sent beside the ciphertext.
pub(super) struct Wrapped {
    /// The content key.
    pub(super) key: Zeroizing<Vec<u8>>,
    /// The encrypted key; empty where it is not sent.
    pub(super) encrypted_key: Vec<u8>,
    /// The header parameters that the recipient needs, in order.
    pub(super) parameters: Map<String, Value>,
}

/// Why no content key could be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum WrapError {
    /// No randomness.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// The key cannot do it.
    #[error("the key cannot be encrypted to")]
    Key,
}

/// What the sender chooses apart from the key.
pub(super) struct WrapOptions {
    pub(super) management: KeyManagement,
    pub(super) encryption: ContentEncryption,
    pub(super) iterations: u32,
    pub(super) parties: Parties,
}

/// The names of the two sides of an agreement (RFC 7518 §4.6.1.2): in the header, and part of what is derived.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parties {
    /// `apu`: who sends.
    pub sender: Vec<u8>,
    /// `apv`: who receives.
    pub recipient: Vec<u8>,
}

/// Finds the content key with a key that fits; of the wrong key, garbage or an error, which the caller does not tell
/// apart.
pub(super) fn recover(
    key: &Key,
    management: KeyManagement,
    encryption: ContentEncryption,
    sent: &KeyParameters<'_>,
) -> Result<Zeroizing<Vec<u8>>, Unauthentic> {
    let encrypted_key = sent.encrypted_key();
    let length = encryption.aead().key_length();
    let content_key = match (management.scheme(), sent, &key.material) {
        (Scheme::Direct, _, Material::Secret(secret)) => Zeroizing::new(secret.expose().to_vec()),
        (Scheme::Wrap(size), _, Material::Secret(secret)) => {
            crypto::unwrap_key(size, secret.expose(), encrypted_key)?
        }
        (Scheme::GcmWrap(size), KeyParameters::Gcm { iv, tag, .. }, Material::Secret(secret)) => {
            let input = AeadInput {
                key: secret.expose(),
                iv,
                aad: &[],
            };
            let sealed = Sealed {
                ciphertext: encrypted_key.to_vec(),
                tag: tag.clone(),
            };
            AeadAlgorithm::Gcm(size).open(input, &sealed)?
        }
        (
            Scheme::Password(mac, size),
            KeyParameters::Password {
                salt, iterations, ..
            },
            Material::Secret(password),
        ) => {
            let salt = salt_input(management, salt);
            let work = (salt.as_slice(), *iterations);
            let with = crypto::pbkdf2(mac, password.expose(), work, size.bytes());
            crypto::unwrap_key(size, &with.ok_or(Unauthentic)?, encrypted_key)?
        }
        (
            Scheme::Agree(wrap),
            KeyParameters::Agreement { epk, parties, .. },
            Material::Private(own),
        ) => {
            let shared = crypto::agree(own, epk).ok_or(Unauthentic)?;
            match wrap {
                None => derive(&shared, encryption.name(), parties, length),
                Some(size) => {
                    let with = derive(&shared, management.name(), parties, size.bytes());
                    crypto::unwrap_key(size, &with, encrypted_key)?
                }
            }
        }
        (Scheme::Rsa, _, Material::Private(own)) => {
            super::rsa::recover(own, management, encrypted_key, length)?
        }
        _ => return Err(Unauthentic),
    };
    if content_key.len() == length {
        Ok(content_key)
    } else {
        Err(Unauthentic)
    }
}

/// Makes a content key for a key that fits. The randomness is asked for the content key first, then for what wraps it.
pub(super) fn make(
    key: &Key,
    options: &WrapOptions,
    random: &impl Random,
) -> Result<Wrapped, WrapError> {
    let encryption = options.encryption;
    let drawn = |length: usize| -> Result<Zeroizing<Vec<u8>>, RandomError> {
        let mut bytes = Zeroizing::new(vec![0; length]);
        random.fill(&mut bytes)?;
        Ok(bytes)
    };
    let new_key = || drawn(encryption.aead().key_length());
    let management = options.management;
    match (management.scheme(), &key.material) {
        (Scheme::Direct, Material::Secret(secret)) => Ok(Wrapped {
            key: Zeroizing::new(secret.expose().to_vec()),
            encrypted_key: Vec::new(),
            parameters: Map::new(),
        }),
        (Scheme::Wrap(size), Material::Secret(secret)) => {
            wrapped(new_key()?, (size, secret.expose()), Map::new())
        }
        (Scheme::GcmWrap(size), Material::Secret(secret)) => {
            let key = new_key()?;
            gcm_wrapped(key, (size, secret.expose()), &drawn(12)?)
        }
        (Scheme::Password(mac, size), Material::Secret(password)) => {
            let key = new_key()?;
            let salt = drawn(16)?;
            let input = salt_input(management, &salt);
            let work = (input.as_slice(), options.iterations);
            let with = crypto::pbkdf2(mac, password.expose(), work, size.bytes());
            let mut parameters = Map::new();
            parameters.insert("p2s".into(), encoded(&salt));
            parameters.insert("p2c".into(), options.iterations.into());
            wrapped(key, (size, &with.ok_or(WrapError::Key)?), parameters)
        }
        (Scheme::Agree(wrap), _) => {
            let public = key.public().ok_or(WrapError::Key)?;
            let content_key = wrap.map(|_| new_key()).transpose()?;
            let ephemeral = ephemeral(&public, random)?;
            let shared = crypto::agree(&ephemeral, &public).ok_or(WrapError::Key)?;
            let parameters = agreement_parameters(&ephemeral, &options.parties)?;
            match (wrap, content_key) {
                (Some(size), Some(content_key)) => {
                    let name = management.name();
                    let with = derive(&shared, name, &options.parties, size.bytes());
                    wrapped(content_key, (size, &with), parameters)
                }
                _ => Ok(Wrapped {
                    key: derive(
                        &shared,
                        encryption.name(),
                        &options.parties,
                        encryption.aead().key_length(),
                    ),
                    encrypted_key: Vec::new(),
                    parameters,
                }),
            }
        }
        (Scheme::Rsa, _) => {
            let public = key.public().ok_or(WrapError::Key)?;
            let content_key = new_key()?;
            let encrypted_key = super::rsa::encrypt(&public, management, &content_key);
            Ok(Wrapped {
                encrypted_key: encrypted_key.ok_or(WrapError::Key)?,
                key: content_key,
                parameters: Map::new(),
            })
        }
        _ => Err(WrapError::Key),
    }
}

fn encoded(octets: &[u8]) -> Value {
    URL_SAFE_NO_PAD.encode(octets).into()
}

fn wrapped(
    key: Zeroizing<Vec<u8>>,
    (size, with): (AesSize, &[u8]),
    parameters: Map<String, Value>,
) -> Result<Wrapped, WrapError> {
    Ok(Wrapped {
        encrypted_key: crypto::wrap_key(size, with, &key).ok_or(WrapError::Key)?,
        key,
        parameters,
    })
}

fn gcm_wrapped(
    key: Zeroizing<Vec<u8>>,
    (size, with): (AesSize, &[u8]),
    iv: &[u8],
) -> Result<Wrapped, WrapError> {
    let input = AeadInput {
        key: with,
        iv,
        aad: &[],
    };
    let sealed = AeadAlgorithm::Gcm(size).seal(input, &key);
    let sealed = sealed.ok_or(WrapError::Key)?;
    let mut parameters = Map::new();
    parameters.insert("tag".into(), encoded(&sealed.tag));
    parameters.insert("iv".into(), encoded(iv));
    Ok(Wrapped {
        key,
        encrypted_key: sealed.ciphertext,
        parameters,
    })
}

fn ephemeral(public: &PublicKey, random: &impl Random) -> Result<PrivateKey, WrapError> {
    match public {
        PublicKey::Ec {
            curve: curve @ (Curve::P256 | Curve::P384 | Curve::P521),
            ..
        } => Ok(crypto::ec_from_random(*curve, random)?),
        PublicKey::X25519(_) => Ok(generate_x25519(random)?),
        _ => Err(WrapError::Key),
    }
}

fn agreement_parameters(
    ephemeral: &PrivateKey,
    parties: &Parties,
) -> Result<Map<String, Value>, WrapError> {
    let public = Key::bare(Material::Public(ephemeral.public()));
    let mut parameters = Map::new();
    parameters.insert("epk".into(), public_jwk(&public).ok_or(WrapError::Key)?);
    for (name, party) in [("apu", &parties.sender), ("apv", &parties.recipient)] {
        if !party.is_empty() {
            parameters.insert(name.into(), encoded(party));
        }
    }
    Ok(parameters)
}

/// RFC 7518 §4.8.1.1: the name of the algorithm, a zero, the salt.
fn salt_input(management: KeyManagement, salt: &[u8]) -> Vec<u8> {
    [management.name().as_bytes(), &[0], salt].concat()
}

/// The Concat KDF (SP 800-56A §5.8.1) as RFC 7518 §4.6.2 fills it in.
fn derive(shared: &[u8], algorithm: &str, parties: &Parties, length: usize) -> Zeroizing<Vec<u8>> {
    let number = |value: usize| u32::try_from(value).unwrap_or(u32::MAX).to_be_bytes();
    let mut key = Zeroizing::new(Vec::with_capacity(length + 32));
    for round in 1_u32.. {
        if key.len() >= length {
            break;
        }
        let mut digest = Digest::new(DigestAlgorithm::Sha256);
        digest.update(&round.to_be_bytes());
        digest.update(shared);
        for field in [algorithm.as_bytes(), &parties.sender, &parties.recipient] {
            digest.update(&number(field.len()));
            digest.update(field);
        }
        digest.update(&number(length * 8));
        key.extend_from_slice(&Zeroizing::new(digest.finish()));
    }
    key.truncate(length);
    key
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::key::{Expected, LoadOptions, load};

    // RFC 7518 appendix C
    #[test]
    fn derives_what_rfc_7518_appendix_c_does() {
        let jwk = |text: &str| {
            let set = load(text.as_bytes(), LoadOptions::plain(Expected::Verification));
            set.unwrap().keys.remove(0)
        };
        let alice = jwk(
            r#"{"kty":"EC","crv":"P-256","x":"gI0GAILBdu7T53akrFmMyGcsF3n5dO7MmwNBHKW5SV0",
                "y":"SLW_xSffzlPWrHEVI30DHM_4egVwt3NQqeUD7nMFpps",
                "d":"0_NxaRPUMQoAJt50Gz8YiTr8gRTwyEaCumd-MToTmIo"}"#,
        );
        let bob = jwk(
            r#"{"kty":"EC","crv":"P-256","x":"weNJy2HscCSM6AEDTDg04biOvhFhyyWvOHQfeF_PxMQ",
                "y":"e8lnCO-AlStT-NJVX-crhB7QRYhiix03illJOVAOyck",
                "d":"VEmDZpDXXK8p8N0Cndsxs924q6nS1RXFASRl6BfUqdw"}"#,
        );
        let Material::Private(alice) = &alice.material else {
            panic!("the example has a private key");
        };
        let shared = crypto::agree(alice, &bob.public().unwrap()).unwrap();
        let parties = Parties {
            sender: b"Alice".to_vec(),
            recipient: b"Bob".to_vec(),
        };
        let key = derive(&shared, "A128GCM", &parties, 16);
        assert_eq!(URL_SAFE_NO_PAD.encode(&*key), "VqqN6vgjbSBcIijNcacQGg");
    }
}
