//! AWS Signature Version 4 and 4A: one canonical request, two kinds of key, two places for the signature. Google's
//! `goog4` is a family of the same, by other names.
//!
//! A signature stands in the `Authorization` field or in the query of a presigned URL. The canonical request and the
//! string-to-sign keep where each of their lines comes from, so that a mismatch can be explained.

mod body;
mod canonical;
mod claim;
mod encode;
mod family;
mod key;
mod scope;
mod sign;
#[cfg(test)]
mod tests;
mod verify;

pub use body::payload_of;
pub(in crate::request::schemes) use body::{Claimed, body};
pub use canonical::{CanonicalError, CanonicalRequest, Line, Origin, Parts, Rules, signable};
pub(in crate::request::schemes) use canonical::{join, split_target, values};
pub use claim::{Claim, ClaimError};
pub(in crate::request::schemes) use claim::{malformed, members, only, signed_headers};
pub(in crate::request::schemes) use encode::{canonical_query, pairs};
pub use family::Family;
pub(in crate::request::schemes) use key::chain;
pub use key::{Credentials, Identity, KeyError, SigningKey, v4_signature, v4a_private_key};
pub use scope::{AmzDate, Scope, ScopeError, StringToSign};
pub use sign::{Added, Form, Payload, Settings, SignError, SignedParts, sign};
pub use verify::{Expected, SKEW, sign_message, verify};
pub(in crate::request::schemes) use verify::{judge, parts, readings, request_parts, sections};

/// The scheme's name.
pub const NAME: &str = "sigv4";
/// The payload hash that says that the body is not signed.
pub const UNSIGNED_PAYLOAD: &str = "UNSIGNED-PAYLOAD";
/// How the payload hashes begin that say that the body is signed in chunks, or that its trailer alone is.
pub const STREAMING: &str = "STREAMING-";
/// The longest life of a presigned URL, in seconds.
pub const MAX_EXPIRES: u64 = 604_800;

/// The versions of AWS and of Google.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Variant {
    /// HMAC-SHA-256 for one region.
    V4,
    /// ECDSA on P-256 for a set of regions.
    V4a,
    /// Google's, with the secret of an HMAC key.
    Goog4Hmac,
    /// Google's, with the RSA key of a service account.
    Goog4Rsa,
}

impl Variant {
    /// The algorithm's name in the message.
    pub fn algorithm(self) -> &'static str {
        match self {
            Self::V4 => "AWS4-HMAC-SHA256",
            Self::V4a => "AWS4-ECDSA-P256-SHA256",
            Self::Goog4Hmac => "GOOG4-HMAC-SHA256",
            Self::Goog4Rsa => "GOOG4-RSA-SHA256",
        }
    }

    /// The variant of an algorithm's name; names are compared whole.
    pub fn from_algorithm(name: &str) -> Option<Self> {
        let families = [Family::Aws, Family::Google].into_iter();
        let mut variants = families.flat_map(Family::variants);
        variants.find(|variant| variant.algorithm() == name)
    }

    /// Whose it is.
    pub fn family(self) -> Family {
        match self {
            Self::V4 | Self::V4a => Family::Aws,
            Self::Goog4Hmac | Self::Goog4Rsa => Family::Google,
        }
    }
}

impl std::fmt::Display for Variant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::V4 => "sigv4",
            Self::V4a => "sigv4a",
            Self::Goog4Hmac | Self::Goog4Rsa => "goog4",
        })
    }
}

/// Whether a service takes the path as it is on the wire, as S3 and its relatives do.
pub fn is_s3(service: &str) -> bool {
    matches!(
        service,
        "s3" | "s3express" | "s3-outposts" | "s3-object-lambda"
    )
}

/// Whether a service demands `x-amz-content-sha256`.
pub fn needs_content_sha256(service: &str) -> bool {
    is_s3(service) || service == "aoss"
}
