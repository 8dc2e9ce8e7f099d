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

mod ask;
mod authority;
mod bulk;
mod bundle_store;
mod certificate;
mod crl;
mod csr;
pub mod divergence;
mod encode;
mod fields;
mod in_memory;
pub mod inspect;
pub mod issuance_log;
mod issue;
mod issue_error;
#[cfg(test)]
mod issue_tests;
mod name_limits;
mod names;
mod ocsp;
mod ocsp_judge;
mod origin;
mod path;
mod policy;
pub mod probe;
mod profile;
mod reasons;
mod renewal;
mod revocation;
mod revocation_list;
pub mod rules;
mod svid;
#[cfg(test)]
mod tests;
mod trust_anchors;
mod trust_bundle;
mod verdict;

pub use crate::kernel::spiffe_id::{SpiffeId, SpiffeIdError, TrustDomain};
pub use ask::{AskError, signing_request};
pub use authority::{
    AuthorityCertificate, AuthorityError, LocalSigner, SigningError, Signs, signed_by,
};
pub use bulk::{List, ListError, Wanted};
pub use bundle_store::{BundleStore, BundleStoreError, Offered};
pub use certificate::{
    Attribute, AuthorityKeyId, Certificate, CertificateError, Constraints, Defect,
    DistributionPoint, Extension, GeneralName, KeyUse, MAX_BYTES, Name, Policies, PostQuantum,
    PostQuantumKey, SignatureName, oid,
};
pub use crl::{
    CrlError, IssuingPoint, Lists, MAX_CRL_BYTES, RevocationList, RevocationReason,
    RevocationScope, Revoked, Status,
};
pub use csr::{RequestError, SigningRequest};
pub use fields::{Fields, NamedBy};
pub use in_memory::{Authority, Issued, LeafOptions, issuing_authority, leaf, root};
pub use issue::{
    AuthorityOptions, BACKDATE, Issuing, KeyChoice, Request, Unsigned, check, plan, plan_issuing,
    plan_root, seal,
};
pub use issue_error::IssueError;
pub use name_limits::{BadConstraint, Forbidden, NameLimits, Network, Subtrees};
pub use names::{BadDnsName, DnsName, Names};
pub use ocsp::{ResponseOptions, UnsignedResponse, basic_response, plan_response, seal_response};
pub use ocsp_judge::{
    Answered, Responder, ResponderError, ResponseDefect, is_response, judge_response, responder_of,
};
pub use origin::{KeyOf, Origin};
pub use path::{
    BadServerName, Candidate, Check, MAX_COMPARISONS, MAX_DEPTH, MAX_PATH, MAX_SIGNATURES,
    MAX_STEPS, MAX_TOLD, PathReport, PathRules, Peer, Problem, Profile, ServerName, Work, validate,
};
pub use policy::{BadPolicy, Policy, PolicyError};
pub use profile::IssuingProfile;
pub use reasons::Reason;
pub use renewal::{BadThreshold, Life, RenewalReason, Threshold, backoff};
pub use revocation::Response;
pub use revocation_list::{
    ListError as RevocationListError, ListOptions, Previous as PreviousList, RevocationCause,
    UnsignedList, plan_list, seal_list,
};
pub use svid::verify;
pub use trust_anchors::{IstioFiles, istio_problems, linkerd_problems, spiffe_bundle};
pub use trust_bundle::{BundleDocument, BundleError, Bundles, TrustBundle, read as read_bundle};
pub use verdict::{ChainVerdict, Demands, ExpectedId, Identity, judge};
