//! The signature algorithms of JWS that are offered (RFC 7518 §3, RFC 8037, RFC 9864). `none` is not one of them.

use crate::kernel::crypto::{DigestAlgorithm, EcEncoding, MacAlgorithm, SignatureAlgorithm};
use crate::kernel::key::{Curve, Key, KeyKind};

/// A signature algorithm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// HMAC with SHA-256.
    Hs256,
    /// HMAC with SHA-384.
    Hs384,
    /// HMAC with SHA-512.
    Hs512,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    Rs384,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    Rs512,
    /// RSASSA-PSS with SHA-256.
    Ps256,
    /// RSASSA-PSS with SHA-384.
    Ps384,
    /// RSASSA-PSS with SHA-512.
    Ps512,
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// ECDSA on P-384 with SHA-384.
    Es384,
    /// ECDSA on P-521 with SHA-512.
    Es512,
    /// ECDSA on secp256k1 with SHA-256 (RFC 8812 §3.2).
    Es256k,
    /// EdDSA, here always Ed25519.
    EdDsa,
    /// Ed25519 by its own name (RFC 9864).
    Ed25519,
}

/// What an algorithm computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Primitive {
    Mac(MacAlgorithm),
    Signature(SignatureAlgorithm),
}

impl Algorithm {
    /// All algorithms.
    pub const ALL: [Self; 15] = [
        Self::Hs256,
        Self::Hs384,
        Self::Hs512,
        Self::Rs256,
        Self::Rs384,
        Self::Rs512,
        Self::Ps256,
        Self::Ps384,
        Self::Ps512,
        Self::Es256,
        Self::Es384,
        Self::Es512,
        Self::Es256k,
        Self::EdDsa,
        Self::Ed25519,
    ];

