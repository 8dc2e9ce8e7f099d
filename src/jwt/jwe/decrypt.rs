//! Decryption (RFC 7516 §5.2): which key fits, which was tried, and what came of it.

use std::ops::RangeInclusive;

use zeroize::Zeroizing;

use super::algorithm::{ContentEncryption, KeyManagement};
use super::content_key;
use super::encrypted::{Encrypted, Recipient};
use super::fitness::{Direction, Fate, Unfit, unfit};
use super::inflate::{InflateError, inflate};
use super::parameters::{KeyParameters, ParameterError, check_length};
use super::reasons::Reason;
use crate::kernel::crypto::{AeadInput, Sealed};
use crate::kernel::key::Key;

/// How much work a message may demand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// The most bytes that a compressed content may unpack to (RFC 8725bis §3.15).
    pub content: usize,
    /// The iterations that `p2c` may demand (RFC 7518 §4.8.1.2, RFC 8725bis §3.13).
    pub iterations: RangeInclusive<u32>,
    /// The iterations that all keys and recipients together may cost.
    pub total_iterations: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            content: 250_000,
            iterations: 1_000..=1_200_000,
            total_iterations: 4_800_000,
        }
    }
}

/// A message that was opened. It says nothing about who wrote it.
#[derive(Clone)]
pub struct Decrypted {
    /// The content.
    pub plaintext: Zeroizing<Vec<u8>>,
    /// The name of the key that opened it.
    pub key: String,
    /// The place of the recipient, from 0.
    pub recipient: usize,
    /// How the content key was found.
    pub management: KeyManagement,
    /// How the content was encrypted.
    pub encryption: ContentEncryption,
    /// Whether the content was compressed.
    pub compressed: bool,
}

impl std::fmt::Debug for Decrypted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Decrypted({}, {}, ****)",
            self.management, self.encryption
        )
    }
}

/// A message that stays closed: each recipient with its refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undecryptable {
    /// One for each recipient, in order.
    pub attempts: Vec<Attempt>,
}

/// What came of one recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// The recipient's `alg`, as written.
    pub algorithm: String,
    /// Why it failed.
    pub refusal: Refusal,
    /// Each key: tried, or why it was not. Empty if no key was looked at.
    pub keys: Vec<(String, Fate)>,
}

/// Why a recipient's share did not open the message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// `alg` is unknown.
    #[error("the key management `{0}` is not known")]
    Algorithm(String),
    /// `alg` is known and not in this build.
    #[error("{0} needs a build with the feature `rsa-decryption`")]
    NotBuilt(KeyManagement),
    /// `enc` is unknown.
    #[error("the content encryption `{0}` is not known")]
    Encryption(String),
    /// `zip` is unknown.
    #[error("the compression `{0}` is not known")]
    Compression(String),
    /// A parameter.
    #[error(transparent)]
    Parameter(#[from] ParameterError),
    /// The keys and recipients together demand too much work.
    #[error("the message demands more work of passwords than is allowed")]
    TooMuchWork,
    /// No key fits.
    #[error("no key fits")]
    NoKey,
    /// Every key that fits was tried. Which step failed is not told.
    #[error("it does not open: another key, or the message was changed")]
    Failed,
    /// The content cannot be unpacked.
    #[error(transparent)]
    Inflate(#[from] InflateError),
}

impl Refusal {
    /// The step, as a stable code.
    pub fn reason(&self) -> Reason {
        match self {
            Self::Algorithm(_) | Self::NotBuilt(_) | Self::Encryption(_) | Self::Compression(_) => {
                Reason::AlgorithmRefused
            }
            Self::Parameter(_) | Self::TooMuchWork => Reason::Parameter,
            Self::NoKey => Reason::NoKey,
            Self::Failed => Reason::Failed,
            Self::Inflate(_) => Reason::Decompression,
        }
    }
}

impl Undecryptable {
    /// The attempt that came furthest.
    pub fn nearest(&self) -> Option<&Attempt> {
        self.attempts
            .iter()
            .max_by_key(|attempt| attempt.refusal.reason())
    }

    /// How far it came, as a stable code.
    pub fn reason(&self) -> Reason {
        self.nearest()
            .map_or(Reason::Malformed, |attempt| attempt.refusal.reason())
    }
}

/// Opens a message with the first key that fits one of its recipients.
///
/// # Errors
/// [`Undecryptable`], with what became of each key for each recipient.
pub fn decrypt(
    message: &Encrypted,
    keys: &[Key],
    limits: &Limits,
) -> Result<Decrypted, Undecryptable> {
    let mut work = limits.total_iterations;
    let mut attempts = Vec::new();
    for (place, recipient) in message.recipients.iter().enumerate() {
        let mut attempt = Opening {
            message,
            recipient,
            limits,
            work: &mut work,
            fates: Vec::new(),
        };
        match attempt.open(keys) {
            Ok(mut decrypted) => {
                decrypted.recipient = place;
                return Ok(decrypted);
            }
            Err(refusal) => attempts.push(Attempt {
                algorithm: attempt.parameter("alg").to_owned(),
                refusal,
                keys: attempt.fates,
            }),
        }
    }
    Err(Undecryptable { attempts })
}

struct Opening<'a> {
    message: &'a Encrypted,
    recipient: &'a Recipient,
    limits: &'a Limits,
    work: &'a mut u32,
    fates: Vec<(String, Fate)>,
}

