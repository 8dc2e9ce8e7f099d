//! The names of algorithms in the draft, and what they mean under a key.

use crate::kernel::crypto::{DigestAlgorithm, EcEncoding, MacAlgorithm, SignatureAlgorithm};
use crate::kernel::key::{Curve, Key, KeyKind};
use crate::request::algorithm::Algorithm;

/// A name in the parameter `algorithm`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Named {
    /// Decided by the key.
    Hs2019,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    RsaSha256,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    RsaSha512,
    /// HMAC with SHA-256.
    HmacSha256,
    /// HMAC with SHA-512.
    HmacSha512,
    /// ECDSA with SHA-256.
    EcdsaSha256,
    /// Ed25519.
    Ed25519,
}

/// One way to check a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Means {
    /// A MAC.
    Mac(MacAlgorithm),
    /// A signature.
    Signature(SignatureAlgorithm),
}

impl Named {
    /// All names.
    pub const ALL: [Self; 7] = [
        Self::Hs2019,
        Self::RsaSha256,
        Self::RsaSha512,
        Self::HmacSha256,
        Self::HmacSha512,
        Self::EcdsaSha256,
        Self::Ed25519,
    ];

    /// The name as it is written.
    pub fn name(self) -> &'static str {
        match self {
            Self::Hs2019 => "hs2019",
            Self::RsaSha256 => "rsa-sha256",
            Self::RsaSha512 => "rsa-sha512",
            Self::HmacSha256 => "hmac-sha256",
            Self::HmacSha512 => "hmac-sha512",
            Self::EcdsaSha256 => "ecdsa-sha256",
            Self::Ed25519 => "ed25519",
        }
    }

    /// The name in this spelling.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.name() == name)
    }

    /// Whether `(created)` and `(expires)` may be signed under it: not under names that begin with `rsa`, `hmac` or
    /// `ecdsa` (§2.3).
    pub(super) fn allows_times(self) -> bool {
        matches!(self, Self::Hs2019 | Self::Ed25519)
    }

    /// What the name means under a key, the likeliest first; nothing if they do not go together.
    pub(super) fn means(self, key: &Key) -> Vec<Means> {
        use DigestAlgorithm::{Sha256, Sha384, Sha512};
        use EcEncoding::{Asn1, Fixed};
        let signature = Means::Signature;
        let rsa = |digest| signature(SignatureAlgorithm::RsaPkcs1(digest));
        let ecdsa = |curve, digest| {
            [Asn1, Fixed]
                .map(|encoding| signature(SignatureAlgorithm::Ecdsa(curve, digest, encoding)))
        };
        let all: Vec<Means> = match (self, key.kind()) {
            (Self::Hs2019, KeyKind::Secret) => vec![
                Means::Mac(MacAlgorithm::HmacSha512),
                Means::Mac(MacAlgorithm::HmacSha256),
            ],
            (Self::HmacSha256, KeyKind::Secret) => vec![Means::Mac(MacAlgorithm::HmacSha256)],
            (Self::HmacSha512, KeyKind::Secret) => vec![Means::Mac(MacAlgorithm::HmacSha512)],
            (Self::Hs2019, KeyKind::Rsa { .. }) => vec![
                signature(SignatureAlgorithm::RsaPss(Sha512)),
                rsa(Sha256),
                rsa(Sha512),
            ],
            (Self::RsaSha256, KeyKind::Rsa { .. }) => vec![rsa(Sha256)],
            (Self::RsaSha512, KeyKind::Rsa { .. }) => vec![rsa(Sha512)],
            (Self::Hs2019 | Self::EcdsaSha256, KeyKind::Ec(Curve::P256)) => {
                ecdsa(Curve::P256, Sha256).to_vec()
            }
            (Self::Hs2019, KeyKind::Ec(Curve::P384)) => ecdsa(Curve::P384, Sha384).to_vec(),
            (Self::Hs2019 | Self::Ed25519, KeyKind::Ed25519) => {
                vec![signature(SignatureAlgorithm::Ed25519)]
            }
            _ => Vec::new(),
        };
        all.into_iter().filter(|means| means.fits(key)).collect()
    }
}

impl Means {
    /// Whether the key's container leaves room for it.
    fn fits(self, key: &Key) -> bool {
        let is_limited = match self {
            Self::Signature(SignatureAlgorithm::RsaPkcs1(_)) => !key.rsa_use.allows_pkcs1(),
            Self::Signature(SignatureAlgorithm::RsaPss(digest)) => !key.rsa_use.allows_pss(digest),
            _ => false,
        };
        if is_limited {
            return false;
        }
        let named = key.algorithm.as_deref();
        named.is_none_or(|name| name == self.jose() || name == self.name())
    }

    /// The name in verdicts: that of RFC 9421's registry where there is one.
    pub(super) fn name(self) -> &'static str {
        if let Some(registered) = self.registered() {
            return registered.name();
        }
        match self {
            Self::Mac(MacAlgorithm::HmacSha512) => "hmac-sha512",
            Self::Mac(_) => "hmac",
            Self::Signature(SignatureAlgorithm::Ecdsa(Curve::P256, ..)) => {
                "ecdsa-p256-sha256 (DER)"
            }
            Self::Signature(SignatureAlgorithm::Ecdsa(Curve::P384, ..)) => {
                "ecdsa-p384-sha384 (DER)"
            }
            Self::Signature(_) => "rsa-v1_5-sha512",
        }
    }

    fn jose(self) -> &'static str {
        match self {
            Self::Mac(MacAlgorithm::HmacSha512) => "HS512",
            Self::Mac(_) => "HS256",
            Self::Signature(SignatureAlgorithm::RsaPss(_)) => "PS512",
            Self::Signature(SignatureAlgorithm::RsaPkcs1(DigestAlgorithm::Sha512)) => "RS512",
            Self::Signature(SignatureAlgorithm::RsaPkcs1(_)) => "RS256",
            Self::Signature(SignatureAlgorithm::Ecdsa(Curve::P384, ..)) => "ES384",
            Self::Signature(SignatureAlgorithm::Ecdsa(..)) => "ES256",
            Self::Signature(SignatureAlgorithm::Ed25519) => "EdDSA",
        }
    }

    /// The same algorithm of RFC 9421's registry; ECDSA counts as the same however it is written.
    fn registered(self) -> Option<Algorithm> {
        Algorithm::ALL
            .into_iter()
            .find(|algorithm| match (self, algorithm.signature()) {
                (Self::Mac(mac), None) => mac == MacAlgorithm::HmacSha256,
                (Self::Signature(own), Some(registered)) => own == registered,
                _ => false,
            })
    }

    /// Whether a policy's list of algorithms has it.
    pub(super) fn accepted(self, accepted: Option<&[Algorithm]>) -> bool {
        let family = match self {
            Self::Signature(SignatureAlgorithm::Ecdsa(Curve::P256, ..)) => {
                Some(Algorithm::EcdsaP256Sha256)
            }
            Self::Signature(SignatureAlgorithm::Ecdsa(Curve::P384, ..)) => {
                Some(Algorithm::EcdsaP384Sha384)
            }
            other => other.registered(),
        };
        accepted.is_none_or(|accepted| family.is_some_and(|each| accepted.contains(&each)))
    }
}
