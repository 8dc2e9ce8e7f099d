//! The header parameters of a key management, read and bounded before any key is touched.

use std::ops::RangeInclusive;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::algorithm::{KeyManagement, Scheme};
use super::content_key::Parties;
use super::encrypted::{Encrypted, Recipient};
use crate::kernel::document::Node;
use crate::kernel::key::{JwkError, Material, PublicKey, from_jwk};

/// What is wrong with a parameter. All of it is the sender's and no secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParameterError {
    /// A parameter that has to be there.
    #[error("`{0}` is missing")]
    Missing(&'static str),
    /// A parameter of another JSON type.
    #[error("`{name}` is not {wanted}")]
    Type {
        /// The parameter.
        name: &'static str,
        /// The type it has to have.
        wanted: &'static str,
    },
    /// A value of another length.
    #[error("{name} has {found} bytes; {wanted} needed")]
    Length {
        /// The part or parameter.
        name: &'static str,
        /// Its length.
        found: usize,
        /// `16 are`, `at least 8 are`.
        wanted: String,
    },
    /// A key is sent where none belongs (RFC 7516 §5.2 step 10).
    #[error("an encrypted key is sent, which `{0}` has not")]
    KeySent(KeyManagement),
    /// `epk` is no key.
    #[error("`epk` cannot be used: {0}")]
    EphemeralKey(JwkError),
    /// `epk` is a key that nobody agrees with.
    #[error("`epk` is not the public part of a key for agreement")]
    NoAgreement,
    /// `p2c` is out of bounds (RFC 7518 §4.8.1.2, RFC 8725bis §3.13).
    #[error("`p2c` demands {found} iterations; {} to {} are accepted", .accepted.start(), .accepted.end())]
    Iterations {
        /// The number as written.
        found: String,
        /// The bounds.
        accepted: RangeInclusive<u32>,
    },
}

/// What the sender sent for a key to be found with.
#[derive(Debug)]
pub(super) enum KeyParameters<'a> {
    /// Nothing but the encrypted key, which may be empty.
    Plain { encrypted_key: &'a [u8] },
    /// Key wrapping with GCM.
    Gcm {
        encrypted_key: &'a [u8],
        iv: Vec<u8>,
        tag: Vec<u8>,
    },
    /// Key agreement.
    Agreement {
        encrypted_key: &'a [u8],
        epk: PublicKey,
        parties: Parties,
    },
    /// A password.
    Password {
        encrypted_key: &'a [u8],
        salt: Vec<u8>,
        iterations: u32,
    },
}

impl<'a> KeyParameters<'a> {
    /// Reads what a key management needs.
    pub(super) fn read(
        message: &Encrypted,
        recipient: &'a Recipient,
        management: KeyManagement,
        iterations: &RangeInclusive<u32>,
    ) -> Result<Self, ParameterError> {
        let encrypted_key = recipient.encrypted_key.as_slice();
        let octets = |name| octets(message, recipient, name);
        let scheme = management.scheme();
        // RFC 7518 §4.5, §4.6: nothing is sent where the key is given or agreed on.
        let sends = !matches!(scheme, Scheme::Direct | Scheme::Agree(None));
        match (sends, encrypted_key.is_empty()) {
            (false, false) => return Err(ParameterError::KeySent(management)),
            (true, true) => return Err(ParameterError::Missing("encrypted_key")),
            _ => {}
        }
        Ok(match scheme {
            Scheme::Direct | Scheme::Wrap(_) | Scheme::Rsa => Self::Plain { encrypted_key },
            Scheme::GcmWrap(_) => {
                let iv = octets("iv")?.ok_or(ParameterError::Missing("iv"))?;
                let tag = octets("tag")?.ok_or(ParameterError::Missing("tag"))?;
                check_length("`iv`", &iv, 12)?;
                check_length("`tag`", &tag, 16)?;
                Self::Gcm {
                    encrypted_key,
                    iv,
                    tag,
                }
            }
            Scheme::Agree(_) => Self::Agreement {
                encrypted_key,
                epk: ephemeral_key(message, recipient)?,
                parties: Parties {
                    sender: octets("apu")?.unwrap_or_default(),
                    recipient: octets("apv")?.unwrap_or_default(),
                },
            },
            Scheme::Password(..) => {
                let salt = octets("p2s")?.ok_or(ParameterError::Missing("p2s"))?;
                // RFC 7518 §4.8.1.1
                if salt.len() < 8 {
                    return Err(ParameterError::Length {
                        name: "`p2s`",
                        found: salt.len(),
                        wanted: "at least 8 are".to_owned(),
                    });
                }
                let count = message.find(recipient, "p2c");
                Self::Password {
                    encrypted_key,
                    salt,
                    iterations: count_of(count, iterations)?,
                }
            }
        })
    }

    pub(super) fn encrypted_key(&self) -> &'a [u8] {
        match self {
            Self::Plain { encrypted_key }
            | Self::Gcm { encrypted_key, .. }
            | Self::Agreement { encrypted_key, .. }
            | Self::Password { encrypted_key, .. } => encrypted_key,
        }
    }
}

/// Checks a length that the algorithm fixes.
pub(super) fn check_length(
    name: &'static str,
    octets: &[u8],
    wanted: usize,
) -> Result<(), ParameterError> {
    if octets.len() == wanted {
        return Ok(());
    }
    Err(ParameterError::Length {
        name,
        found: octets.len(),
        wanted: format!("{wanted} are"),
    })
}

fn count_of(node: Option<&Node>, accepted: &RangeInclusive<u32>) -> Result<u32, ParameterError> {
    let number = node
        .ok_or(ParameterError::Missing("p2c"))?
        .as_number()
        .ok_or(ParameterError::Type {
            name: "p2c",
            wanted: "a number",
        })?;
    number
        .integer
        .and_then(|count| u32::try_from(count).ok())
        .filter(|count| accepted.contains(count))
        .ok_or_else(|| ParameterError::Iterations {
            found: number.text.chars().take(40).collect(),
            accepted: accepted.clone(),
        })
}

fn octets(
    message: &Encrypted,
    recipient: &Recipient,
    name: &'static str,
) -> Result<Option<Vec<u8>>, ParameterError> {
    let Some(node) = message.find(recipient, name) else {
        return Ok(None);
    };
    let decoded = node
        .as_str()
        .and_then(|text| URL_SAFE_NO_PAD.decode(text).ok());
    decoded.map(Some).ok_or(ParameterError::Type {
        name,
        wanted: "base64url without padding",
    })
}

// RFC 7518 §4.6.1.1. A point beside its curve is refused by the reader of keys.
fn ephemeral_key(message: &Encrypted, recipient: &Recipient) -> Result<PublicKey, ParameterError> {
    let node = message.find(recipient, "epk");
    let key = from_jwk(node.ok_or(ParameterError::Missing("epk"))?)
        .map_err(ParameterError::EphemeralKey)?;
    match key.material {
        Material::Public(public) if KeyManagement::EcdhEs.fits(public.kind()) => Ok(public),
        _ => Err(ParameterError::NoAgreement),
    }
}
