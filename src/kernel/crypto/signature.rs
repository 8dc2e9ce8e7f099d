//! Public-key signatures: RSA, ECDSA and Ed25519, each bound to the kind of key it takes.

use ring::signature::{self, EcdsaKeyPair, Ed25519KeyPair, RsaKeyPair};

use super::digest::DigestAlgorithm;
use super::ecdsa;
use super::random::SystemRandom;
use crate::kernel::key::{Curve, KeyKind, PrivateKey, PublicKey};

/// How an ECDSA signature is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EcEncoding {
    /// `r‖s`, each of the field's width (JOSE, RFC 9421).
    Fixed,
    /// A DER sequence (X.509).
    Asn1,
}

/// A signature algorithm with everything that is fixed about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SignatureAlgorithm {
    /// RSASSA-PKCS1-v1_5.
    RsaPkcs1(DigestAlgorithm),
    /// RSASSA-PSS, MGF1 with the same hash, salt as long as the hash.
    RsaPss(DigestAlgorithm),
    /// ECDSA.
    Ecdsa(Curve, DigestAlgorithm, EcEncoding),
    /// Ed25519 (RFC 8032), without prehash.
    Ed25519,
}

/// A signature that does not belong to the message and the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the signature does not match")]
pub struct SignatureInvalid;

/// Why a signature was not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// The signature is wrong.
    #[error("the signature does not match")]
    Invalid,
    /// The key is of another kind than the algorithm.
    #[error("{algorithm} needs {needed}; this is {found}")]
    WrongKey {
        /// The algorithm's name.
        algorithm: String,
        /// The kind of key it needs.
        needed: &'static str,
        /// The kind of key at hand.
        found: String,
    },
    /// The key is too small to be trusted.
    #[error("an RSA key of {bits} bits is too small: at least 2048 are needed")]
    RsaTooSmall {
        /// The modulus' size.
        bits: usize,
    },
    /// The combination of curve and hash is not offered.
    #[error("{0} is not supported")]
    Unsupported(String),
}

/// Why nothing was signed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignError {
    /// The key is of another kind than the algorithm.
    #[error("{algorithm} needs {needed}; this is {found}")]
    WrongKey {
        /// The algorithm's name.
        algorithm: String,
        /// The kind of key it needs.
        needed: &'static str,
        /// The kind of key at hand.
        found: String,
    },
    /// ring refuses the key.
    #[error("this {kind} cannot sign: {reason}")]
    KeyRejected {
        /// The kind of key.
        kind: String,
        /// Why, in words.
        reason: String,
    },
    /// The combination of curve and hash is not offered.
    #[error("{0} is not supported")]
    Unsupported(String),
    /// The system has no randomness.
    #[error("the system's source of randomness failed")]
    NoRandomness,
}

impl SignatureAlgorithm {
    /// The kind of key it takes, in words.
    fn needed(self) -> &'static str {
        match self {
            Self::RsaPkcs1(_) | Self::RsaPss(_) => "an RSA key",
            Self::Ecdsa(Curve::P256, ..) => "a P-256 key",
            Self::Ecdsa(Curve::P384, ..) => "a P-384 key",
            Self::Ecdsa(Curve::P521, ..) => "a P-521 key",
            Self::Ecdsa(Curve::Secp256k1, ..) => "a secp256k1 key",
            Self::Ed25519 => "an Ed25519 key",
        }
    }

    fn fits(self, kind: KeyKind) -> bool {
        match self {
            Self::RsaPkcs1(_) | Self::RsaPss(_) => matches!(kind, KeyKind::Rsa { .. }),
            Self::Ecdsa(curve, ..) => kind == KeyKind::Ec(curve),
            Self::Ed25519 => kind == KeyKind::Ed25519,
        }
    }

    fn verification(self) -> Option<&'static dyn signature::VerificationAlgorithm> {
        use DigestAlgorithm::{Sha256, Sha384};
        Some(match self {
            Self::Ecdsa(Curve::P256, Sha256, EcEncoding::Fixed) => {
                &signature::ECDSA_P256_SHA256_FIXED
            }
            Self::Ecdsa(Curve::P384, Sha384, EcEncoding::Fixed) => {
                &signature::ECDSA_P384_SHA384_FIXED
            }
            Self::Ecdsa(Curve::P256, Sha256, EcEncoding::Asn1) => {
                &signature::ECDSA_P256_SHA256_ASN1
            }
            Self::Ecdsa(Curve::P256, Sha384, EcEncoding::Asn1) => {
                &signature::ECDSA_P256_SHA384_ASN1
            }
            Self::Ecdsa(Curve::P384, Sha256, EcEncoding::Asn1) => {
                &signature::ECDSA_P384_SHA256_ASN1
            }
            Self::Ecdsa(Curve::P384, Sha384, EcEncoding::Asn1) => {
                &signature::ECDSA_P384_SHA384_ASN1
            }
            Self::Ed25519 => &signature::ED25519,
            _ => return None,
        })
    }

    fn rsa(self) -> Option<&'static signature::RsaParameters> {
        use DigestAlgorithm::{Sha256, Sha384, Sha512};
        Some(match self {
            Self::RsaPkcs1(Sha256) => &signature::RSA_PKCS1_2048_8192_SHA256,
            Self::RsaPkcs1(Sha384) => &signature::RSA_PKCS1_2048_8192_SHA384,
            Self::RsaPkcs1(Sha512) => &signature::RSA_PKCS1_2048_8192_SHA512,
            Self::RsaPss(Sha256) => &signature::RSA_PSS_2048_8192_SHA256,
            Self::RsaPss(Sha384) => &signature::RSA_PSS_2048_8192_SHA384,
            Self::RsaPss(Sha512) => &signature::RSA_PSS_2048_8192_SHA512,
            _ => return None,
        })
    }

    fn rsa_padding(self) -> Option<&'static dyn signature::RsaEncoding> {
        use DigestAlgorithm::{Sha256, Sha384, Sha512};
        Some(match self {
            Self::RsaPkcs1(Sha256) => &signature::RSA_PKCS1_SHA256,
            Self::RsaPkcs1(Sha384) => &signature::RSA_PKCS1_SHA384,
            Self::RsaPkcs1(Sha512) => &signature::RSA_PKCS1_SHA512,
            Self::RsaPss(Sha256) => &signature::RSA_PSS_SHA256,
            Self::RsaPss(Sha384) => &signature::RSA_PSS_SHA384,
            Self::RsaPss(Sha512) => &signature::RSA_PSS_SHA512,
            _ => return None,
        })
    }
}

