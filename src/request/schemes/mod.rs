//! One file a dialect; all of them come to the same [`Verdict`].

pub mod aliyun;
pub mod azure;
pub mod cavage;
pub mod custom;
pub mod elevenlabs;
pub mod github;
pub mod gitlab;
pub mod goog4;
mod http_date;
pub mod paddle;
pub mod rfc9421;
pub mod sendgrid;
pub mod shopify;
#[cfg(test)]
mod signed_tests;
pub mod sigv4;
pub mod slack;
pub mod standard_webhooks;
pub mod stripe;
pub mod tencent;
pub mod twilio;
pub mod vercel;
pub mod webflow;
pub mod webhook;

use std::time::Duration;

use super::exchange::Exchange;
use super::explain::Cause;
use super::freshness::Freshness;
use super::message::Message;
use super::policy::{Policy, Required};
use super::reasons::Reason;
use super::verdict::{Coverage, Verdict};
use crate::kernel::key::Key;

/// A way to sign messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scheme {
    /// HTTP Message Signatures, RFC 9421.
    Rfc9421,
    /// AWS Signature Version 4 and 4A.
    Sigv4(sigv4::Expected),
    /// Google Cloud Storage, V4.
    Goog4(goog4::Expected),
    /// Tencent Cloud, version 3.
    Tencent(tencent::Expected),
    /// Alibaba Cloud, version 3.
    Aliyun,
    /// Azure Storage, Shared Key.
    Azure,
    /// Draft-cavage-http-signatures-12.
    Cavage,
    /// A vendor's or one's own webhook scheme.
    Webhook(Box<webhook::Description>),
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
            Self::Sigv4(_) => sigv4::NAME,
            Self::Goog4(_) => goog4::NAME,
            Self::Tencent(_) => tencent::NAME,
            Self::Aliyun => aliyun::NAME,
            Self::Azure => azure::NAME,
            Self::Cavage => cavage::NAME,
            Self::Webhook(description) => &description.name,
        }
    }

    /// The largest age of a signature, where the scheme has its own idea of it.
    pub fn max_age(&self) -> Option<Duration> {
        match self {
            Self::Rfc9421 | Self::Cavage => None,
            Self::Sigv4(_) => Some(sigv4::SKEW),
            Self::Goog4(_) => Some(goog4::SKEW),
            Self::Tencent(_) => Some(tencent::SKEW),
            Self::Aliyun => Some(aliyun::SKEW),
            Self::Azure => Some(azure::SKEW),
            Self::Webhook(description) => {
                let rule = description.timestamp.as_ref()?;
                Some(rule.past)
            }
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
        let mut verdicts = self.judge(exchange, keys, policy)?;
        for verdict in &mut verdicts {
            if policy.dated && verdict.freshness == Freshness::Untold {
                verdict.freshness = Freshness::Undated;
            }
        }
        Ok(verdicts)
    }

    fn judge(
        &self,
        exchange: Exchange<'_>,
        keys: &[Key],
        policy: &Policy,
    ) -> Result<Vec<Verdict>, Unsigned> {
        match self {
            Self::Rfc9421 => rfc9421::verify(exchange, keys, policy).map_err(Unsigned::from),
            Self::Sigv4(expected) => {
                sigv4::verify(exchange, keys, policy, expected).map(|verdict| vec![verdict])
            }
            Self::Goog4(expected) => {
                goog4::verify(exchange, keys, policy, expected).map(|verdict| vec![verdict])
            }
            Self::Tencent(expected) => {
                tencent::verify(exchange, keys, policy, expected).map(|verdict| vec![verdict])
            }
            Self::Aliyun => aliyun::verify(exchange, keys, policy).map(|verdict| vec![verdict]),
            Self::Azure => azure::verify(exchange, keys, policy).map(|verdict| vec![verdict]),
            Self::Cavage => cavage::verify(exchange, keys, policy).map(|verdict| vec![verdict]),
            Self::Webhook(description) => {
                webhook::verify(description, exchange, keys, policy).map(|verdict| vec![verdict])
            }
        }
    }
}

