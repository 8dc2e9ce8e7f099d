//! Every key format to one [`Key`]: PEM, DER, PKCS#8 (plain and encrypted), PKCS#1, SEC 1, JWK, JWK sets, secrets.
//!
//! A key knows what it is, so that a wrong kind can be named. Key material never prints. What ring cannot load
//! (Ed25519 PKCS#8 version 1, SEC 1, PKCS#1, over-long P-256 scalars) is unwrapped here.

mod certificate;
mod encode;
mod encrypted;
mod jwk;
mod load;
mod pss;
mod structure;
mod thumbprint;
mod validity;
mod weakness;

use std::fmt;

use zeroize::Zeroizing;

pub use certificate::{CertifiedKey, certified_key};
pub use encode::{private_jwk, thumbprint_uri, to_der, to_pem};
pub use encrypted::{EncryptedKeyError, decrypt_pkcs8, encrypt_pkcs8, encrypt_pkcs8_with};
pub use jwk::{JwkError, from_jwk, public_jwk};
pub use load::{Expected, LoadOptions, load};
pub use pss::{PssParameters, RsaUse};
pub use structure::{
    KeyDefect, certificate_key, ed25519_private, generate_ec, generate_ed25519, generate_x25519,
    private_from_pkcs8, public_from_spki,
};
pub use thumbprint::thumbprint;
pub use validity::{OutOfTime, Validity};
pub use weakness::{RsaWeakness, rsa_weaknesses, share_a_prime};

use super::secret::Secret;

/// The curves of ECDSA in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Curve {
    /// NIST P-256, secp256r1.
    P256,
    /// NIST P-384, secp384r1.
    P384,
    /// NIST P-521, secp521r1.
    P521,
    /// The curve of RFC 8812 §3.1, for ECDSA alone.
    Secp256k1,
}

impl Curve {
    /// All curves.
    pub const ALL: [Self; 4] = [Self::P256, Self::P384, Self::P521, Self::Secp256k1];

    /// The width of a coordinate, and of a scalar, in bytes.
    pub fn width(self) -> usize {
        match self {
            Self::P256 | Self::Secp256k1 => 32,
            Self::P384 => 48,
            Self::P521 => 66,
        }
    }

    /// The curve of that exact name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|curve| curve.name() == name)
    }

    /// The name as JWK writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::P256 => "P-256",
            Self::P384 => "P-384",
            Self::P521 => "P-521",
            Self::Secp256k1 => "secp256k1",
        }
    }
}

impl fmt::Display for Curve {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What kind of key it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyKind {
    /// A shared secret.
    Secret,
    /// RSA, with the size of its modulus.
    Rsa {
        /// The modulus' size in bits.
        bits: usize,
    },
    /// An elliptic curve key for ECDSA.
    Ec(Curve),
    /// Ed25519.
    Ed25519,
    /// X25519, for key agreement alone.
    X25519,
}

impl fmt::Display for KeyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Secret => f.write_str("a shared"),
            Self::Rsa { bits } => write!(f, "an RSA ({bits} bit)"),
            Self::Ec(curve) => write!(f, "a {curve}"),
            Self::Ed25519 => f.write_str("an Ed25519"),
            Self::X25519 => f.write_str("an X25519"),
        }
    }
}

/// A public key.
#[derive(Clone, PartialEq, Eq)]
pub enum PublicKey {
    /// RSA: modulus and exponent, big-endian, without leading zeros.
    Rsa {
        /// The modulus.
        n: Vec<u8>,
        /// The public exponent.
        e: Vec<u8>,
    },
    /// A point, uncompressed (SEC 1 §2.3.3).
    Ec {
        /// The curve.
        curve: Curve,
        /// `04 ‖ x ‖ y`.
        point: Vec<u8>,
    },
    /// Ed25519 (RFC 8032).
    Ed25519([u8; 32]),
    /// X25519 (RFC 7748).
    X25519([u8; 32]),
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({}, {})", self.kind(), thumbprint(self))
    }
}

