//! Revocation lists written: complete and delta (RFC 5280 §5).
//!
//! Version 2, always with the authority's key identifier and a number; a reason only where it is more than unspecified;
//! the list of entries left out where it is empty; `invalidityDate` as GeneralizedTime; the delta indicator and the issuing
//! distribution point critical.

use std::time::Duration;

use super::authority::{AuthorityCertificate, SigningError, Signs, signature};
use super::encode::{self, oid};
use super::issuance_log::{ListEntry, Revocation};
use crate::kernel::crypto::{SignatureAlgorithm, hex, sha256, unhex};
use crate::kernel::der::{self, tag};
use crate::kernel::time::Timestamp;

/// Why a certificate is revoked (RFC 5280 §5.3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RevocationCause {
    /// Not told.
    Unspecified,
    /// Its key is known to others.
    KeyCompromise,
    /// The key of an authority is known to others.
    CaCompromise,
    /// The subject's name or affiliation changed.
    AffiliationChanged,
    /// Another certificate took its place.
    Superseded,
    /// It is not needed any more.
    CessationOfOperation,
    /// It may be good again.
    CertificateHold,
    /// A hold is over.
    RemoveFromCrl,
    /// What it stood for was withdrawn.
    PrivilegeWithdrawn,
}

impl RevocationCause {
    /// All causes.
    pub const ALL: [Self; 9] = [
        Self::Unspecified,
        Self::KeyCompromise,
        Self::CaCompromise,
        Self::AffiliationChanged,
        Self::Superseded,
        Self::CessationOfOperation,
        Self::CertificateHold,
        Self::RemoveFromCrl,
        Self::PrivilegeWithdrawn,
    ];

    /// The number in a list.
    pub fn code(self) -> u8 {
        match self {
            Self::Unspecified => 0,
            Self::KeyCompromise => 1,
            Self::CaCompromise => 2,
            Self::AffiliationChanged => 3,
            Self::Superseded => 4,
            Self::CessationOfOperation => 5,
            Self::CertificateHold => 6,
            Self::RemoveFromCrl => 8,
            Self::PrivilegeWithdrawn => 9,
        }
    }

    /// The name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unspecified => "unspecified",
            Self::KeyCompromise => "key-compromise",
            Self::CaCompromise => "ca-compromise",
            Self::AffiliationChanged => "affiliation-changed",
            Self::Superseded => "superseded",
            Self::CessationOfOperation => "cessation-of-operation",
            Self::CertificateHold => "certificate-hold",
            Self::RemoveFromCrl => "remove-from-crl",
            Self::PrivilegeWithdrawn => "privilege-withdrawn",
        }
    }

    /// The cause of a number.
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|cause| cause.code() == code)
    }

    /// The cause of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|cause| cause.name() == name)
    }
}

/// What a list is to say.
#[derive(Debug, Clone)]
pub struct ListOptions<'a> {
    /// Its number: larger than that of every list before.
    pub number: u64,
    /// The number of the complete list that it adds to; None for a complete list.
    pub base: Option<u64>,
    /// When it is issued.
    pub this_update: Timestamp,
    /// How long until the next.
    pub life: Duration,
    /// Where it is published, if it is for that place alone.
    pub point: &'a [String],
    /// Whether it lists those alone that name one of these places; those of which it is not known where they point belong to
    /// every list.
    pub divided: bool,
    /// Where its deltas are published.
    pub deltas: &'a [String],
    /// The complete list before it.
    pub previous: Option<Previous>,
}

/// The complete list before one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Previous {
    /// When it was issued.
    pub this_update: Timestamp,
    /// How many of the revocations, from the first on, it was made of.
    pub covered: usize,
}

/// Why no list can be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ListError {
    /// The authority's key may sign none.
    #[error("the key of `{0}` may not sign revocation lists (keyUsage lacks cRLSign)")]
    MayNotSign(String),
    /// The authority has expired.
    #[error("`{authority}` expired at {not_after}")]
    Expired {
        /// Whose list.
        authority: String,
        /// When.
        not_after: Timestamp,
    },
    /// The authority is not valid yet.
    #[error("`{authority}` is valid from {not_before} on: this clock is behind, or `--at` is")]
    NotYet {
        /// Whose list.
        authority: String,
        /// When.
        not_before: Timestamp,
    },
    /// A list that lives no time.
    #[error("a revocation list needs a life of at least one second")]
    NoLife,
    /// A serial number that cannot be read.
    #[error("`{0}` is not a serial number in hexadecimal")]
    BadSerial(String),
    /// A key that signs nothing here.
    #[error("{0} key signs no revocation lists here")]
    Key(String),
}

/// A list without its signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnsignedList {
    /// The TBSCertList, DER.
    pub to_be_signed: Vec<u8>,
    /// What the log holds of it.
    pub entry: ListEntry,
    /// When the next is due.
    pub next_update: Timestamp,
    /// How many certificates it lists.
    pub entries: usize,
    algorithm: SignatureAlgorithm,
}