/// The same scheme as others understand it, for explanations.
#[derive(Debug, Clone)]
pub(crate) struct Reading {
    /// What it is called.
    pub(crate) cause: Cause,
    /// What completes "it verifies if …".
    pub(crate) text: String,
    /// The scheme so understood.
    pub(crate) scheme: Scheme,
}

impl Scheme {
    /// The misreadings of the scheme that are worth trying.
    pub(crate) fn readings(&self) -> Vec<Reading> {
        match self {
            Self::Rfc9421
            | Self::Cavage
            | Self::Goog4(_)
            | Self::Tencent(_)
            | Self::Aliyun
            | Self::Azure => Vec::new(),
            Self::Sigv4(expected) => sigv4::readings(expected),
            Self::Webhook(description) => webhook::readings(description),
        }
    }
}

impl From<rfc9421::SignatureFieldsError> for Unsigned {
    fn from(error: rfc9421::SignatureFieldsError) -> Self {
        use rfc9421::SignatureFieldsError::{DuplicateLabel, Malformed, Missing, NoSuchLabel};
        Self {
            reason: match &error {
                Missing(_) | NoSuchLabel { .. } => Reason::SignatureMissing,
                DuplicateLabel { .. } => Reason::SignatureAmbiguous,
                Malformed { problem, .. } if problem.is_repetition() => Reason::SignatureAmbiguous,
                _ => Reason::SignatureMalformed,
            },
            message: error.to_string(),
        }
    }
}

/// The coverage of a scheme that chooses itself what it signs: the policy's components must be among it, and it has
/// neither tag nor nonce.
fn demands(covered: Vec<String>, policy: &Policy) -> Coverage {
    let missing = match &policy.required {
        Required::Default => Vec::new(),
        Required::Listed(required) => required
            .iter()
            .map(|component| component.identifier().to_owned())
            .filter(|identifier| !covered.contains(identifier))
            .collect(),
    };
    let unmet = [
        (Reason::TagMismatch, &policy.tag),
        (Reason::NonceMismatch, &policy.nonce),
    ];
    let unmet = unmet.into_iter().filter_map(|(reason, expected)| {
        let expected = expected.clone()?;
        Some((reason, expected, "(none)".to_owned()))
    });
    Coverage {
        unmet: unmet.collect(),
        covered,
        missing,
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

/// The name of the scheme that a message seems to be signed with. Nothing is verified by it: whoever writes a message
/// chooses its fields, so a verifier is told its scheme.
pub fn detect(message: &Message) -> Option<String> {
    let starts = |name: &str, text: &[u8]| {
        let mut values = message.values(name);
        values.any(|value| {
            value
                .get(..text.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(text))
        })
    };
    if message.values("signature-input").next().is_some() {
        return Some(rfc9421::NAME.to_owned());
    }
    let presigned = message
        .target()
        .is_some_and(|target| target.contains("X-Amz-Algorithm="));
    if presigned || starts("authorization", b"AWS4-") {
        return Some(sigv4::NAME.to_owned());
    }
    let signed_url = message
        .target()
        .is_some_and(|target| target.contains("X-Goog-Algorithm="));
    if signed_url || starts("authorization", b"GOOG4-") {
        return Some(goog4::NAME.to_owned());
    }
    let prefixes: [(&[u8], &str); 3] = [
        (b"TC3-", tencent::NAME),
        (b"ACS3-", aliyun::NAME),
        (b"SharedKey ", azure::NAME),
    ];
    if let Some((_, name)) = prefixes
        .iter()
        .find(|(text, _)| starts("authorization", text))
    {
        return Some((*name).to_owned());
    }
    if starts("authorization", b"signature ") || starts("signature", b"keyid=") {
        return Some(cavage::NAME.to_owned());
    }
    let carried = |name: &String| message.values(name).next().is_some();
    webhooks()
        .into_iter()
        .find(|description| description.field.iter().any(carried))
        .map(|description| description.name)
}
