//! Certificates in the making: planned against policy and constraints first, signed afterwards (X509-SVID §2–4, RFC 5280
//! §4).
//!
//! [`plan`] decides what a certificate says and yields the bytes to be signed; [`seal`] signs them. Between the two the
//! bytes go into the issuance log, so that no certificate exists that the log does not hold.

use std::net::IpAddr;
use std::time::Duration;

use super::authority::{AuthorityCertificate, SigningError, Signs, signature};
use super::encode::{self, oid};
use super::fields;
use super::issue_error::IssueError;
use super::name_limits::NameLimits;
use super::names::{DnsName, Names};
use super::origin::Origin;
use super::policy::Policy;
use super::profile::{self, IssuingProfile};
use crate::kernel::crypto::{SignatureAlgorithm, SystemRandom, hex};
use crate::kernel::der::{self, tag};
use crate::kernel::key::{Curve, PrivateKey, PublicKey, generate_ec, generate_ed25519};
use crate::kernel::spiffe_id::TrustDomain;
use crate::kernel::time::Timestamp;

/// How far a leaf's validity starts before its issue, for clocks that are behind.
pub const BACKDATE: Duration = Duration::from_secs(30);

/// The kinds of key that certificates are made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyChoice {
    /// ECDSA on P-256.
    P256,
    /// ECDSA on P-384.
    P384,
    /// Ed25519.
    Ed25519,
}

impl KeyChoice {
    /// A new key.
    ///
    /// # Errors
    /// [`IssueError::NoRandomness`].
    pub fn generate(self, random: &SystemRandom) -> Result<PrivateKey, IssueError> {
        let key = match self {
            Self::P256 => generate_ec(Curve::P256, random),
            Self::P384 => generate_ec(Curve::P384, random),
            Self::Ed25519 => generate_ed25519(random),
        };
        key.map_err(|_| IssueError::NoRandomness)
    }

    /// The kind of a key; None for other kinds.
    pub fn of(key: &PublicKey) -> Option<Self> {
        match key {
            PublicKey::Ec {
                curve: Curve::P256, ..
            } => Some(Self::P256),
            PublicKey::Ec {
                curve: Curve::P384, ..
            } => Some(Self::P384),
            PublicKey::Ed25519(_) => Some(Self::Ed25519),
            _ => None,
        }
    }
}

/// What a certificate is to say.
#[derive(Debug, Clone)]
pub struct Request {
    /// What it is for.
    pub profile: IssuingProfile,
    /// Whom it names.
    pub names: Names,
    /// A common name, where one is wanted.
    pub common_name: Option<String>,
    /// The life; that of the profile if none.
    pub ttl: Option<Duration>,
    /// The key that it certifies.
    pub key: PublicKey,
}

/// Who issues, under which rules.
#[derive(Debug, Clone, Copy)]
pub struct Issuing<'a> {
    /// The one that signs.
    pub authority: &'a AuthorityCertificate,
    /// Those above it, up to the root.
    pub above: &'a [AuthorityCertificate],
    /// The trust domain.
    pub trust_domain: &'a TrustDomain,
    /// What may be issued.
    pub policy: &'a Policy,
    /// The present.
    pub now: Timestamp,
}

/// A certificate without its signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsigned {
    /// The TBSCertificate, DER.
    pub to_be_signed: Vec<u8>,
    /// The serial number, hexadecimal.
    pub serial: String,
    /// The first moment of its validity.
    pub not_before: Timestamp,
    /// The last moment of its validity.
    pub not_after: Timestamp,
    algorithm: SignatureAlgorithm,
}

/// Checks whether a certificate may be issued; its names as they will be certified, and its life.
///
/// # Errors
/// [`IssueError`].
pub fn check(request: &Request, issuing: &Issuing<'_>) -> Result<(Names, Duration), IssueError> {
    check_key(&request.key)?;
    for authority in std::iter::once(issuing.authority).chain(issuing.above) {
        if authority.key == request.key {
            return Err(IssueError::AuthoritysKey(authority.name.clone()));
        }
    }
    check_names(request, issuing)?;
    let host = common_name_host(request)?;
    issuing.policy.check(request.profile, &request.names)?;
    issuing.policy.check(request.profile, &host)?;
    let names = certified_names(request, issuing.trust_domain);
    // The names of an authority are under the constraints of those above, as a leaf's are.
    for authority in std::iter::once(issuing.authority).chain(issuing.above) {
        if let Some(limits) = &authority.limits {
            limits.check(&names, &authority.name)?;
            limits.check(&host, &authority.name)?;
        }
    }
    if request.profile.is_authority() && issuing.authority.path_length == Some(0) {
        return Err(IssueError::PathLength(issuing.authority.name.clone()));
    }
    Ok((names, life(request, issuing)?))
}

