//! Why an authority issues nothing.

use std::net::IpAddr;
use std::time::Duration;

use super::authority::{AuthorityError, SigningError};
use super::name_limits::Forbidden;
use super::names::BadDnsName;
use super::policy::PolicyError;
use super::profile::IssuingProfile;
use crate::kernel::crypto::SignError;
use crate::kernel::spiffe_id::{SpiffeId, TrustDomain};
use crate::kernel::time::{Timestamp, humanize};

/// Why nothing was issued.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IssueError {
    /// The ID is of another trust domain.
    #[error("`{id}` is not in the authority's trust domain `{trust_domain}`")]
    OtherTrustDomain {
        /// The ID.
        id: SpiffeId,
        /// The authority's domain.
        trust_domain: TrustDomain,
    },
    /// The ID has no path (X509-SVID §3.1).
    #[error("`{0}` names a trust domain, not a workload: it needs a path")]
    NoPath(SpiffeId),
    /// The profile needs an ID.
    #[error("a certificate of the profile `{}` needs a SPIFFE ID", .0.name())]
    NoSpiffeId(IssuingProfile),
    /// The profile has no place for an ID.
    #[error(
        "a certificate of the profile `{}` bears no SPIFFE ID: one that does is client and server (X509-SVID §4.4)",
        .0.name()
    )]
    SpiffeIdUnwanted(IssuingProfile),
    /// The profile needs a name.
    #[error("a certificate of the profile `{}` needs a DNS name or an address", .0.name())]
    NoName(IssuingProfile),
    /// The profile has no place for names.
    #[error("an authority of the profile `{}` bears its trust domain and no other name", .0.name())]
    NamesUnwanted(IssuingProfile),
    /// A responder answers under its key.
    #[error("the certificate of an OCSP responder bears a common name and no other name")]
    ResponderNames,
    /// Linkerd takes P-256 alone.
    #[error("Linkerd accepts issuers with P-256 keys, signed by P-256 keys")]
    LinkerdKey,
    /// Linkerd looks for the issuer by a name that this trust domain does not make.
    #[error("Linkerd needs an issuer named `{0}`, which is no DNS name of at most 64 characters")]
    LinkerdDomain(String),
    /// The key of an authority.
    #[error("the key is that of `{0}`: whoever holds a certificate for it could issue")]
    AuthoritysKey(String),
    /// A key that is known to others.
    #[error(
        "a certificate for this key was revoked at {at} ({why}): the key is never certified again"
    )]
    CompromisedKey {
        /// When.
        at: Timestamp,
        /// Why.
        why: &'static str,
    },
    /// A common name that is too long or not text.
    #[error("a common name has 1 to 64 characters, none of them a control character")]
    BadCommonName,
    /// A common name that some software takes for a DNS name, and that is none.
    #[error("the common name `{0}` looks like a DNS name and is none: `_` stands in none")]
    BadHost(String),
    /// An IPv4 address in the form of an IPv6 address.
    #[error("`{0}` is an IPv4 address in the form of an IPv6 address: write it as IPv4")]
    DisguisedAddress(IpAddr),
    /// Not under the policy.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// Not under the chain's constraints.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// Too long a life.
    #[error("a life of {} is more than the {} that the authority allows", humanize(*asked), humanize(*limit))]
    TooLong {
        /// What was asked for.
        asked: Duration,
        /// The longest.
        limit: Duration,
    },
    /// No life.
    #[error("a certificate needs a life of at least one second")]
    NoLife,
    /// The authority itself has expired.
    #[error("the authority expired at {0}")]
    AuthorityExpired(Timestamp),
    /// The authority itself is not valid yet.
    #[error("the authority is valid from {0} on: this clock is behind, or `--at` is")]
    AuthorityNotYet(Timestamp),
    /// The authority may have no authority below it.
    #[error("`{0}` may have no authority below it (`pathlen:0`): the root signs authorities")]
    PathLength(String),
    /// Not a DNS name.
    #[error(transparent)]
    BadDnsName(#[from] BadDnsName),
    /// A key that cannot be certified.
    #[error(
        "{0} key cannot be certified: a key of P-256, P-384, Ed25519 or RSA from 2048 bits can"
    )]
    Key(String),
    /// The authority's own certificate.
    #[error(transparent)]
    Authority(#[from] AuthorityError),
    /// The authority's key cannot be used.
    #[error(transparent)]
    Signer(#[from] SignError),
    /// No signature, or a wrong one.
    #[error(transparent)]
    Signing(#[from] SigningError),
    /// A seed gives Ed25519 keys alone.
    #[error("a seed gives Ed25519 keys alone: signatures of other kinds are different each time")]
    KeyFromSeed,
    /// A seed is of no use to an authority whose signatures differ each time.
    #[error(
        "the authority signs with {0} key, whose signatures are different each time, whatever the seed"
    )]
    SignatureByChance(String),
    /// The system has no randomness.
    #[error("the system's source of randomness failed")]
    NoRandomness,
}
