//! The algorithms of JWE: how the content key is found (RFC 7518 §4) and how the content is encrypted (§5).

use crate::kernel::crypto::{AeadAlgorithm, AesSize, MacAlgorithm};
use crate::kernel::key::{Curve, Key, KeyKind};

/// How the content key is agreed on, wrapped or given: `alg`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyManagement {
    /// The shared secret is the content key.
    Dir,
    /// AES Key Wrap with 128 bits.
    A128Kw,
    /// AES Key Wrap with 192 bits.
    A192Kw,
    /// AES Key Wrap with 256 bits.
    A256Kw,
    /// Key wrapping with AES-GCM, 128 bits.
    A128GcmKw,
    /// Key wrapping with AES-GCM, 192 bits.
    A192GcmKw,
    /// Key wrapping with AES-GCM, 256 bits.
    A256GcmKw,
    /// ECDH-ES: the agreed key is the content key.
    EcdhEs,
    /// ECDH-ES, and AES Key Wrap with 128 bits.
    EcdhEsA128Kw,
    /// ECDH-ES, and AES Key Wrap with 192 bits.
    EcdhEsA192Kw,
    /// ECDH-ES, and AES Key Wrap with 256 bits.
    EcdhEsA256Kw,
    /// PBES2 with HMAC-SHA-256, and AES Key Wrap with 128 bits.
    Pbes2Hs256A128Kw,
    /// PBES2 with HMAC-SHA-384, and AES Key Wrap with 192 bits.
    Pbes2Hs384A192Kw,
    /// PBES2 with HMAC-SHA-512, and AES Key Wrap with 256 bits.
    Pbes2Hs512A256Kw,
    /// RSAES-OAEP with SHA-1.
    RsaOaep,
    /// RSAES-OAEP with SHA-256.
    RsaOaep256,
    /// RSAES-PKCS1-v1_5, to read what others still send.
    Rsa15,
}

/// What a key management does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scheme {
    /// The secret is the content key.
    Direct,
    /// AES Key Wrap under a secret.
    Wrap(AesSize),
    /// AES-GCM under a secret.
    GcmWrap(AesSize),
    /// Key agreement; with a size, the agreed key wraps the content key.
    Agree(Option<AesSize>),
    /// A key from a password wraps the content key.
    Password(MacAlgorithm, AesSize),
    /// RSA encrypts the content key.
    Rsa,
}

impl KeyManagement {
    /// All of them.
    pub const ALL: [Self; 17] = [
        Self::Dir,
        Self::A128Kw,
        Self::A192Kw,
        Self::A256Kw,
        Self::A128GcmKw,
        Self::A192GcmKw,
        Self::A256GcmKw,
        Self::EcdhEs,
        Self::EcdhEsA128Kw,
        Self::EcdhEsA192Kw,
        Self::EcdhEsA256Kw,
        Self::Pbes2Hs256A128Kw,
        Self::Pbes2Hs384A192Kw,
        Self::Pbes2Hs512A256Kw,
        Self::RsaOaep,
        Self::RsaOaep256,
        Self::Rsa15,
    ];