/// Decides what a list says. Of the revocations those of this authority count, the last of each serial number.
///
/// # Errors
/// [`ListError`].
pub fn plan_list(
    authority: &AuthorityCertificate,
    revocations: &[Revocation],
    options: &ListOptions<'_>,
) -> Result<UnsignedList, ListError> {
    let algorithm = encode::algorithm_of(&authority.key)
        .ok_or_else(|| ListError::Key(authority.key.kind().to_string()))?;
    if !authority.signs_lists {
        return Err(ListError::MayNotSign(authority.name.clone()));
    }
    if options.this_update > authority.not_after {
        return Err(ListError::Expired {
            authority: authority.name.clone(),
            not_after: authority.not_after,
        });
    }
    if options.this_update < authority.not_before {
        return Err(ListError::NotYet {
            authority: authority.name.clone(),
            not_before: authority.not_before,
        });
    }
    if options.life.is_zero() {
        return Err(ListError::NoLife);
    }
    let next_update = options.this_update.plus(options.life).min(Timestamp::MAX);
    let listed = listed(authority, revocations, options);
    let mut entries = Vec::new();
    for revocation in &listed {
        entries.extend(revoked(revocation)?);
    }
    // RFC 5280 §5.1.2.6: absent where nothing is revoked.
    let entries = match listed.len() {
        0 => Vec::new(),
        _ => der::element(tag::SEQUENCE, &entries),
    };
    let to_be_signed = der::sequence(&[
        // version 2
        &der::unsigned(&[1]),
        &encode::algorithm_identifier(algorithm),
        &authority.subject,
        &encode::time(options.this_update),
        &encode::time(next_update),
        &entries,
        &der::element(
            tag::CONTEXT_0,
            &der::element(tag::SEQUENCE, &list_extensions(authority, options)),
        ),
    ]);
    Ok(UnsignedList {
        entry: ListEntry {
            issuer: hex(&authority.key_id),
            number: options.number,
            sha256: hex(&sha256(&to_be_signed)),
        },
        entries: listed.len(),
        to_be_signed,
        next_update,
        algorithm,
    })
}

/// The revocations that belong on the list, by serial number.
fn listed<'a>(
    authority: &AuthorityCertificate,
    revocations: &'a [Revocation],
    options: &ListOptions<'_>,
) -> Vec<&'a Revocation> {
    let issuer = hex(&authority.key_id);
    let mut last = std::collections::BTreeMap::new();
    let elsewhere = |points: &Vec<String>| !points.iter().any(|url| options.point.contains(url));
    for (index, revocation) in revocations.iter().enumerate() {
        let excluded = options.divided && revocation.points.as_ref().is_some_and(elsewhere);
        if revocation.issuer == issuer && !excluded {
            last.insert(revocation.serial.as_str(), (index, revocation));
        }
    }
    let removal = RevocationCause::RemoveFromCrl.code();
    let keep = |(index, one): &(usize, &Revocation)| {
        let delta = options.base.is_some();
        let covered = options.previous.is_some_and(|list| *index < list.covered);
        // A delta tells what changed since the complete list; a complete one does not tell what is good again.
        let changed = !covered;
        let told = if delta {
            changed
        } else {
            one.reason != removal
        };
        // RFC 5280 §3.3: an entry stays until it was on one list issued after the certificate expired.
        let ended = |at: Timestamp| at > one.not_after;
        let told_after = options.previous.is_some_and(|list| ended(list.this_update));
        let spent = covered && told_after && ended(options.this_update);
        told && !spent
    };
    let kept = last.into_values().filter(keep);
    kept.map(|(_, revocation)| revocation).collect()
}

fn revoked(revocation: &Revocation) -> Result<Vec<u8>, ListError> {
    let serial = unhex(revocation.serial.as_bytes())
        .filter(|serial| !serial.is_empty() && serial.len() <= 20)
        .ok_or_else(|| ListError::BadSerial(revocation.serial.clone()))?;
    let mut extensions = Vec::new();
    if revocation.reason != 0 {
        let reason = der::element(tag::ENUMERATED, &[revocation.reason]);
        extensions.extend(encode::extension(oid::REASON_CODE, false, &reason));
    }
    if let Some(since) = revocation.invalid_since {
        let since = encode::generalized_time(since);
        extensions.extend(encode::extension(oid::INVALIDITY_DATE, false, &since));
    }
    let extensions = match extensions.len() {
        0 => Vec::new(),
        _ => der::element(tag::SEQUENCE, &extensions),
    };
    Ok(der::sequence(&[
        &der::unsigned(&serial),
        &encode::time(revocation.revoked_at),
        &extensions,
    ]))
}

fn list_extensions(authority: &AuthorityCertificate, options: &ListOptions<'_>) -> Vec<u8> {
    let number = |number: u64| der::unsigned(&number.to_be_bytes());
    let id = der::element(tag::CONTEXT_0_PRIMITIVE, &authority.key_id);
    let mut extensions = encode::extension(oid::AUTHORITY_KEY_ID, false, &der::sequence(&[&id]));
    extensions.extend(encode::extension(
        oid::CRL_NUMBER,
        false,
        &number(options.number),
    ));
    if let Some(base) = options.base {
        extensions.extend(encode::extension(oid::DELTA_CRL, true, &number(base)));
    }
    if !options.point.is_empty() {
        let point = der::sequence(&[&encode::distribution_point(options.point)]);
        extensions.extend(encode::extension(oid::ISSUING_POINT, true, &point));
    }
    // RFC 5280 §5.2.6: never on a delta.
    if !options.deltas.is_empty() && options.base.is_none() {
        let point = der::sequence(&[&encode::distribution_point(options.deltas)]);
        let points = der::sequence(&[&point]);
        extensions.extend(encode::extension(oid::FRESHEST_CRL, false, &points));
    }
    extensions
}

/// Signs a list.
///
/// # Errors
/// [`SigningError`].
pub fn seal_list(unsigned: &UnsignedList, signer: &dyn Signs) -> Result<Vec<u8>, SigningError> {
    let signature = signature(&unsigned.to_be_signed, unsigned.algorithm, signer)?;
    Ok(encode::signed(
        &unsigned.to_be_signed,
        unsigned.algorithm,
        &signature,
    ))
}