impl std::fmt::Display for SignatureAlgorithm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::RsaPkcs1(hash) => write!(f, "RSASSA-PKCS1-v1_5 with {hash}"),
            Self::RsaPss(hash) => write!(f, "RSASSA-PSS with {hash}"),
            Self::Ecdsa(curve, hash, _) => write!(f, "ECDSA on {curve} with {hash}"),
            Self::Ed25519 => f.write_str("Ed25519"),
        }
    }
}

/// Checks a signature over a message.
///
/// # Errors
/// [`VerifyError::Invalid`] if it does not match; the other variants if it could not be checked.
pub fn verify(
    algorithm: SignatureAlgorithm,
    key: &PublicKey,
    message: &[u8],
    signature: &[u8],
) -> Result<(), VerifyError> {
    if !algorithm.fits(key.kind()) {
        return Err(VerifyError::WrongKey {
            algorithm: algorithm.to_string(),
            needed: algorithm.needed(),
            found: format!("{} public key", key.kind()),
        });
    }
    let unsupported = || VerifyError::Unsupported(algorithm.to_string());
    match key {
        PublicKey::Rsa { n, e } => {
            let bits = key.rsa_bits().unwrap_or(0);
            if bits < 2048 {
                return Err(VerifyError::RsaTooSmall { bits });
            }
            let parameters = algorithm.rsa().ok_or_else(unsupported)?;
            signature::RsaPublicKeyComponents { n, e }
                .verify(parameters, message, signature)
                .map_err(|_| VerifyError::Invalid)
        }
        PublicKey::Ec { point, .. } if ecdsa::offers(algorithm) => {
            ecdsa::verify(algorithm, point, message, signature).map_err(|_| VerifyError::Invalid)
        }
        PublicKey::Ec { point, .. } => {
            let parameters = algorithm.verification().ok_or_else(unsupported)?;
            signature::UnparsedPublicKey::new(parameters, point)
                .verify(message, signature)
                .map_err(|_| VerifyError::Invalid)
        }
        PublicKey::X25519(_) => Err(unsupported()),
        PublicKey::Ed25519(point) => {
            signature::UnparsedPublicKey::new(&signature::ED25519, point.as_slice())
                .verify(message, signature)
                .map_err(|_| VerifyError::Invalid)
        }
    }
}

/// A private key prepared for one algorithm.
pub struct Signer {
    pair: Pair,
    random: SystemRandom,
}

enum Pair {
    Rsa(Box<RsaKeyPair>, &'static dyn signature::RsaEncoding),
    Ec(EcdsaKeyPair),
    Deterministic(ecdsa::Pair),
    Ed25519(Ed25519KeyPair),
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Signer(****)")
    }
}

impl Signer {
    /// Prepares a key.
    ///
    /// # Errors
    /// [`SignError`] if the key does not fit or cannot be used.
    pub fn new(
        algorithm: SignatureAlgorithm,
        key: &PrivateKey,
        random: &SystemRandom,
    ) -> Result<Self, SignError> {
        let kind = key.public().kind();
        if !algorithm.fits(kind) {
            return Err(SignError::WrongKey {
                algorithm: algorithm.to_string(),
                needed: algorithm.needed(),
                found: format!("{kind} private key"),
            });
        }
        Ok(Self {
            pair: prepare(algorithm, key, random)?,
            random: random.clone(),
        })
    }

