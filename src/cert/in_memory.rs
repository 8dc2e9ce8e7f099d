//! Authorities in memory: for whoever issues without a directory and a log, such as a test.
//!
//! What they issue is under the same rules; that it was issued is written down nowhere.

use std::time::Duration;

use super::authority::{AuthorityCertificate, LocalSigner};
use super::issue::{
    AuthorityOptions, Issuing, KeyChoice, Request, Unsigned, plan, plan_issuing, plan_root, seal,
};
use super::issue_error::IssueError;
use super::name_limits::NameLimits;
use super::names::Names;
use super::origin::Origin;
use super::policy::Policy;
use super::profile::IssuingProfile;
use crate::kernel::crypto::SystemRandom;
use crate::kernel::key::PrivateKey;
use crate::kernel::spiffe_id::{SpiffeId, TrustDomain};
use crate::kernel::time::Timestamp;

/// A certificate and its private key.
#[derive(Debug)]
pub struct Issued {
    /// The certificate, DER.
    pub certificate: Vec<u8>,
    /// The private key.
    pub key: PrivateKey,
    /// The first moment of its validity.
    pub not_before: Timestamp,
    /// The last moment of its validity.
    pub not_after: Timestamp,
}

/// An authority with its key, for who issues without a directory and a log.
#[derive(Debug)]
pub struct Authority {
    /// Its certificate, DER.
    pub certificate: Vec<u8>,
    /// Its private key.
    pub key: PrivateKey,
    /// The last moment of its validity.
    pub not_after: Timestamp,
    /// Its trust domain.
    pub trust_domain: TrustDomain,
    /// The longest life of what it issues.
    pub max_ttl: Duration,
}

/// What a leaf of such an authority is to say.
#[derive(Debug, Clone)]
pub struct LeafOptions {
    /// The workload.
    pub spiffe_id: SpiffeId,
    /// DNS names beside the ID.
    pub dns_names: Vec<String>,
    /// The life.
    pub ttl: Duration,
    /// The present.
    pub now: Timestamp,
}

/// Makes a root with a new P-256 key.
///
/// # Errors
/// [`IssueError`].
pub fn root(
    trust_domain: &TrustDomain,
    ttl: Duration,
    now: Timestamp,
    random: &SystemRandom,
) -> Result<Issued, IssueError> {
    let key = KeyChoice::P256.generate(random)?;
    let options = AuthorityOptions {
        trust_domain,
        generation: 1,
        ttl,
        limits: &NameLimits::default(),
        now,
    };
    let unsigned = plan_root(&options, &key.public(), Origin::Chance(random))?;
    let certificate = seal(&unsigned, &LocalSigner::new(&key, random)?)?;
    Ok(issued(&unsigned, certificate, key))
}

/// Makes an issuing authority below a root, with a new P-256 key.
///
/// # Errors
/// [`IssueError`].
pub fn issuing_authority(
    root: &Authority,
    ttl: Duration,
    now: Timestamp,
    random: &SystemRandom,
) -> Result<Issued, IssueError> {
    let key = KeyChoice::P256.generate(random)?;
    let options = AuthorityOptions {
        trust_domain: &root.trust_domain,
        generation: 1,
        ttl,
        limits: &NameLimits::default(),
        now,
    };
    let above = AuthorityCertificate::read(&root.certificate)?;
    let unsigned = plan_issuing(&options, &above, &key.public(), Origin::Chance(random))?;
    let certificate = seal(&unsigned, &LocalSigner::new(&root.key, random)?)?;
    Ok(issued(&unsigned, certificate, key))
}

/// Issues a leaf for a workload, with a new P-256 key.
///
/// # Errors
/// [`IssueError`].
pub fn leaf(
    authority: &Authority,
    options: &LeafOptions,
    random: &SystemRandom,
) -> Result<Issued, IssueError> {
    let key = KeyChoice::P256.generate(random)?;
    let dns: Result<Vec<_>, _> = options.dns_names.iter().map(|name| name.parse()).collect();
    let request = Request {
        profile: IssuingProfile::Svid,
        names: Names {
            spiffe_id: Some(options.spiffe_id.clone()),
            dns: dns?,
            addresses: Vec::new(),
        },
        common_name: None,
        ttl: Some(options.ttl),
        key: key.public(),
    };
    let certificate = AuthorityCertificate::read(&authority.certificate)?;
    let policy = Policy::with_max_ttl(authority.max_ttl);
    let issuing = Issuing {
        authority: &certificate,
        above: &[],
        trust_domain: &authority.trust_domain,
        policy: &policy,
        now: options.now,
    };
    let unsigned = plan(&request, &issuing, Origin::Chance(random))?;
    let certificate = seal(&unsigned, &LocalSigner::new(&authority.key, random)?)?;
    Ok(issued(&unsigned, certificate, key))
}

fn issued(unsigned: &Unsigned, certificate: Vec<u8>, key: PrivateKey) -> Issued {
    Issued {
        certificate,
        key,
        not_before: unsigned.not_before,
        not_after: unsigned.not_after,
    }
}
