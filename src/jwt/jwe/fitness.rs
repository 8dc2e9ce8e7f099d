//! Which keys may be used with a key management: one key, one algorithm, one purpose (RFC 8725bis §3.1).

use super::algorithm::{ContentEncryption, KeyManagement, Scheme};
use crate::kernel::key::{Key, KeyKind, Material};

/// What became of one key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// It was tried, and the message does not open with it.
    Tried,
    /// It was not tried.
    Skipped(Unfit),
}

/// Why a key is not used.
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
        /// The key management.
        algorithm: KeyManagement,
        /// The kind it needs.
        needed: &'static str,
    },
    /// Another curve than that of the sender's ephemeral key.
    #[error("the sender's `epk` is {found} key")]
    Curve {
        /// The kind of the ephemeral key, with its article.
        found: KeyKind,
    },
    /// The key is meant for another algorithm.
    #[error("it is meant for `{meant}`")]
    Algorithm {
        /// The key's `alg`.
        meant: String,
    },
    /// The key is not meant for encryption (RFC 7517 §4.2).
    #[error("its use is `{0}`")]
    Use(String),
    /// The operation is not among those of the key (RFC 7517 §4.3).
    #[error("its operations do not include `{needed}`")]
    Operations {
        /// The operation.
        needed: &'static str,
    },
    /// A secret of another length, or an RSA key that is too small.
    #[error("it has {found}; {algorithm} needs {needed}")]
    Size {
        /// The algorithm.
        algorithm: &'static str,
        /// What it has.
        found: String,
        /// What it needs.
        needed: String,
    },
    /// Only the public half is there.
    #[error("it is a public key; decrypting needs the private one")]
    PublicOnly,
}

/// What the key is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    Encrypt,
    Decrypt,
}

/// Why a key may not be used; None if it may.
pub(super) fn unfit(
    key: &Key,
    management: KeyManagement,
    encryption: ContentEncryption,
    direction: Direction,
) -> Option<Unfit> {
    if !management.fits(key.kind()) {
        return Some(Unfit::Kind {
            algorithm: management,
            needed: management.needed_key(),
        });
    }
    // A key for direct encryption is named by what it encrypts with: both spellings occur, RFC 7520 §5.6 has the latter.
    let meant = |name: &&str| {
        *name == management.name()
            || (management == KeyManagement::Dir && *name == encryption.name())
    };
    if let Some(name) = key.algorithm.as_deref().filter(|name| !meant(name)) {
        return Some(Unfit::Algorithm {
            meant: name.to_owned(),
        });
    }
    // RFC 4055 §1.2: a key that is marked for RSASSA-PSS is for that alone.
    if !key.rsa_use.allows_pkcs1() {
        return Some(Unfit::Use("RSASSA-PSS".to_owned()));
    }
    if let Some(usage) = key.usage.as_deref().filter(|usage| *usage != "enc") {
        return Some(Unfit::Use(usage.to_owned()));
    }
    let accepted = operations(management, direction);
    if let (Some(given), Some(needed)) = (&key.operations, accepted.first()) {
        let included = given.iter().any(|one| accepted.contains(&one.as_str()));
        // The public half of an agreement key has nothing to do: WebCrypto writes an empty list.
        let idle = given.is_empty() && matches!(key.material, Material::Public(_));
        if !included && !idle {
            return Some(Unfit::Operations { needed });
        }
    }
    if direction == Direction::Decrypt && matches!(key.material, Material::Public(_)) {
        return Some(Unfit::PublicOnly);
    }
    wrong_size(key, management, encryption)
}

/// RFC 7517 §4.3, each with the names that libraries write for it, the registered one first.
fn operations(management: KeyManagement, direction: Direction) -> &'static [&'static str] {
    match (management.scheme(), direction) {
        (Scheme::Direct, Direction::Encrypt) => &["encrypt"],
        (Scheme::Direct, Direction::Decrypt) => &["decrypt"],
        (Scheme::Wrap(_) | Scheme::GcmWrap(_), Direction::Encrypt) => &["wrapKey"],
        (Scheme::Wrap(_) | Scheme::GcmWrap(_), Direction::Decrypt) => &["unwrapKey"],
        (Scheme::Rsa, Direction::Encrypt) => &["wrapKey", "encrypt"],
        (Scheme::Rsa, Direction::Decrypt) => &["unwrapKey", "decrypt"],
        // What is agreed on or derived wraps the content key in the end, and José names that.
        (Scheme::Agree(_) | Scheme::Password(..), Direction::Encrypt) => {
            &["deriveKey", "deriveBits", "wrapKey"]
        }
        (Scheme::Agree(_) | Scheme::Password(..), Direction::Decrypt) => {
            &["deriveKey", "deriveBits", "unwrapKey"]
        }
    }
}

fn wrong_size(
    key: &Key,
    management: KeyManagement,
    encryption: ContentEncryption,
) -> Option<Unfit> {
    let (algorithm, needed) = match management.scheme() {
        Scheme::Direct => (encryption.name(), encryption.aead().key_length()),
        Scheme::Wrap(size) | Scheme::GcmWrap(size) => (management.name(), size.bytes()),
        Scheme::Rsa => {
            return match key.kind() {
                // RFC 7518 §4.2, §4.3
                KeyKind::Rsa { bits } if bits < 2048 => Some(Unfit::Size {
                    algorithm: management.name(),
                    found: format!("{bits} bits"),
                    needed: "at least 2048 bits".to_owned(),
                }),
                _ => None,
            };
        }
        Scheme::Agree(_) | Scheme::Password(..) => return None,
    };
    match &key.material {
        Material::Secret(secret) if secret.len() != needed => Some(Unfit::Size {
            algorithm,
            found: format!("{} bytes", secret.len()),
            needed: format!("{needed} bytes"),
        }),
        _ => None,
    }
}
