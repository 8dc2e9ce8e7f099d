//! Where what is new in a certificate comes from: its key, if it is made here, and its serial number.
//!
//! Of chance, or of a seed, which gives the same again: to compare what two machines made, and for fixtures. What comes of a
//! seed depends on the log's size and root, so that one log never gives the same key twice, and a serial number on all that
//! the certificate says of its subject, so that two that differ have two. Ed25519 alone: its signatures draw nothing.

use super::issuance_log::Hash;
use super::issue::KeyChoice;
use super::issue_error::IssueError;
use super::names::Names;
use super::profile::IssuingProfile;
use crate::kernel::crypto::{Random as _, Seed, SystemRandom};
use crate::kernel::key::{PrivateKey, PublicKey, ed25519_private};
use crate::kernel::spiffe_id::TrustDomain;

/// Where it comes from.
#[derive(Debug, Clone, Copy)]
pub enum Origin<'a> {
    /// The system's randomness.
    Chance(&'a SystemRandom),
    /// A seed, at a place in the log.
    Seed {
        /// The seed.
        seed: &'a Seed,
        /// The index that the certificate will have.
        index: u64,
        /// The root of the entries that were there when this began.
        root: Hash,
    },
}

/// Whose a new key is.
#[derive(Debug, Clone, Copy)]
pub enum KeyOf<'a> {
    /// An authority's own: `root`, `issuing` or `log`.
    Authority {
        /// Which of them.
        role: &'static str,
        /// The authority's trust domain.
        trust_domain: &'a TrustDomain,
        /// Which in a row of authorities it is.
        generation: u32,
    },
    /// That of what an authority certifies.
    Certified {
        /// What for.
        profile: IssuingProfile,
        /// The names asked for.
        names: &'a Names,
        /// The common name asked for.
        common_name: Option<&'a str>,
    },
}

impl Origin<'_> {
    /// A new key.
    ///
    /// # Errors
    /// [`IssueError`] if there is no randomness, or if a seed gives no key of this kind.
    pub fn key(self, choice: KeyChoice, whose: KeyOf<'_>) -> Result<PrivateKey, IssueError> {
        if let Self::Chance(random) = self {
            return choice.generate(random);
        }
        if choice != KeyChoice::Ed25519 {
            return Err(IssueError::KeyFromSeed);
        }
        let octets = match whose {
            KeyOf::Authority {
                role,
                trust_domain,
                generation,
            } => {
                let generation = generation.to_be_bytes();
                let domain = trust_domain.as_str();
                self.derive("key", &[role.as_bytes(), domain.as_bytes(), &generation])
            }
            KeyOf::Certified {
                profile,
                names,
                common_name,
            } => {
                let profile = format!("certified {}", profile.name());
                let name = common_name.unwrap_or_default();
                let parts = [profile.as_bytes(), &names.to_der(), name.as_bytes()];
                self.derive("key", &parts)
            }
        };
        let key = octets.and_then(|octets| ed25519_private(octets.as_slice(), None).ok());
        key.ok_or(IssueError::NoRandomness)
    }

    /// A new serial number for a certificate that says this.
    pub(super) fn serial(self, said: &[&[u8]]) -> Result<[u8; 20], IssueError> {
        let mut serial = [0; 20];
        match (self, self.derive("serial", said)) {
            (Self::Chance(random), _) => random
                .fill(&mut serial)
                .map_err(|_| IssueError::NoRandomness)?,
            (_, Some(octets)) => serial.copy_from_slice(octets.split_at(20).0),
            (_, None) => return Err(IssueError::NoRandomness),
        }
        // RFC 5280 §4.1.2.2: positive and at most 20 octets, so the top bit is clear; never zero in front.
        serial[0] = serial[0] & 0x7f | 0x40;
        Ok(serial)
    }

    /// A signer whose signatures differ each time makes nothing that is the same again.
    pub(super) fn check_signer(self, key: &PublicKey) -> Result<(), IssueError> {
        match (self, key) {
            (Self::Chance(_), _) | (_, PublicKey::Ed25519(_)) => Ok(()),
            _ => Err(IssueError::SignatureByChance(key.kind().to_string())),
        }
    }

    fn derive(self, purpose: &str, said: &[&[u8]]) -> Option<zeroize::Zeroizing<[u8; 32]>> {
        let Self::Seed { seed, index, root } = self else {
            return None;
        };
        let index = index.to_be_bytes();
        let mut parts = vec![purpose.as_bytes(), &index, &root];
        parts.extend(said);
        Some(seed.derive(&parts))
    }
}