/// Decides what a certificate says, or why there is to be none.
///
/// # Errors
/// [`IssueError`].
pub fn plan(
    request: &Request,
    issuing: &Issuing<'_>,
    origin: Origin<'_>,
) -> Result<Unsigned, IssueError> {
    origin.check_signer(&issuing.authority.key)?;
    let (names, ttl) = check(request, issuing)?;
    let subject = subject(request, issuing.trust_domain)?;
    let validity = validity(issuing.now, ttl, Some(issuing.authority.not_after));
    let said = [request.profile.name().as_bytes(), &names.to_der()];
    let mut draft = Draft::new((subject, validity), &request.key, &said, origin)?;
    draft.issued_by(issuing.authority);
    let profile = request.profile;
    draft.extend(oid::BASIC_CONSTRAINTS, true, &profile.basic_constraints());
    draft.extend(oid::KEY_USAGE, true, &profile.key_usage());
    if let Some(purposes) = profile.purposes() {
        draft.extend(oid::EXTENDED_KEY_USAGE, false, &purposes);
    }
    draft.named(&names);
    let points = issuing.policy.crl_points(profile, &draft.serial);
    if profile == IssuingProfile::Ocsp {
        // RFC 6960 §4.2.2.2.1: trusted for its life, so that nobody asks about the one who answers.
        draft.extend(oid::OCSP_NO_CHECK, false, &[tag::NULL, 0]);
    } else if !points.is_empty() {
        let point = der::sequence(&[&encode::distribution_point(&points)]);
        draft.extend(oid::CRL_POINTS, false, &der::sequence(&[&point]));
    }
    draft.finish(&issuing.authority.subject, &issuing.authority.key)
}

/// A common name that reads as a host. OpenSSL and GnuTLS take it for one where no DNS name is beside it, also against the
/// name constraints, so that it is held against all that a DNS name is held against.
fn common_name_host(request: &Request) -> Result<Names, IssueError> {
    let mut host = Names::default();
    let Some(name) = &request.common_name else {
        return Ok(host);
    };
    let bare = name.trim().trim_end_matches('.');
    if let Ok(address) = bare.parse::<IpAddr>() {
        check_address(address)?;
        host.addresses.push(address);
    } else if let Ok(name) = bare.parse() {
        host.dns.push(name);
    } else if bare.contains('.') && bare.replace('_', "").parse::<DnsName>().is_ok() {
        return Err(IssueError::BadHost(name.clone()));
    }
    Ok(host)
}

/// An IPv4 address written as one of IPv6 is under no constraint on either, and software takes it for the IPv4 address.
fn check_address(address: IpAddr) -> Result<(), IssueError> {
    let IpAddr::V6(six) = address else {
        return Ok(());
    };
    let compatible = u128::from(six) >> 32 == 0 && u128::from(six) > 1;
    if compatible || six.to_ipv4_mapped().is_some() {
        return Err(IssueError::DisguisedAddress(address));
    }
    Ok(())
}

fn check_key(key: &PublicKey) -> Result<(), IssueError> {
    let refuse = || Err(IssueError::Key(key.kind().to_string()));
    match key.rsa_bits() {
        Some(bits) if bits < 2048 => refuse(),
        _ if encode::algorithm_of(key).is_none() => refuse(),
        _ => Ok(()),
    }
}

