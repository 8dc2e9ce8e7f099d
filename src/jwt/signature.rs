//! The signature of a token: which key fits, which was tried, and what came of it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{DecodingKey, EncodingKey};

use super::algorithm::{Algorithm, Primitive};
use super::compact::Compact;
use super::expectations::Expectations;
use super::profile::Profile;
use super::provider;
use super::reasons::Reason;
use crate::kernel::crypto::{self, SystemRandom};
use crate::kernel::key::{Key, KeyKind, Material, OutOfTime, PrivateKey};
use crate::kernel::time::{Leeway, Timestamp};

/// What the signature of a token is worth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignatureVerdict {
    /// It is that of this key.
    Valid {
        /// The key's name.
        key: String,
        /// The algorithm.
        algorithm: Algorithm,
    },
    /// It is not that of any key that fits.
    Invalid {
        /// Each key: tried, or why it was not.
        keys: Vec<(String, KeyOutcome)>,
    },
    /// No key fits, so nothing was computed.
    NoKey {
        /// Each key and why it was not tried.
        keys: Vec<(String, KeyOutcome)>,
    },
    /// The algorithm is `none`, unknown or not accepted.
    AlgorithmRefused {
        /// The name in the header.
        found: String,
        /// The accepted ones.
        accepted: Vec<Algorithm>,
    },
}

impl SignatureVerdict {
    /// Why the signature is worth nothing; None if it is valid.
    pub fn reason(&self) -> Option<Reason> {
        match self {
            Self::Valid { .. } => None,
            Self::Invalid { .. } => Some(Reason::SignatureInvalid),
            Self::NoKey { .. } => Some(Reason::NoKey),
            Self::AlgorithmRefused { .. } => Some(Reason::AlgorithmRefused),
        }
    }
}

/// What became of one key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyOutcome {
    /// It was tried and the signature is not its own.
    Tried,
    /// It was not tried.
    Skipped(Unfit),
}

/// Why a key is not tried.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// Another key id than the header names.
    #[error("its id is not `{wanted}`")]
    Id {
        /// The header's `kid`.
        wanted: String,
    },
    /// Another kind of key.
    #[error("{algorithm} needs {needed}")]
    Kind {
        /// The algorithm.
        algorithm: Algorithm,
        /// The kind it needs.
        needed: &'static str,
    },
    /// The key is meant for another algorithm (RFC 8725bis §3.1).
    #[error("it is meant for `{meant}`")]
    Algorithm {
        /// The key's `alg`.
        meant: String,
    },
    /// Its certificate or file is marked for RSASSA-PSS, or for one hash of it (RFC 4055 §1.2).
    #[error("it is marked for RSASSA-PSS in a way that leaves out {0}")]
    Scheme(Algorithm),
    /// The key is not meant for signatures (RFC 7517 §4.2).
    #[error("its use is `{0}`")]
    Use(String),
    /// Verifying is not among its operations (RFC 7517 §4.3).
    #[error("its operations do not include `verify`")]
    Operations,
    /// Its time has not come, or is over.
    #[error(transparent)]
    Time(OutOfTime),
    /// Too small (RFC 7518 §3.2, §3.3).
    #[error("it has {found}; {algorithm} needs at least {needed}")]
    Size {
        /// The algorithm.
        algorithm: Algorithm,
        /// What it has.
        found: String,
        /// What it needs.
        needed: String,
    },
}

/// What decides which keys are tried, beside the token's header.
#[derive(Debug, Clone, Copy)]
pub struct Trial<'a> {
    /// The algorithms that are accepted.
    pub accepted: &'a [Algorithm],
    /// The profile, for which some keys of a set may be set aside.
    pub profile: Option<Profile>,
    /// The time, in which the keys must be valid.
    pub now: Timestamp,
    /// How far clocks may be apart.
    pub leeway: Leeway,
}

impl<'a> Trial<'a> {
    /// A trial at a time, of no profile and without leeway.
    pub fn at(now: Timestamp, accepted: &'a [Algorithm]) -> Self {
        Self {
            accepted,
            profile: None,
            now,
            leeway: Leeway::default(),
        }
    }

