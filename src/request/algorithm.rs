//! The signature algorithms of RFC 9421 §3.3, each bound to the kind of key it takes.

use crate::kernel::crypto::{DigestAlgorithm, EcEncoding, SignatureAlgorithm};
use crate::kernel::key::{Curve, Key, KeyKind};

/// An algorithm of the registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// `hmac-sha256` (§3.3.3).
    HmacSha256,
    /// `ed25519` (§3.3.6).
    Ed25519,
    /// `ecdsa-p256-sha256` (§3.3.4).
    EcdsaP256Sha256,
    /// `ecdsa-p384-sha384` (§3.3.5).
    EcdsaP384Sha384,
    /// `rsa-pss-sha512` (§3.3.1).
    RsaPssSha512,
    /// `rsa-v1_5-sha256` (§3.3.2).
    RsaV15Sha256,
}

impl Algorithm {
    /// All algorithms; of those for one kind of key the better one first.
    pub const ALL: [Self; 6] = [
        Self::HmacSha256,
        Self::Ed25519,
        Self::EcdsaP256Sha256,
        Self::EcdsaP384Sha384,
        Self::RsaPssSha512,
        Self::RsaV15Sha256,
    ];

    /// The name in the registry; compared whole (§6.2).
    pub fn name(self) -> &'static str {
        match self {
            Self::HmacSha256 => "hmac-sha256",
            Self::Ed25519 => "ed25519",
            Self::EcdsaP256Sha256 => "ecdsa-p256-sha256",
            Self::EcdsaP384Sha384 => "ecdsa-p384-sha384",
            Self::RsaPssSha512 => "rsa-pss-sha512",
            Self::RsaV15Sha256 => "rsa-v1_5-sha256",
        }
    }

    /// The public-key signature behind it; None for the MAC.
    pub fn signature(self) -> Option<SignatureAlgorithm> {
        use DigestAlgorithm::{Sha256, Sha384, Sha512};
        Some(match self {
            Self::HmacSha256 => return None,
            Self::Ed25519 => SignatureAlgorithm::Ed25519,
            Self::EcdsaP256Sha256 => {
                SignatureAlgorithm::Ecdsa(Curve::P256, Sha256, EcEncoding::Fixed)
            }
            Self::EcdsaP384Sha384 => {
                SignatureAlgorithm::Ecdsa(Curve::P384, Sha384, EcEncoding::Fixed)
            }
            Self::RsaPssSha512 => SignatureAlgorithm::RsaPss(Sha512),
            Self::RsaV15Sha256 => SignatureAlgorithm::RsaPkcs1(Sha256),
        })
    }

    /// Whether a key may be used with it: by its kind, and by what its container says (RFC 9421 §7.3.6).
    pub fn fits(self, key: &Key) -> bool {
        let kind = match self {
            Self::HmacSha256 => key.kind() == KeyKind::Secret,
            Self::Ed25519 => key.kind() == KeyKind::Ed25519,
            Self::EcdsaP256Sha256 => key.kind() == KeyKind::Ec(Curve::P256),
            Self::EcdsaP384Sha384 => key.kind() == KeyKind::Ec(Curve::P384),
            Self::RsaPssSha512 | Self::RsaV15Sha256 => matches!(key.kind(), KeyKind::Rsa { .. }),
        };
        let is_limited = match self {
            Self::RsaV15Sha256 => !key.rsa_use.allows_pkcs1(),
            Self::RsaPssSha512 => !key.rsa_use.allows_pss(DigestAlgorithm::Sha512),
            _ => false,
        };
        if is_limited {
            return false;
        }
        let named = key.algorithm.as_deref();
        kind && named.is_none_or(|name| name == self.name() || self.jose_names().contains(&name))
    }

    // What a JWK's `alg` must say for the same signature.
    fn jose_names(self) -> &'static [&'static str] {
        match self {
            Self::HmacSha256 => &["HS256"],
            Self::Ed25519 => &["EdDSA", "Ed25519"],
            Self::EcdsaP256Sha256 => &["ES256"],
            Self::EcdsaP384Sha384 => &["ES384"],
            Self::RsaPssSha512 => &["PS512"],
            Self::RsaV15Sha256 => &["RS256"],
        }
    }
}

impl std::str::FromStr for Algorithm {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|algorithm| algorithm.name() == text)
            .ok_or_else(|| {
                let names: Vec<_> = Self::ALL.iter().map(|known| known.name()).collect();
                format!("`{text}` is none of {}", names.join(", "))
            })
    }
}