fn check_names(request: &Request, issuing: &Issuing<'_>) -> Result<(), IssueError> {
    let profile = request.profile;
    let names = &request.names;
    for address in &names.addresses {
        check_address(*address)?;
    }
    match (profile, &names.spiffe_id) {
        (IssuingProfile::Svid, None) => return Err(IssueError::NoSpiffeId(profile)),
        (IssuingProfile::Svid, Some(id)) => {
            if id.trust_domain() != issuing.trust_domain {
                return Err(IssueError::OtherTrustDomain {
                    id: id.clone(),
                    trust_domain: issuing.trust_domain.clone(),
                });
            }
            if !id.is_workload() {
                return Err(IssueError::NoPath(id.clone()));
            }
        }
        (_, Some(_)) => return Err(IssueError::SpiffeIdUnwanted(profile)),
        (_, None) => {}
    }
    if profile.is_authority() && !names.is_empty() {
        return Err(IssueError::NamesUnwanted(profile));
    }
    if profile == IssuingProfile::Ocsp && !names.is_empty() {
        return Err(IssueError::ResponderNames);
    }
    if matches!(profile, IssuingProfile::Server | IssuingProfile::Client) && names.is_empty() {
        return Err(IssueError::NoName(profile));
    }
    if profile == IssuingProfile::Linkerd {
        let p256 = |key| KeyChoice::of(key) == Some(KeyChoice::P256);
        if !p256(&request.key) || !p256(&issuing.authority.key) {
            return Err(IssueError::LinkerdKey);
        }
        // Linkerd looks for the issuer by this name, which is a DNS name and a common name of at most 64 characters.
        let name = linkerd_name(issuing.trust_domain);
        if name.len() > MAX_COMMON_NAME || name.parse::<DnsName>().is_err() {
            return Err(IssueError::LinkerdDomain(name));
        }
    }
    Ok(())
}

/// The names asked for, and for an authority those that its profile gives it.
fn certified_names(request: &Request, trust_domain: &TrustDomain) -> Names {
    match request.profile {
        // X509-SVID §3.2: an authority bears the ID of its trust domain.
        IssuingProfile::Ca | IssuingProfile::IstioCacerts => Names {
            spiffe_id: Some(trust_domain.id()),
            ..Names::default()
        },
        IssuingProfile::Linkerd => Names {
            dns: linkerd_name(trust_domain).parse().into_iter().collect(),
            ..Names::default()
        },
        IssuingProfile::Svid | IssuingProfile::Server | IssuingProfile::Client => {
            request.names.clone().deduplicated()
        }
        IssuingProfile::Ocsp => Names::default(),
    }
}

fn linkerd_name(trust_domain: &TrustDomain) -> String {
    format!("identity.linkerd.{trust_domain}")
}

fn life(request: &Request, issuing: &Issuing<'_>) -> Result<Duration, IssueError> {
    let authority = issuing.authority;
    if issuing.now > authority.not_after {
        return Err(IssueError::AuthorityExpired(authority.not_after));
    }
    if issuing.now < authority.not_before {
        return Err(IssueError::AuthorityNotYet(authority.not_before));
    }
    let limit = issuing.policy.max_ttl(request.profile);
    let default = request.profile.default_ttl();
    let ttl = match request.ttl {
        Some(asked) => asked,
        None => limit.map_or(default, |limit| default.min(limit)),
    };
    match limit {
        Some(limit) if ttl > limit => Err(IssueError::TooLong { asked: ttl, limit }),
        _ if ttl.is_zero() => Err(IssueError::NoLife),
        _ => Ok(ttl),
    }
}

fn subject(request: &Request, trust_domain: &TrustDomain) -> Result<Vec<u8>, IssueError> {
    let domain = organization(trust_domain);
    let organization = (oid::ORGANIZATION, domain.as_str());
    let given = request.common_name.clone();
    let name = match (given, request.profile) {
        (Some(name), _) => {
            let length = name.chars().count();
            if length == 0 || length > MAX_COMMON_NAME || name.chars().any(char::is_control) {
                return Err(IssueError::BadCommonName);
            }
            Some(name)
        }
        (None, IssuingProfile::Linkerd) => Some(linkerd_name(trust_domain)),
        (None, IssuingProfile::Ca) => {
            Some(authority_name(trust_domain, "subordinate CA", &request.key))
        }
        (None, IssuingProfile::IstioCacerts) => {
            Some(authority_name(trust_domain, "istio CA", &request.key))
        }
        (None, IssuingProfile::Ocsp) => {
            Some(authority_name(trust_domain, "OCSP responder", &request.key))
        }
        (None, IssuingProfile::Svid | IssuingProfile::Server | IssuingProfile::Client) => None,
    };
    Ok(match &name {
        Some(name) => encode::name(&[organization, (oid::COMMON_NAME, name)]),
        None => encode::name(&[organization]),
    })
}

