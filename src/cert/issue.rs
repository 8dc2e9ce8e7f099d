//! Certificates in the making: root, issuing authority, workload leaf (X509-SVID §2–4, RFC 5280 §4).
//!
//! The encoder is a library; everything that decides what a certificate may say is here.

use std::time::Duration;

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyUsagePurpose, PublicKeyData, SanType, SerialNumber, SigningKey,
};

use crate::kernel::crypto::{
    self, DigestAlgorithm, EcEncoding, Random as _, SignatureAlgorithm, SystemRandom,
};
use crate::kernel::key::{Curve, PrivateKey, generate_ec};
use crate::kernel::spiffe_id::{SpiffeId, TrustDomain};
use crate::kernel::time::{Timestamp, humanize};

/// How far a leaf's validity starts before its issue, for clocks that are behind.
pub const BACKDATE: Duration = Duration::from_secs(30);

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

/// An authority that can sign.
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

/// What a leaf is to say.
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
    /// Not a DNS name.
    #[error("`{0}` is not a DNS name")]
    BadDnsName(String),
    /// The authority's key is of a kind that cannot be used here.
    #[error("the authority's key must be a P-256 key")]
    AuthorityKey,
    /// The system has no randomness.
    #[error("the system's source of randomness failed")]
    NoRandomness,
    /// The encoder refused.
    #[error("the certificate cannot be encoded: {0}")]
    Encoding(String),
}

impl From<rcgen::Error> for IssueError {
    fn from(error: rcgen::Error) -> Self {
        Self::Encoding(error.to_string())
    }
}

/// Makes a root: it signs issuing authorities and nothing else.
///
/// # Errors
/// [`IssueError`].
pub fn root(
    trust_domain: &TrustDomain,
    ttl: Duration,
    now: Timestamp,
    random: &SystemRandom,
) -> Result<Issued, IssueError> {
    let key = new_key(random)?;
    let mut params = authority_params(trust_domain, "root CA", random)?;
    // One authority below the root, and leaves below that.
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(1));
    let (not_before, not_after) = validity(&mut params, now, ttl, None);
    let signer = KernelKey::new(&key)?;
    let certificate = params.self_signed(&signer)?;
    Ok(Issued {
        certificate: certificate.der().to_vec(),
        key,
        not_before,
        not_after,
    })
}

/// Makes an issuing authority below a root: it signs leaves alone (`pathlen:0`).
///
/// # Errors
/// [`IssueError`].
pub fn issuing_authority(
    root: &Authority,
    ttl: Duration,
    now: Timestamp,
    random: &SystemRandom,
) -> Result<Issued, IssueError> {
    let key = new_key(random)?;
    let mut params = authority_params(&root.trust_domain, "issuing CA", random)?;
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.use_authority_key_identifier_extension = true;
    sign_below(params, key, root, ttl, now)
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
    let id = &options.spiffe_id;
    if *id.trust_domain() != authority.trust_domain {
        return Err(IssueError::OtherTrustDomain {
            id: id.clone(),
            trust_domain: authority.trust_domain.clone(),
        });
    }
    if !id.is_workload() {
        return Err(IssueError::NoPath(id.clone()));
    }
    if options.ttl > authority.max_ttl {
        return Err(IssueError::TooLong {
            asked: options.ttl,
            limit: authority.max_ttl,
        });
    }
    let key = new_key(random)?;
    let mut params = params(&authority.trust_domain, None, random)?;
    params.subject_alt_names = vec![uri(id)?];
    for name in &options.dns_names {
        params.subject_alt_names.push(dns(name)?);
    }
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    // X509-SVID §4.4: both, because a workload is client and server.
    params.extended_key_usages = vec![
        ExtendedKeyUsagePurpose::ServerAuth,
        ExtendedKeyUsagePurpose::ClientAuth,
    ];
    params.use_authority_key_identifier_extension = true;
    sign_below(params, key, authority, options.ttl, options.now)
}

fn sign_below(
    mut params: CertificateParams,
    key: PrivateKey,
    authority: &Authority,
    ttl: Duration,
    now: Timestamp,
) -> Result<Issued, IssueError> {
    if ttl.is_zero() {
        return Err(IssueError::NoLife);
    }
    if now >= authority.not_after {
        return Err(IssueError::AuthorityExpired(authority.not_after));
    }
    let (not_before, not_after) = validity(&mut params, now, ttl, Some(authority.not_after));
    let signer = KernelKey::new(&authority.key)?;
    let issuer = Issuer::from_ca_cert_der(&authority.certificate.as_slice().into(), signer)?;
    let subject = KernelKey::new(&key)?;
    let certificate = params.signed_by(&subject, &issuer)?;
    Ok(Issued {
        certificate: certificate.der().to_vec(),
        key,
        not_before,
        not_after,
    })
}