    /// The name in a header, compared exactly.
    pub fn name(self) -> &'static str {
        match self {
            Self::Dir => "dir",
            Self::A128Kw => "A128KW",
            Self::A192Kw => "A192KW",
            Self::A256Kw => "A256KW",
            Self::A128GcmKw => "A128GCMKW",
            Self::A192GcmKw => "A192GCMKW",
            Self::A256GcmKw => "A256GCMKW",
            Self::EcdhEs => "ECDH-ES",
            Self::EcdhEsA128Kw => "ECDH-ES+A128KW",
            Self::EcdhEsA192Kw => "ECDH-ES+A192KW",
            Self::EcdhEsA256Kw => "ECDH-ES+A256KW",
            Self::Pbes2Hs256A128Kw => "PBES2-HS256+A128KW",
            Self::Pbes2Hs384A192Kw => "PBES2-HS384+A192KW",
            Self::Pbes2Hs512A256Kw => "PBES2-HS512+A256KW",
            Self::RsaOaep => "RSA-OAEP",
            Self::RsaOaep256 => "RSA-OAEP-256",
            Self::Rsa15 => "RSA1_5",
        }
    }

    /// The key management of that exact name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.name() == name)
    }

    /// The one to encrypt to a key with: the key's own `alg`, or what its kind and size suggest.
    pub fn for_key(key: &Key) -> Option<Self> {
        if let Some(named) = &key.algorithm {
            return Self::from_name(named)
                .or_else(|| ContentEncryption::from_name(named).map(|_| Self::Dir));
        }
        match (key.kind(), key.secret_length()) {
            (KeyKind::Ec(Curve::P256 | Curve::P384 | Curve::P521) | KeyKind::X25519, _) => {
                Some(Self::EcdhEsA256Kw)
            }
            (KeyKind::Rsa { .. }, _) => Some(Self::RsaOaep256),
            (KeyKind::Secret, Some(16)) => Some(Self::A128Kw),
            (KeyKind::Secret, Some(24)) => Some(Self::A192Kw),
            (KeyKind::Secret, Some(32)) => Some(Self::A256Kw),
            _ => None,
        }
    }

    /// The kind of key it takes, in words.
    pub fn needed_key(self) -> &'static str {
        match self.scheme() {
            Scheme::Direct | Scheme::Wrap(_) | Scheme::GcmWrap(_) => "a shared secret",
            Scheme::Password(..) => "a password",
            Scheme::Agree(_) => "a P-256, P-384, P-521 or X25519 key",
            Scheme::Rsa => "an RSA key",
        }
    }

    /// Whether a key of this kind can be used with it.
    pub fn fits(self, kind: KeyKind) -> bool {
        match self.scheme() {
            Scheme::Direct | Scheme::Wrap(_) | Scheme::GcmWrap(_) | Scheme::Password(..) => {
                kind == KeyKind::Secret
            }
            Scheme::Agree(_) => matches!(
                kind,
                KeyKind::Ec(Curve::P256 | Curve::P384 | Curve::P521) | KeyKind::X25519
            ),
            Scheme::Rsa => matches!(kind, KeyKind::Rsa { .. }),
        }
    }

    /// Whether this build computes it.
    pub fn is_built(self) -> bool {
        self.scheme() != Scheme::Rsa || cfg!(feature = "rsa-decryption")
    }

    pub(super) fn scheme(self) -> Scheme {
        use AesSize::{Aes128, Aes192, Aes256};
        match self {
            Self::Dir => Scheme::Direct,
            Self::A128Kw => Scheme::Wrap(Aes128),
            Self::A192Kw => Scheme::Wrap(Aes192),
            Self::A256Kw => Scheme::Wrap(Aes256),
            Self::A128GcmKw => Scheme::GcmWrap(Aes128),
            Self::A192GcmKw => Scheme::GcmWrap(Aes192),
            Self::A256GcmKw => Scheme::GcmWrap(Aes256),
            Self::EcdhEs => Scheme::Agree(None),
            Self::EcdhEsA128Kw => Scheme::Agree(Some(Aes128)),
            Self::EcdhEsA192Kw => Scheme::Agree(Some(Aes192)),
            Self::EcdhEsA256Kw => Scheme::Agree(Some(Aes256)),
            Self::Pbes2Hs256A128Kw => Scheme::Password(MacAlgorithm::HmacSha256, Aes128),
            Self::Pbes2Hs384A192Kw => Scheme::Password(MacAlgorithm::HmacSha384, Aes192),
            Self::Pbes2Hs512A256Kw => Scheme::Password(MacAlgorithm::HmacSha512, Aes256),
            Self::RsaOaep | Self::RsaOaep256 | Self::Rsa15 => Scheme::Rsa,
        }
    }
}

impl std::fmt::Display for KeyManagement {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl std::str::FromStr for KeyManagement {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::from_name(text).ok_or_else(|| none_of(text, &Self::ALL.map(Self::name)))
    }
}

/// How the content is encrypted: `enc`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ContentEncryption {
    /// AES-GCM with 128 bits.
    A128Gcm,
    /// AES-GCM with 192 bits.
    A192Gcm,
    /// AES-GCM with 256 bits.
    A256Gcm,
    /// AES-CBC with 128 bits and HMAC-SHA-256.
    A128CbcHs256,
    /// AES-CBC with 192 bits and HMAC-SHA-384.
    A192CbcHs384,
    /// AES-CBC with 256 bits and HMAC-SHA-512.
    A256CbcHs512,
}

impl ContentEncryption {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::A128Gcm,
        Self::A192Gcm,
        Self::A256Gcm,
        Self::A128CbcHs256,
        Self::A192CbcHs384,
        Self::A256CbcHs512,
    ];

    /// The name in a header, compared exactly.
    pub fn name(self) -> &'static str {
        match self {
            Self::A128Gcm => "A128GCM",
            Self::A192Gcm => "A192GCM",
            Self::A256Gcm => "A256GCM",
            Self::A128CbcHs256 => "A128CBC-HS256",
            Self::A192CbcHs384 => "A192CBC-HS384",
            Self::A256CbcHs512 => "A256CBC-HS512",
        }
    }

    /// The encryption of that exact name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.name() == name)
    }

    pub(super) fn aead(self) -> AeadAlgorithm {
        match self {
            Self::A128Gcm => AeadAlgorithm::Gcm(AesSize::Aes128),
            Self::A192Gcm => AeadAlgorithm::Gcm(AesSize::Aes192),
            Self::A256Gcm => AeadAlgorithm::Gcm(AesSize::Aes256),
            Self::A128CbcHs256 => AeadAlgorithm::CbcHmac(AesSize::Aes128),
            Self::A192CbcHs384 => AeadAlgorithm::CbcHmac(AesSize::Aes192),
            Self::A256CbcHs512 => AeadAlgorithm::CbcHmac(AesSize::Aes256),
        }
    }
}

impl std::fmt::Display for ContentEncryption {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl std::str::FromStr for ContentEncryption {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::from_name(text).ok_or_else(|| none_of(text, &Self::ALL.map(Self::name)))
    }
}

fn none_of(text: &str, names: &[&str]) -> String {
    let meant = names.iter().find(|name| name.eq_ignore_ascii_case(text));
    let meant = meant.map_or_else(String::new, |name| format!("; did you mean `{name}`?"));
    format!("`{text}` is none of {}{meant}", names.join(", "))
}