    /// Signs a message.
    ///
    /// # Errors
    /// [`SignError::NoRandomness`] if the system has none to give.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        match &self.pair {
            Pair::Rsa(pair, padding) => {
                let mut out = vec![0; pair.public().modulus_len()];
                pair.sign(*padding, self.random.ring(), message, &mut out)
                    .map_err(|_| SignError::NoRandomness)?;
                Ok(out)
            }
            Pair::Ec(pair) => pair
                .sign(self.random.ring(), message)
                .map(|signature| signature.as_ref().to_vec())
                .map_err(|_| SignError::NoRandomness),
            Pair::Deterministic(pair) => Ok(pair.sign(message)),
            Pair::Ed25519(pair) => Ok(pair.sign(message).as_ref().to_vec()),
        }
    }
}

fn prepare(
    algorithm: SignatureAlgorithm,
    key: &PrivateKey,
    random: &SystemRandom,
) -> Result<Pair, SignError> {
    let unsupported = || SignError::Unsupported(algorithm.to_string());
    let rejected = |reason: ring::error::KeyRejected| SignError::KeyRejected {
        kind: format!("{} private key", key.public().kind()),
        reason: explain_rejection(&reason.to_string()),
    };
    match key {
        PrivateKey::Rsa { pkcs1, .. } => {
            let padding = algorithm.rsa_padding().ok_or_else(unsupported)?;
            let pair = RsaKeyPair::from_der(pkcs1).map_err(rejected)?;
            Ok(Pair::Rsa(Box::new(pair), padding))
        }
        PrivateKey::Ec { scalar, .. } if ecdsa::offers(algorithm) => {
            let pair = ecdsa::Pair::new(algorithm, scalar).ok_or_else(unsupported)?;
            Ok(Pair::Deterministic(pair))
        }
        PrivateKey::Ec {
            curve,
            scalar,
            point,
        } => {
            let parameters = match algorithm {
                SignatureAlgorithm::Ecdsa(_, hash, encoding) => {
                    ecdsa_signing(*curve, hash, encoding)
                }
                _ => None,
            };
            EcdsaKeyPair::from_private_key_and_public_key(
                parameters.ok_or_else(unsupported)?,
                scalar,
                point,
                random.ring(),
            )
            .map(Pair::Ec)
            .map_err(rejected)
        }
        PrivateKey::X25519 { .. } => Err(unsupported()),
        PrivateKey::Ed25519 { seed, public } => {
            Ed25519KeyPair::from_seed_and_public_key(seed.as_slice(), public)
                .map(Pair::Ed25519)
                .map_err(rejected)
        }
    }
}

fn ecdsa_signing(
    curve: Curve,
    hash: DigestAlgorithm,
    encoding: EcEncoding,
) -> Option<&'static signature::EcdsaSigningAlgorithm> {
    match (curve, hash, encoding) {
        (Curve::P256, DigestAlgorithm::Sha256, EcEncoding::Fixed) => {
            Some(&signature::ECDSA_P256_SHA256_FIXED_SIGNING)
        }
        (Curve::P256, DigestAlgorithm::Sha256, EcEncoding::Asn1) => {
            Some(&signature::ECDSA_P256_SHA256_ASN1_SIGNING)
        }
        (Curve::P384, DigestAlgorithm::Sha384, EcEncoding::Fixed) => {
            Some(&signature::ECDSA_P384_SHA384_FIXED_SIGNING)
        }
        (Curve::P384, DigestAlgorithm::Sha384, EcEncoding::Asn1) => {
            Some(&signature::ECDSA_P384_SHA384_ASN1_SIGNING)
        }
        _ => None,
    }
}

// ring names its reasons in CamelCase; these are the ones that real keys meet.
fn explain_rejection(reason: &str) -> String {
    match reason {
        "InconsistentComponents" => {
            "its parts do not belong together, or its primes differ in length (it can still verify)"
        }
        "TooSmall" => "it is smaller than 2048 bits, or its public exponent is below 65537",
        "TooLarge" => "it is larger than 4096 bits",
        "PrivateModulusLenNotMultipleOf512Bits" => "its modulus is not a multiple of 512 bits long",
        other => return format!("ring says {other}"),
    }
    .to_owned()
}

/// Signs one message with one key.
///
/// # Errors
/// As [`Signer::new`] and [`Signer::sign`].
pub fn sign(
    algorithm: SignatureAlgorithm,
    key: &PrivateKey,
    message: &[u8],
    random: &SystemRandom,
) -> Result<Vec<u8>, SignError> {
    Signer::new(algorithm, key, random)?.sign(message)
}