    /// A trial at the time of some expectations, of no profile.
    pub fn of(expected: &Expectations, accepted: &'a [Algorithm]) -> Self {
        Self {
            leeway: expected.leeway,
            ..Self::at(expected.now, accepted)
        }
    }
}

/// Checks a token's signature with the keys that fit.
pub fn check(token: &Compact, keys: &[Key], trial: Trial<'_>) -> SignatureVerdict {
    check_signed(&Signed::from(token), keys, trial)
}

/// What a signature is over, and what its header says of it.
pub(super) struct Signed<'a> {
    /// The value of `alg`.
    pub(super) algorithm: &'a str,
    /// The value of `kid`.
    pub(super) key_id: Option<&'a str>,
    /// The bytes that are signed.
    pub(super) input: &'a [u8],
    /// The signature, decoded.
    pub(super) signature: &'a [u8],
}

impl<'a> From<&'a Compact> for Signed<'a> {
    fn from(token: &'a Compact) -> Self {
        Self {
            algorithm: &token.algorithm,
            key_id: token.header_text("kid"),
            input: token.signing_input().as_bytes(),
            signature: &token.signature,
        }
    }
}

/// As [`check`], for a signature of any serialization.
pub(super) fn check_signed(token: &Signed<'_>, keys: &[Key], trial: Trial<'_>) -> SignatureVerdict {
    let accepted = trial.accepted;
    let named = Algorithm::from_name(token.algorithm);
    let Some(algorithm) = named.filter(|algorithm| accepted.contains(algorithm)) else {
        return SignatureVerdict::AlgorithmRefused {
            found: token.algorithm.to_owned(),
            accepted: accepted.to_vec(),
        };
    };
    let wanted = token.key_id;
    // A set with one key of that id is searched by id; keys without id are tried whatever the header says.
    let mut outcomes = Vec::new();
    let mut tried = false;
    for key in keys {
        let outcome = match unfit(key, algorithm, (wanted, trial)) {
            Some(reason) => KeyOutcome::Skipped(reason),
            None if matches(token, key, algorithm) => {
                return SignatureVerdict::Valid {
                    key: key.name(),
                    algorithm,
                };
            }
            None => {
                tried = true;
                KeyOutcome::Tried
            }
        };
        outcomes.push((key.name(), outcome));
    }
    if tried {
        SignatureVerdict::Invalid { keys: outcomes }
    } else {
        SignatureVerdict::NoKey { keys: outcomes }
    }
}

/// The keys that would be tried for a token of one algorithm.
pub(super) fn fitting<'k>(
    token: &Compact,
    keys: &'k [Key],
    (algorithm, trial): (Algorithm, Trial<'k>),
) -> impl Iterator<Item = &'k Key> {
    let wanted = token.header_text("kid").map(str::to_owned);
    keys.iter()
        .filter(move |key| unfit(key, algorithm, (wanted.as_deref(), trial)).is_none())
}