/// RFC 5280 appendix A.1: a common name and an organization have at most 64 characters.
const MAX_COMMON_NAME: usize = 64;

fn organization(trust_domain: &TrustDomain) -> String {
    let domain = trust_domain.as_str().chars();
    domain.take(MAX_COMMON_NAME).collect()
}

// Istio knows the signers of revocation lists by their Name alone: two authorities never have the same one.
fn authority_name(trust_domain: &TrustDomain, role: &str, key: &PublicKey) -> String {
    let digest = crate::kernel::crypto::sha256(&key.to_spki());
    let id: String = hex(&digest).chars().take(8).collect();
    // RFC 5280 appendix A.1: at most 64 characters.
    let domain: String = trust_domain.as_str().chars().take(36).collect();
    format!("{domain} {role} {id}")
}

/// Signs what was planned.
///
/// # Errors
/// [`SigningError`].
pub fn seal(unsigned: &Unsigned, signer: &dyn Signs) -> Result<Vec<u8>, SigningError> {
    let signature = signature(&unsigned.to_be_signed, unsigned.algorithm, signer)?;
    Ok(encode::signed(
        &unsigned.to_be_signed,
        unsigned.algorithm,
        &signature,
    ))
}

/// What a new root, or a new issuing authority below one, is to say.
#[derive(Debug, Clone)]
pub struct AuthorityOptions<'a> {
    /// The trust domain.
    pub trust_domain: &'a TrustDomain,
    /// Which in a row of authorities it is, from 1: rotated authorities have different names.
    pub generation: u32,
    /// The life.
    pub ttl: Duration,
    /// The names that may be certified below it.
    pub limits: &'a NameLimits,
    /// The present.
    pub now: Timestamp,
}

/// Plans a root: it signs issuing authorities and nothing else.
///
/// # Errors
/// [`IssueError`].
pub fn plan_root(
    options: &AuthorityOptions<'_>,
    key: &PublicKey,
    origin: Origin<'_>,
) -> Result<Unsigned, IssueError> {
    origin.check_signer(key)?;
    // One authority below the root, and leaves below that.
    let validity = validity(options.now, options.ttl, None);
    let draft = authority_draft(options, ("root CA", 1, validity), key, origin)?;
    let subject = draft.subject.clone();
    draft.finish(&subject, key)
}

/// Plans an issuing authority below a root: it signs leaves alone (`pathlen:0`).
///
/// # Errors
/// [`IssueError`].
pub fn plan_issuing(
    options: &AuthorityOptions<'_>,
    root: &AuthorityCertificate,
    key: &PublicKey,
    origin: Origin<'_>,
) -> Result<Unsigned, IssueError> {
    origin.check_signer(&root.key)?;
    let validity = validity(options.now, options.ttl, Some(root.not_after));
    let mut draft = authority_draft(options, ("issuing CA", 0, validity), key, origin)?;
    draft.issued_by(root);
    if let Some(limits) = &root.limits {
        limits.check(&authority_names(options.trust_domain), &root.name)?;
    }
    draft.finish(&root.subject, &root.key)
}

// X509-SVID §3.2: an authority bears the ID of its trust domain.
fn authority_names(trust_domain: &TrustDomain) -> Names {
    Names {
        spiffe_id: Some(trust_domain.id()),
        ..Names::default()
    }
}