fn new_key(random: &SystemRandom) -> Result<PrivateKey, IssueError> {
    generate_ec(Curve::P256, random).map_err(|_| IssueError::NoRandomness)
}

/// What every certificate has: its own random serial number and a subject.
fn params(
    trust_domain: &TrustDomain,
    name: Option<&str>,
    random: &SystemRandom,
) -> Result<CertificateParams, IssueError> {
    let mut serial: [u8; 20] = random.bytes().map_err(|_| IssueError::NoRandomness)?;
    // RFC 5280 §4.1.2.2: positive and at most 20 octets, so the top bit is clear; never zero in front.
    serial[0] = serial[0] & 0x7f | 0x40;
    let mut distinguished_name = DistinguishedName::new();
    distinguished_name.push(DnType::OrganizationName, trust_domain.as_str());
    if let Some(name) = name {
        distinguished_name.push(DnType::CommonName, format!("{trust_domain} {name}"));
    }
    let mut params = CertificateParams::default();
    params.serial_number = Some(SerialNumber::from_slice(&serial));
    params.distinguished_name = distinguished_name;
    Ok(params)
}

fn authority_params(
    trust_domain: &TrustDomain,
    name: &str,
    random: &SystemRandom,
) -> Result<CertificateParams, IssueError> {
    let mut params = params(trust_domain, Some(name), random)?;
    // X509-SVID §3.2: an authority bears the ID of its trust domain.
    params.subject_alt_names = vec![uri(&trust_domain.id())?];
    // Without cRLSign, Go refuses the authority's revocation lists.
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    Ok(params)
}

fn validity(
    params: &mut CertificateParams,
    now: Timestamp,
    ttl: Duration,
    limit: Option<Timestamp>,
) -> (Timestamp, Timestamp) {
    let not_before = now.minus(BACKDATE);
    let wanted = now.plus(ttl);
    // Nothing outlives its issuer.
    let not_after = limit.map_or(wanted, |limit| wanted.min(limit));
    params.not_before = not_before.offset();
    params.not_after = not_after.offset();
    (not_before, not_after)
}

fn uri(id: &SpiffeId) -> Result<SanType, IssueError> {
    Ok(SanType::URI(id.to_string().try_into()?))
}

// RFC 5280 §4.2.1.6, RFC 1034 §3.5; a wildcard only as the whole leftmost label.
fn dns(name: &str) -> Result<SanType, IssueError> {
    let bad = || IssueError::BadDnsName(name.to_owned());
    let labels = name.strip_prefix("*.").unwrap_or(name);
    let is_label = |label: &str| {
        let edges = !label.starts_with('-') && !label.ends_with('-');
        let plain = label
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-');
        !label.is_empty() && label.len() <= 63 && edges && plain
    };
    let address = name.parse::<std::net::IpAddr>().is_ok();
    if name.len() > 253 || address || !labels.split('.').all(is_label) {
        return Err(bad());
    }
    Ok(SanType::DnsName(name.to_owned().try_into()?))
}

/// A P-256 key of the kernel in the form that the encoder signs with.
struct KernelKey<'a> {
    key: &'a PrivateKey,
    point: &'a [u8],
}

impl<'a> KernelKey<'a> {
    fn new(key: &'a PrivateKey) -> Result<Self, IssueError> {
        match key {
            PrivateKey::Ec {
                curve: Curve::P256,
                point,
                ..
            } => Ok(Self { key, point }),
            _ => Err(IssueError::AuthorityKey),
        }
    }
}

impl PublicKeyData for KernelKey<'_> {
    fn der_bytes(&self) -> &[u8] {
        self.point
    }

    fn algorithm(&self) -> &'static rcgen::SignatureAlgorithm {
        &rcgen::PKCS_ECDSA_P256_SHA256
    }
}

impl SigningKey for KernelKey<'_> {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        let algorithm =
            SignatureAlgorithm::Ecdsa(Curve::P256, DigestAlgorithm::Sha256, EcEncoding::Asn1);
        crypto::sign(algorithm, self.key, message, &SystemRandom::default())
            .map_err(|_| rcgen::Error::RemoteKeyError)
    }
}