    /// The name in a header, compared exactly (RFC 7515 §4.1.1).
    pub fn name(self) -> &'static str {
        match self {
            Self::Hs256 => "HS256",
            Self::Hs384 => "HS384",
            Self::Hs512 => "HS512",
            Self::Rs256 => "RS256",
            Self::Rs384 => "RS384",
            Self::Rs512 => "RS512",
            Self::Ps256 => "PS256",
            Self::Ps384 => "PS384",
            Self::Ps512 => "PS512",
            Self::Es256 => "ES256",
            Self::Es384 => "ES384",
            Self::Es512 => "ES512",
            Self::Es256k => "ES256K",
            Self::EdDsa => "EdDSA",
            Self::Ed25519 => "Ed25519",
        }
    }

    /// The algorithm of that exact name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|algorithm| algorithm.name() == name)
    }

    /// The kind of key it takes, in words.
    pub fn needed_key(self) -> &'static str {
        match self.primitive() {
            Primitive::Mac(_) => "a shared secret",
            Primitive::Signature(SignatureAlgorithm::Ecdsa(Curve::P256, ..)) => "a P-256 key",
            Primitive::Signature(SignatureAlgorithm::Ecdsa(Curve::P384, ..)) => "a P-384 key",
            Primitive::Signature(SignatureAlgorithm::Ecdsa(Curve::P521, ..)) => "a P-521 key",
            Primitive::Signature(SignatureAlgorithm::Ecdsa(Curve::Secp256k1, ..)) => {
                "a secp256k1 key"
            }
            Primitive::Signature(SignatureAlgorithm::Ed25519) => "an Ed25519 key",
            Primitive::Signature(_) => "an RSA key",
        }
    }

    /// Whether a key of this kind can be used with it.
    pub fn fits(self, kind: KeyKind) -> bool {
        match (self.primitive(), kind) {
            (Primitive::Mac(_), KeyKind::Secret)
            | (
                Primitive::Signature(
                    SignatureAlgorithm::RsaPkcs1(_) | SignatureAlgorithm::RsaPss(_),
                ),
                KeyKind::Rsa { .. },
            )
            | (Primitive::Signature(SignatureAlgorithm::Ed25519), KeyKind::Ed25519) => true,
            (Primitive::Signature(SignatureAlgorithm::Ecdsa(curve, ..)), KeyKind::Ec(other)) => {
                curve == other
            }
            _ => false,
        }
    }

    /// Whether a key may be used with it, by what its container says of RSA (RFC 4055 §1.2).
    pub fn allowed_by(self, key: &Key) -> bool {
        match self.primitive() {
            Primitive::Signature(SignatureAlgorithm::RsaPkcs1(_)) => key.rsa_use.allows_pkcs1(),
            Primitive::Signature(SignatureAlgorithm::RsaPss(digest)) => {
                key.rsa_use.allows_pss(digest)
            }
            _ => true,
        }
    }

    /// The algorithm to sign with when only the key is given; None for a key that is only for encryption.
    pub fn for_key(key: &Key) -> Option<Self> {
        Some(match key.kind() {
            KeyKind::Secret => Self::Hs256,
            KeyKind::Rsa { .. } => {
                let mut all = [Self::Rs256, Self::Ps256, Self::Ps384, Self::Ps512].into_iter();
                return all.find(|algorithm| algorithm.allowed_by(key));
            }
            KeyKind::Ec(Curve::P256) => Self::Es256,
            KeyKind::Ec(Curve::P384) => Self::Es384,
            KeyKind::Ec(Curve::P521) => Self::Es512,
            KeyKind::Ec(Curve::Secp256k1) => Self::Es256k,
            KeyKind::Ed25519 => Self::EdDsa,
            KeyKind::X25519 => return None,
        })
    }

    /// Whether the two names mean one algorithm, as `EdDSA` and `Ed25519` do here (RFC 9864 §2.2).
    pub fn is_same_as(self, other: Self) -> bool {
        self.primitive() == other.primitive()
    }

    pub(crate) fn primitive(self) -> Primitive {
        use DigestAlgorithm::{Sha256, Sha384, Sha512};
        use SignatureAlgorithm::{Ecdsa, RsaPkcs1, RsaPss};
        let signature = match self {
            Self::Hs256 => return Primitive::Mac(MacAlgorithm::HmacSha256),
            Self::Hs384 => return Primitive::Mac(MacAlgorithm::HmacSha384),
            Self::Hs512 => return Primitive::Mac(MacAlgorithm::HmacSha512),
            Self::Rs256 => RsaPkcs1(Sha256),
            Self::Rs384 => RsaPkcs1(Sha384),
            Self::Rs512 => RsaPkcs1(Sha512),
            Self::Ps256 => RsaPss(Sha256),
            Self::Ps384 => RsaPss(Sha384),
            Self::Ps512 => RsaPss(Sha512),
            Self::Es256 => Ecdsa(Curve::P256, Sha256, EcEncoding::Fixed),
            Self::Es384 => Ecdsa(Curve::P384, Sha384, EcEncoding::Fixed),
            Self::Es512 => Ecdsa(Curve::P521, Sha512, EcEncoding::Fixed),
            Self::Es256k => Ecdsa(Curve::Secp256k1, Sha256, EcEncoding::Fixed),
            Self::EdDsa | Self::Ed25519 => SignatureAlgorithm::Ed25519,
        };
        Primitive::Signature(signature)
    }

    /// The library's name for it, where it has one; RFC 9864's name is the same algorithm.
    pub(super) fn library(self) -> Option<jsonwebtoken::Algorithm> {
        use jsonwebtoken::Algorithm as Theirs;
        Some(match self {
            Self::Hs256 => Theirs::HS256,
            Self::Hs384 => Theirs::HS384,
            Self::Hs512 => Theirs::HS512,
            Self::Rs256 => Theirs::RS256,
            Self::Rs384 => Theirs::RS384,
            Self::Rs512 => Theirs::RS512,
            Self::Ps256 => Theirs::PS256,
            Self::Ps384 => Theirs::PS384,
            Self::Ps512 => Theirs::PS512,
            Self::Es256 => Theirs::ES256,
            Self::Es384 => Theirs::ES384,
            Self::EdDsa | Self::Ed25519 => Theirs::EdDSA,
            Self::Es512 | Self::Es256k => return None,
        })
    }

    pub(super) fn from_library(theirs: jsonwebtoken::Algorithm) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|algorithm| algorithm.library() == Some(theirs))
    }
}

impl std::fmt::Display for Algorithm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl std::str::FromStr for Algorithm {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::from_name(text).ok_or_else(|| {
            let names: Vec<&str> = Self::ALL.into_iter().map(Self::name).collect();
            let meant = |name: &&&str| name.eq_ignore_ascii_case(text);
            let meant = names.iter().find(meant);
            let meant = meant.map_or_else(String::new, |name| format!("; did you mean `{name}`?"));
            format!("`{text}` is none of {}{meant}", names.join(", "))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_in_the_wrong_case_is_refused_with_the_right_one() {
        let refused = |text: &str| text.parse::<Algorithm>().unwrap_err();
        assert!(refused("hs256").ends_with("; did you mean `HS256`?"));
        assert!(refused("eddsa").ends_with("; did you mean `EdDSA`?"));
        assert!(refused("none").ends_with(", Ed25519"));
    }
}