impl<'a> Opening<'a> {
    fn parameter(&self, name: &str) -> &'a str {
        // The reader of the message has seen to it that `alg` and `enc` are there.
        self.message.text(self.recipient, name).unwrap_or_default()
    }

    fn open(&mut self, keys: &[Key]) -> Result<Decrypted, Refusal> {
        let name = self.parameter("alg");
        let management =
            KeyManagement::from_name(name).ok_or_else(|| Refusal::Algorithm(name.to_owned()))?;
        if !management.is_built() {
            return Err(Refusal::NotBuilt(management));
        }
        let name = self.parameter("enc");
        let encryption = ContentEncryption::from_name(name)
            .ok_or_else(|| Refusal::Encryption(name.to_owned()))?;
        let zip = self.message.text(self.recipient, "zip");
        if let Some(other) = zip.filter(|zip| *zip != "DEF") {
            return Err(Refusal::Compression(other.to_owned()));
        }
        let aead = encryption.aead();
        check_length(
            "the initialization vector",
            &self.message.iv,
            aead.iv_length(),
        )?;
        check_length("the tag", &self.message.tag, aead.tag_length())?;
        let iterations = &self.limits.iterations;
        let sent = KeyParameters::read(self.message, self.recipient, management, iterations)?;
        let (key, plaintext) = self.find(keys, (management, encryption), &sent)?;
        let compressed = zip.is_some();
        Ok(Decrypted {
            plaintext: if compressed {
                inflate(&plaintext, self.limits.content)?
            } else {
                plaintext
            },
            key,
            recipient: 0,
            management,
            encryption,
            compressed,
        })
    }

    fn find(
        &mut self,
        keys: &[Key],
        (management, encryption): (KeyManagement, ContentEncryption),
        sent: &KeyParameters<'_>,
    ) -> Result<(String, Zeroizing<Vec<u8>>), Refusal> {
        let mut tried = false;
        for key in keys {
            let reason = self
                .other_id(key)
                .or_else(|| unfit(key, management, encryption, Direction::Decrypt))
                .or_else(|| other_curve(key, sent));
            if let Some(reason) = reason {
                self.fates.push((key.name(), Fate::Skipped(reason)));
                continue;
            }
            if let KeyParameters::Password { iterations, .. } = sent {
                let left = self.work.checked_sub(*iterations);
                *self.work = left.ok_or(Refusal::TooMuchWork)?;
            }
            tried = true;
            if let Some(plaintext) = self.try_key(key, (management, encryption), sent) {
                return Ok((key.name(), plaintext));
            }
            self.fates.push((key.name(), Fate::Tried));
        }
        Err(if tried {
            Refusal::Failed
        } else {
            Refusal::NoKey
        })
    }

    fn try_key(
        &self,
        key: &Key,
        (management, encryption): (KeyManagement, ContentEncryption),
        sent: &KeyParameters<'_>,
    ) -> Option<Zeroizing<Vec<u8>>> {
        let content_key = content_key::recover(key, management, encryption, sent).ok()?;
        let input = AeadInput {
            key: &content_key,
            iv: &self.message.iv,
            aad: &self.message.aad,
        };
        let sealed = Sealed {
            ciphertext: self.message.ciphertext.clone(),
            tag: self.message.tag.clone(),
        };
        encryption.aead().open(input, &sealed).ok()
    }

    fn other_id(&self, key: &Key) -> Option<Unfit> {
        let wanted = self.message.text(self.recipient, "kid")?;
        let id = key.id.as_deref()?;
        (id != wanted).then(|| Unfit::Id {
            wanted: wanted.to_owned(),
        })
    }
}

fn other_curve(key: &Key, sent: &KeyParameters<'_>) -> Option<Unfit> {
    match sent {
        KeyParameters::Agreement { epk, .. } if epk.kind() != key.kind() => {
            Some(Unfit::Curve { found: epk.kind() })
        }
        _ => None,
    }
}
