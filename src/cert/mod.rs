//! A private certificate authority and its SPIFFE leaves: made, issued, verified with reasons.
//!
//! ```
//! use std::time::Duration;
//! use countersign::cert::{self, Authority, Certificate, ExpectedId, LeafOptions};
//! use countersign::kernel::{crypto::SystemRandom, time::Timestamp};
//!
//! let now = Timestamp::parse("2026-11-22T09:00:00Z")?;
//! let random = SystemRandom::default();
//! let domain: cert::TrustDomain = "acme.example".parse()?;
//! let root = cert::root(&domain, Duration::from_secs(86_400), now, &random)?;
//! let authority = Authority {
//!     certificate: root.certificate.clone(),
//!     key: root.key,
//!     not_after: root.not_after,
//!     trust_domain: domain,
//!     max_ttl: Duration::from_secs(3600),
//! };
//! let options = LeafOptions {
//!     spiffe_id: "spiffe://acme.example/ns/production/sa/payment-service".parse()?,
//!     dns_names: Vec::new(),
//!     ttl: Duration::from_secs(3600),
//!     now,
//! };
//! let leaf = cert::leaf(&authority, &options, &random)?;
//! let expected = ExpectedId::Exactly(options.spiffe_id.clone());
//! let bundle = [Certificate::parse(&root.certificate)?];
//! let verdict = cert::verify(&Certificate::parse(&leaf.certificate)?, &[], &bundle, &expected, now);
//! assert!(verdict.is_accepted());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod certificate;
mod crl;
pub mod inspect;
mod issue;
mod path;
pub mod probe;
mod reasons;
pub mod rules;
mod svid;
#[cfg(test)]
mod tests;
mod trust_bundle;
mod verdict;

pub use crate::kernel::spiffe_id::{SpiffeId, SpiffeIdError, TrustDomain};
pub use certificate::{
    Attribute, AuthorityKeyId, Certificate, CertificateError, Constraints, Defect,
    DistributionPoint, Extension, GeneralName, KeyUse, MAX_BYTES, Name, Policies, SignatureName,
    oid,
};
pub use crl::{
    CrlError, IssuingPoint, Lists, MAX_CRL_BYTES, RevocationList, RevocationReason,
    RevocationScope, Revoked, Status,
};
pub use issue::{
    Authority, BACKDATE, IssueError, Issued, LeafOptions, issuing_authority, leaf, root,
};
pub use path::{
    BadServerName, Candidate, Check, MAX_COMPARISONS, MAX_DEPTH, MAX_PATH, MAX_SIGNATURES,
    MAX_STEPS, MAX_TOLD, PathReport, PathRules, Peer, Problem, Profile, ServerName, Work, validate,
};
pub use reasons::Reason;
pub use svid::verify;
pub use trust_bundle::{BundleDocument, BundleError, Bundles, TrustBundle, read as read_bundle};
pub use verdict::{ChainVerdict, Demands, ExpectedId, Identity, judge};