impl PublicKey {
    /// What kind it is.
    pub fn kind(&self) -> KeyKind {
        match self {
            Self::Rsa { .. } => KeyKind::Rsa {
                bits: self.rsa_bits().unwrap_or(0),
            },
            Self::Ec { curve, .. } => KeyKind::Ec(*curve),
            Self::Ed25519(_) => KeyKind::Ed25519,
            Self::X25519(_) => KeyKind::X25519,
        }
    }

    /// The size of an RSA modulus in bits.
    pub fn rsa_bits(&self) -> Option<usize> {
        match self {
            Self::Rsa { n, .. } => {
                let first = n.first()?;
                Some(n.len() * 8 - first.leading_zeros() as usize)
            }
            _ => None,
        }
    }
}

/// A private key with its public part.
#[derive(Clone)]
pub enum PrivateKey {
    /// RSA.
    Rsa {
        /// The PKCS#1 `RSAPrivateKey`.
        pkcs1: Zeroizing<Vec<u8>>,
        /// Modulus and exponent.
        public: PublicKey,
    },
    /// An elliptic curve key.
    Ec {
        /// The curve.
        curve: Curve,
        /// The scalar, of the field's width.
        scalar: Zeroizing<Vec<u8>>,
        /// The public point, uncompressed.
        point: Vec<u8>,
    },
    /// Ed25519.
    Ed25519 {
        /// The seed.
        seed: Zeroizing<[u8; 32]>,
        /// The public key.
        public: [u8; 32],
    },
    /// X25519.
    X25519 {
        /// The scalar, before it is clamped (RFC 7748 §5).
        scalar: Zeroizing<[u8; 32]>,
        /// The public key.
        public: [u8; 32],
    },
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrivateKey({}, ****)", self.public().kind())
    }
}

impl PrivateKey {
    /// The public part.
    pub fn public(&self) -> PublicKey {
        match self {
            Self::Rsa { public, .. } => public.clone(),
            Self::Ec { curve, point, .. } => PublicKey::Ec {
                curve: *curve,
                point: point.clone(),
            },
            Self::Ed25519 { public, .. } => PublicKey::Ed25519(*public),
            Self::X25519 { public, .. } => PublicKey::X25519(*public),
        }
    }
}

/// What a key consists of.
#[derive(Debug, Clone)]
pub enum Material {
    /// A shared secret.
    Secret(Secret),
    /// A private key.
    Private(PrivateKey),
    /// A public key.
    Public(PublicKey),
}

/// A key and what its container says of it.
#[derive(Debug, Clone)]
pub struct Key {
    /// The key id (`kid`), where there is one.
    pub id: Option<String>,
    /// The algorithm the key is meant for (`alg`), as written.
    pub algorithm: Option<String>,
    /// What the key is meant for (`use`), as written: `sig` or `enc`.
    pub usage: Option<String>,
    /// What may be done with it (`key_ops`), as written; None where nothing is said.
    pub operations: Option<Vec<String>>,
    /// What an RSA key may be used for, by its algorithm identifier.
    pub rsa_use: RsaUse,
    /// When it may be used, by what its JWK says.
    pub validity: Validity,
    /// Where it was read from, for messages.
    pub origin: Option<String>,
    /// The key itself.
    pub material: Material,
}

impl Key {
    /// A key of which nothing more is known.
    pub fn bare(material: Material) -> Self {
        Self {
            id: None,
            algorithm: None,
            usage: None,
            operations: None,
            rsa_use: RsaUse::default(),
            validity: Validity::default(),
            origin: None,
            material,
        }
    }

    /// What kind it is.
    pub fn kind(&self) -> KeyKind {
        match &self.material {
            Material::Secret(_) => KeyKind::Secret,
            Material::Private(key) => key.public().kind(),
            Material::Public(key) => key.kind(),
        }
    }

    /// The public part of a private or public key.
    pub fn public(&self) -> Option<PublicKey> {
        match &self.material {
            Material::Secret(_) => None,
            Material::Private(key) => Some(key.public()),
            Material::Public(key) => Some(key.clone()),
        }
    }