fn authority_draft(
    options: &AuthorityOptions<'_>,
    (role, path_length, validity): (&str, u8, Validity),
    key: &PublicKey,
    origin: Origin<'_>,
) -> Result<Draft, IssueError> {
    if options.ttl.is_zero() {
        return Err(IssueError::NoLife);
    }
    check_key(key)?;
    let domain = options.trust_domain.as_str();
    let short: String = domain.chars().take(44).collect();
    let name = match options.generation {
        0 | 1 => format!("{short} {role}"),
        generation => format!("{short} {role} G{generation}"),
    };
    let organization = organization(options.trust_domain);
    let subject = encode::name(&[
        (oid::ORGANIZATION, &organization),
        (oid::COMMON_NAME, &name),
    ]);
    let limits = match options.limits.is_empty() {
        true => Vec::new(),
        false => options.limits.to_der(),
    };
    let mut draft = Draft::new(
        (subject, validity),
        key,
        &[role.as_bytes(), &limits],
        origin,
    )?;
    let constraints = profile::authority_constraints(path_length);
    draft.extend(oid::BASIC_CONSTRAINTS, true, &constraints);
    draft.extend(oid::KEY_USAGE, true, &profile::authority_usage());
    draft.named(&authority_names(options.trust_domain));
    if !limits.is_empty() {
        draft.extend(oid::NAME_CONSTRAINTS, true, &limits);
    }
    Ok(draft)
}

/// The first and the last moment.
type Validity = (Timestamp, Timestamp);

fn validity(now: Timestamp, ttl: Duration, limit: Option<Timestamp>) -> Validity {
    // GeneralizedTime has four digits for the year.
    let wanted = now.plus(ttl).min(Timestamp::MAX);
    // Nothing outlives its issuer.
    (
        now.minus(BACKDATE),
        limit.map_or(wanted, |limit| wanted.min(limit)),
    )
}

/// A certificate in the making.
struct Draft {
    serial: [u8; 20],
    subject: Vec<u8>,
    spki: Vec<u8>,
    validity: Validity,
    extensions: Vec<u8>,
}

impl Draft {
    /// Begins with what it says of its subject, and whatever else tells it from others.
    fn new(
        (subject, validity): (Vec<u8>, Validity),
        key: &PublicKey,
        said: &[&[u8]],
        origin: Origin<'_>,
    ) -> Result<Self, IssueError> {
        let spki = key.to_spki();
        let life = [encode::time(validity.0), encode::time(validity.1)].concat();
        let all = [&[subject.as_slice(), &spki, &life], said].concat();
        let mut draft = Self {
            serial: origin.serial(&all)?,
            subject,
            validity,
            extensions: Vec::new(),
            spki,
        };
        let id = fields::key_identifier(&draft.spki).unwrap_or_default();
        draft.extend(
            oid::SUBJECT_KEY_ID,
            false,
            &der::element(tag::OCTET_STRING, &id),
        );
        Ok(draft)
    }

    fn extend(&mut self, oid: &[u8], critical: bool, value: &[u8]) {
        self.extensions
            .extend(encode::extension(oid, critical, value));
    }

    fn issued_by(&mut self, issuer: &AuthorityCertificate) {
        let id = der::element(tag::CONTEXT_0_PRIMITIVE, &issuer.key_id);
        self.extend(oid::AUTHORITY_KEY_ID, false, &der::sequence(&[&id]));
    }

    fn named(&mut self, names: &Names) {
        if !names.is_empty() {
            // RFC 5280 §4.1.2.6: critical if the subject is empty.
            let nobody = self.subject.len() == 2;
            self.extend(oid::SUBJECT_ALT_NAME, nobody, &names.to_der());
        }
    }

    fn finish(&self, issuer: &[u8], signer: &PublicKey) -> Result<Unsigned, IssueError> {
        let algorithm = encode::algorithm_of(signer)
            .ok_or_else(|| IssueError::Key(signer.kind().to_string()))?;
        let (not_before, not_after) = self.validity;
        let to_be_signed = der::sequence(&[
            // version 3
            &der::element(tag::CONTEXT_0, &der::unsigned(&[2])),
            &der::unsigned(&self.serial),
            &encode::algorithm_identifier(algorithm),
            issuer,
            &der::sequence(&[&encode::time(not_before), &encode::time(not_after)]),
            &self.subject,
            &self.spki,
            &der::element(
                tag::CONTEXT_3,
                &der::element(tag::SEQUENCE, &self.extensions),
            ),
        ]);
        Ok(Unsigned {
            to_be_signed,
            serial: hex(&self.serial),
            not_before,
            not_after,
            algorithm,
        })
    }
}
