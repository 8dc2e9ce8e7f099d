//! HTTP Message Signatures (RFC 9421) with hmac-sha256.

mod fields;
mod sign;
mod verify;

use crate::kernel::time::{Leeway, Timestamp};
use crate::request::component::{Component, Context};
use std::time::Duration;

pub use fields::{SignatureFields, SignatureFieldsError};
pub use sign::{SignError, SignOptions, Signed, default_components, sign};
pub use verify::{Coverage, Freshness, Mac, Policy, RequestVerdict, VerifyError, verify};

/// The algorithms of RFC 9421 §3.3 that are implemented.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// `hmac-sha256` (§3.3.3).
    HmacSha256,
}

impl Algorithm {
    /// The name in the registry; compared whole (§6.2).
    pub fn name(self) -> &'static str {
        match self {
            Self::HmacSha256 => "hmac-sha256",
        }
    }
}

impl std::str::FromStr for Algorithm {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == Self::HmacSha256.name() {
            return Ok(Self::HmacSha256);
        }
        Err(format!(
            "`{text}` is not an algorithm offered here: hmac-sha256"
        ))
    }
}

/// How fresh a signature must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// The present.
    pub now: Timestamp,
    /// The largest age; None accepts any age, and a signature without `created`.
    pub max_age: Option<Duration>,
    /// How far the signer's clock may differ.
    pub leeway: Leeway,
}

/// What a request must have covered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Required {
    /// Method, authority, the whole target, and the digest of a body.
    Default,
    /// These components.
    Listed(Vec<Component>),
}

/// What a verifier knows beside the message.
#[derive(Debug, Clone, Copy)]
pub struct Surroundings {
    /// The scheme of the request's URI.
    pub context: Context,
    /// How fresh it must be.
    pub window: Window,
}
