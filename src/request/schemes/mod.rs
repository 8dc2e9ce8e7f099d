//! One file a dialect; all of them come to the same [`Verdict`].

pub mod rfc9421;
pub mod sigv4;

use std::time::Duration;

use super::exchange::Exchange;
use super::policy::Policy;
use super::reasons::Reason;
use super::verdict::Verdict;
use crate::kernel::key::Key;

/// A way to sign messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scheme {
    /// HTTP Message Signatures, RFC 9421.
    Rfc9421,
}

/// There is no signature of a scheme, or none that can be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Unsigned {
    /// Missing or malformed.
    pub reason: Reason,
    /// What was found, in words.
    pub message: String,
}

impl Scheme {
    /// The scheme's name.
    pub fn name(&self) -> &str {
        match self {
            Self::Rfc9421 => rfc9421::NAME,
        }
    }

    /// The largest age of a signature, where the scheme has its own idea of it.
    pub fn max_age(&self) -> Option<Duration> {
        match self {
            Self::Rfc9421 => None,
        }
    }

    /// Verifies the signatures of a message, one verdict each. The message is accepted if one of them is.
    ///
    /// # Errors
    /// [`Unsigned`] if there is no signature to judge.
    pub fn verify(
        &self,
        exchange: Exchange<'_>,
        keys: &[Key],
        policy: &Policy,
    ) -> Result<Vec<Verdict>, Unsigned> {
        match self {
            Self::Rfc9421 => rfc9421::verify(exchange, keys, policy).map_err(Unsigned::from),
        }
    }
}

/// The same scheme as others understand it, for explanations.
#[derive(Debug, Clone)]
pub(crate) struct Reading {
    /// A stable code.
    pub(crate) code: &'static str,
    /// What completes "it verifies if …".
    pub(crate) text: String,
    /// The scheme so understood.
    pub(crate) scheme: Scheme,
}

impl Scheme {
    /// The misreadings of the scheme that are worth trying.
    pub(crate) fn readings(&self) -> Vec<Reading> {
        match self {
            Self::Rfc9421 => Vec::new(),
        }
    }
}

impl From<rfc9421::SignatureFieldsError> for Unsigned {
    fn from(error: rfc9421::SignatureFieldsError) -> Self {
        use rfc9421::SignatureFieldsError::{Missing, NoSuchLabel};
        Self {
            reason: match error {
                Missing(_) | NoSuchLabel { .. } => Reason::SignatureMissing,
                _ => Reason::SignatureMalformed,
            },
            message: error.to_string(),
        }
    }
}