fn unfit(
    key: &Key,
    algorithm: Algorithm,
    (wanted, trial): (Option<&str>, Trial<'_>),
) -> Option<Unfit> {
    if let (Some(id), Some(wanted)) = (&key.id, wanted)
        && id != wanted
    {
        return Some(Unfit::Id {
            wanted: wanted.to_owned(),
        });
    }
    if !algorithm.fits(key.kind()) {
        return Some(Unfit::Kind {
            algorithm,
            needed: algorithm.needed_key(),
        });
    }
    if !algorithm.allowed_by(key) {
        return Some(Unfit::Scheme(algorithm));
    }
    // RFC 9864 renamed EdDSA for Ed25519 keys: the two names are one algorithm.
    let same =
        |meant: &str| Algorithm::from_name(meant).is_some_and(|meant| meant.is_same_as(algorithm));
    if let Some(meant) = key.algorithm.as_deref().filter(|meant| !same(meant)) {
        return Some(Unfit::Algorithm {
            meant: meant.to_owned(),
        });
    }
    // SPIFFE bundles set a key aside for one kind of SVID (JWT-SVID §4.1, WIT-SVID).
    let own = match trial.profile {
        Some(Profile::JwtSvid) => "jwt-svid",
        Some(Profile::WitSvid) => "wit-svid",
        _ => "sig",
    };
    let fits = |usage: &&str| *usage == "sig" || *usage == own;
    if let Some(usage) = key.usage.as_deref().filter(|usage| !fits(usage)) {
        return Some(Unfit::Use(usage.to_owned()));
    }
    let allows =
        |operations: &Vec<String>| operations.iter().any(|operation| operation == "verify");
    if key
        .operations
        .as_ref()
        .is_some_and(|operations| !allows(operations))
    {
        return Some(Unfit::Operations);
    }
    if let Err(why) = key.validity.check(trial.now, trial.leeway) {
        return Some(Unfit::Time(why));
    }
    too_small(key, algorithm)
}

/// RFC 7518 §3.2: a MAC key is at least as long as the hash. §3.3, §3.5: an RSA key has at least 2048 bits.
pub(super) fn too_small(key: &Key, algorithm: Algorithm) -> Option<Unfit> {
    match (&key.material, algorithm.primitive(), key.kind()) {
        (Material::Secret(secret), Primitive::Mac(mac), _) if secret.len() < mac.tag_length() => {
            Some(Unfit::Size {
                algorithm,
                found: format!("{} bytes", secret.len()),
                needed: format!("{} bytes", mac.tag_length()),
            })
        }
        (_, _, KeyKind::Rsa { bits }) if bits < 2048 => Some(Unfit::Size {
            algorithm,
            found: format!("{bits} bits"),
            needed: "2048 bits".to_owned(),
        }),
        _ => None,
    }
}

fn matches(token: &Signed<'_>, key: &Key, algorithm: Algorithm) -> bool {
    let Some(library) = algorithm.library() else {
        return matches_without_library(token, key, algorithm);
    };
    provider::install();
    let decoding = match &key.material {
        Material::Secret(secret) => DecodingKey::from_secret(secret.expose()),
        Material::Private(key) => provider::decoding_key(&key.public()),
        Material::Public(key) => provider::decoding_key(key),
    };
    let signature = URL_SAFE_NO_PAD.encode(token.signature);
    jsonwebtoken::crypto::verify(&signature, token.input, &decoding, library).unwrap_or(false)
}

// The library's list of algorithms is closed: ES512 and ES256K go past it.
fn matches_without_library(token: &Signed<'_>, key: &Key, algorithm: Algorithm) -> bool {
    let (Primitive::Signature(signature), Some(public)) = (algorithm.primitive(), key.public())
    else {
        return false;
    };
    crypto::verify(signature, &public, token.input, token.signature).is_ok()
}

/// The signature over a signing input, base64url; None if the key cannot make it.
pub(super) fn make(input: &str, key: &Material, algorithm: Algorithm) -> Option<String> {
    let Some(library) = algorithm.library() else {
        return make_without_library(input, key, algorithm);
    };
    provider::install();
    let encoding = match key {
        Material::Secret(secret) => EncodingKey::from_secret(secret.expose()),
        Material::Private(key) => private(key),
        Material::Public(_) => return None,
    };
    jsonwebtoken::crypto::sign(input.as_bytes(), &encoding, library).ok()
}

fn make_without_library(input: &str, key: &Material, algorithm: Algorithm) -> Option<String> {
    let (Primitive::Signature(signature), Material::Private(private)) =
        (algorithm.primitive(), key)
    else {
        return None;
    };
    let random = SystemRandom::default();
    let made = crypto::sign(signature, private, input.as_bytes(), &random).ok()?;
    Some(URL_SAFE_NO_PAD.encode(made))
}

fn private(key: &PrivateKey) -> EncodingKey {
    provider::encoding_key(key)
}
