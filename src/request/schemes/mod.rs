//! One file a dialect; all of them come to the same [`Verdict`].

pub mod elevenlabs;
pub mod github;
pub mod gitlab;
pub mod paddle;
pub mod rfc9421;
pub mod sendgrid;
pub mod shopify;
pub mod sigv4;
pub mod slack;
pub mod standard_webhooks;
pub mod stripe;
pub mod twilio;
pub mod vercel;
pub mod webflow;
pub mod webhook;

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

/// The webhook schemes that need no description of one's own.
pub fn webhooks() -> Vec<webhook::Description> {
    vec![
        standard_webhooks::description(),
        github::description(),
        stripe::description(),
        slack::description(),
        shopify::description(),
        shopify::woocommerce(),
        shopify::hookdeck(),
        gitlab::description(),
        twilio::description(),
        paddle::description(),
        elevenlabs::description(),
        webflow::description(),
        vercel::description(),
        sendgrid::description(),
    ]
}