    /// The length of a shared secret in bytes.
    pub fn secret_length(&self) -> Option<usize> {
        match &self.material {
            Material::Secret(secret) => Some(secret.len()),
            Material::Private(_) | Material::Public(_) => None,
        }
    }

    /// What it is, in words: `a public RSA (2048 bit) key`, `a shared secret`.
    pub fn describe(&self) -> String {
        match &self.material {
            Material::Secret(_) => "a shared secret".to_owned(),
            Material::Private(key) => format!("{} private key", key.public().kind()),
            Material::Public(key) => format!("{} public key", key.kind()),
        }
    }

    /// How it is named in messages: its id, where it came from, or the thumbprint of its public part.
    pub fn name(&self) -> String {
        if let Some(name) = self.id.as_ref().or(self.origin.as_ref()) {
            return name.clone();
        }
        match self.public() {
            Some(public) => thumbprint(&public),
            None => "(no id)".to_owned(),
        }
    }
}

/// The keys of one file. A bad key of a set never poisons the others.
#[derive(Debug, Clone, Default)]
pub struct KeySet {
    /// The keys that could be read, in order.
    pub keys: Vec<Key>,
    /// The members of a JWK set that could not, and why.
    pub skipped: Vec<SkippedKey>,
}

/// A member of a JWK set that is left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SkippedKey {
    /// Its place in the set, from 0.
    pub index: usize,
    /// Its key id, where it has one.
    pub id: Option<String>,
    /// Why it is left out.
    pub reason: JwkError,
}

impl fmt::Display for SkippedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "key {}", self.index)?;
        if let Some(id) = &self.id {
            write!(f, " (`{id}`)")?;
        }
        write!(f, ": {}", self.reason)
    }
}

/// The first few of the members that are left out, and how many more there are.
fn reasons(skipped: &[SkippedKey]) -> String {
    const SHOWN: usize = 3;
    let mut parts: Vec<String> = skipped
        .iter()
        .take(SHOWN)
        .map(ToString::to_string)
        .collect();
    if let Some(more @ 1..) = skipped.len().checked_sub(SHOWN) {
        parts.push(format!("and {more} more"));
    }
    parts.join("; ")
}

/// Why no key could be read. No variant holds key material.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Nothing in it.
    #[error("the key is empty")]
    Empty,
    /// Damaged PEM.
    #[error(transparent)]
    Pem(#[from] super::pem::PemError),
    /// PEM without a key in it.
    #[error("the PEM holds no key, only {0}")]
    NoKeyInPem(String),
    /// PEM with several private keys.
    #[error("it holds {0} private keys, and one belongs there")]
    SeveralPrivate(usize),
    /// The structure of a key is damaged or not supported.
    #[error(transparent)]
    Defect(#[from] KeyDefect),
    /// The key is encrypted.
    #[error(transparent)]
    Encrypted(#[from] EncryptedKeyError),
    /// A JWK that cannot be used.
    #[error("the JWK cannot be used: {0}")]
    Jwk(#[from] JwkError),
    /// Damaged JSON.
    #[error("the JWK is not JSON: {0}")]
    Json(#[from] super::json::JsonError),
    /// A secret in another encoding.
    #[error(transparent)]
    Encoding(#[from] super::secret::DecodeError),
    /// A set without a key.
    #[error("the set holds no key")]
    EmptySet,
    /// A set without a usable key: its members, each with its reason.
    #[error("none of the keys of the set can be used: {}", reasons(.0))]
    NothingUsable(Vec<SkippedKey>),
    /// A public or private key where a secret belongs, or the other way round.
    #[error("this is {found}; {purpose} needs {needed}")]
    WrongKind {
        /// What was given.
        found: String,
        /// What it was to be used for.
        purpose: String,
        /// What is needed.
        needed: &'static str,
    },
    /// A key that would be taken for a shared secret.
    #[error("this is {0}, not a shared secret; write it as PEM, JWK or JWK set")]
    KeyAsSecret(&'static str),
    /// OpenSSH's own format.
    #[error("this is a key in OpenSSH's own format, which is not supported")]
    OpenSsh,
}
