//! Whether an OCSP response says something about a certificate that counts (RFC 6960 §3.2, §4.2.2.2).
//!
//! The issuer's own signature counts, and that of a responder whom the issuer itself certified for OCSP; nobody else's, whoever
//! vouches for him. Responders above the issuer and those that a client trusts by its own setting are not known here.

use super::authority::AuthorityCertificate;
use super::certificate::SignatureName;
use super::crl::RevocationReason;
use super::encode::{self, oid};
use super::fields::{self, Fields};
use super::ocsp::{CONTEXT_2, basic_response, key_hash};
use crate::kernel::crypto::{DigestAlgorithm, VerifyError, hex};
use crate::kernel::der::{Malformed, Reader, tag};
use crate::kernel::key::{PublicKey, public_from_spki};
use crate::kernel::time::Timestamp;

/// The certificate of one who signs OCSP responses in an issuer's place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Responder {
    /// The whole, DER.
    pub der: Vec<u8>,
    /// Whom it names.
    pub name: String,
    /// Its serial number, hexadecimal.
    pub serial: String,
    /// Its key.
    pub key: PublicKey,
    /// The last moment of its validity.
    pub not_after: Timestamp,
}

/// Why a certificate makes nobody a responder.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ResponderError {
    /// Not a certificate.
    #[error("the responder's certificate cannot be read")]
    Malformed,
    /// Not signed by the issuer itself.
    #[error("the responder `{0}` is not certified by the issuer itself")]
    NotDelegated(String),
    /// Not for that purpose.
    #[error("the responder `{0}` is not certified for OCSPSigning")]
    Purpose(String),
    /// Out of its time.
    #[error("the responder `{name}` is valid from {not_before} to {not_after}")]
    Time {
        /// Who.
        name: String,
        /// The first moment.
        not_before: Timestamp,
        /// The last moment.
        not_after: Timestamp,
    },
    /// A key that signs nothing here.
    #[error("the responder `{0}` has a key that signs nothing here")]
    Key(String),
}

impl Responder {
    /// Reads the certificate of a responder that an authority lets answer for it at a time.
    ///
    /// # Errors
    /// [`ResponderError`].
    pub fn read(
        der: &[u8],
        issuer: &AuthorityCertificate,
        now: Timestamp,
    ) -> Result<Self, ResponderError> {
        let fields = Fields::of_certificate(der).map_err(|_| ResponderError::Malformed)?;
        let name = fields::name_text(fields.subject);
        // RFC 6960 §4.2.2.2: issued directly by the authority that is identified in the request.
        let own = Fields::of_certificate(&issuer.der).map_err(|_| ResponderError::Malformed)?;
        let signed = check_signature(der, (&issuer.key, own.key));
        if fields.issuer != issuer.subject || signed.is_err() {
            return Err(ResponderError::NotDelegated(name));
        }
        // anyExtendedKeyUsage delegates nothing; a keyUsage that signs nothing neither.
        let usage = fields.extension(oid::KEY_USAGE);
        let signs = usage.is_none_or(|usage| {
            let uses = [DIGITAL_SIGNATURE, CONTENT_COMMITMENT];
            uses.iter().any(|bit| fields::has_use(usage, *bit))
        });
        if !signs || !has_purpose(&fields) {
            return Err(ResponderError::Purpose(name));
        }
        let (not_before, not_after) = (fields.not_before, fields.not_after);
        if now < not_before || now > not_after {
            return Err(ResponderError::Time {
                name,
                not_before,
                not_after,
            });
        }
        // What this program does not understand may take the right away again (RFC 5280 §4.2).
        let known = [
            oid::KEY_USAGE,
            oid::EXTENDED_KEY_USAGE,
            oid::BASIC_CONSTRAINTS,
            oid::SUBJECT_ALT_NAME,
        ];
        let mut others = fields.extensions.iter();
        if others.any(|one| one.critical && !known.contains(&one.oid)) {
            return Err(ResponderError::Purpose(name));
        }
        let key = public_from_spki(fields.key).ok();
        let key = key.filter(|key| encode::algorithm_of(key).is_some());
        Ok(Self {
            key: key.ok_or_else(|| ResponderError::Key(name.clone()))?,
            name,
            serial: fields.serial_hex(),
            not_after,
            der: der.to_vec(),
        })
    }
}

/// keyUsage, RFC 5280 §4.2.1.3.
const DIGITAL_SIGNATURE: u8 = 0;
const CONTENT_COMMITMENT: u8 = 1;

fn has_purpose(fields: &Fields<'_>) -> bool {
    let Some(value) = fields.extension(oid::EXTENDED_KEY_USAGE) else {
        return false;
    };
    let Ok(mut purposes) = Reader::new(value).enter(tag::SEQUENCE) else {
        return false;
    };
    while let Ok(purpose) = purposes.read(tag::OID) {
        if purpose == oid::OCSP_SIGNING {
            return true;
        }
    }
    false
}

/// What a response says of a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// When it was revoked, if it is, and why, if that is said.
    pub revoked: Option<(Timestamp, Option<RevocationReason>)>,
    /// From when on that counts.
    pub this_update: Timestamp,
    /// Until when that counts.
    pub next_update: Timestamp,
    /// Who signed in the issuer's place, if somebody did.
    pub responder: Option<Responder>,
}

/// Why a response says nothing that counts.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ResponseDefect {
    /// Not a response.
    #[error("it is no OCSP response")]
    Malformed,
    /// No answer.
    #[error("it is no answer, but an error of the responder")]
    NoAnswer,
    /// Not about this certificate.
    #[error("it says nothing about this certificate")]
    OtherCertificate,
    /// Signed by nobody at hand.
    #[error("neither the issuer nor a responder whose certificate is in it signed it")]
    Unsigned,
    /// A signature that does not verify.
    #[error("its signature does not verify")]
    Signature,
    /// Signed in a way that is not accepted.
    #[error("its signature is not accepted: {0}")]
    Algorithm(String),
    /// Signed by somebody who may not.
    #[error(transparent)]
    Responder(#[from] ResponderError),
    /// Out of its time.
    #[error("it counts from {this_update} to {next_update}")]
    Time {
        /// The first moment.
        this_update: Timestamp,
        /// The last moment.
        next_update: Timestamp,
    },
    /// Without an end.
    #[error("it does not say until when it counts")]
    NoEnd,
    /// The responder does not know.
    #[error("the responder does not know the certificate")]
    Unknown,
    /// An extension that must be understood.
    #[error("it has a critical extension that is not known here")]
    Critical,
}

impl From<Malformed> for ResponseDefect {
    fn from(_: Malformed) -> Self {
        Self::Malformed
    }
}

/// Whether bytes are an OCSP response, be it one that tells of an error.
pub fn is_response(bytes: &[u8]) -> bool {
    let mut outer = Reader::new(bytes);
    let status = outer.enter(tag::SEQUENCE);
    let status = status.and_then(|mut whole| Ok(whole.read(tag::ENUMERATED)?.len() == 1));
    status == Ok(true) && outer.is_empty()
}

/// Judges what a response says of a certificate that an authority issued.
///
/// # Errors
/// [`ResponseDefect`]: it says nothing that counts, neither for the certificate nor against it.
pub fn judge_response(
    response: &[u8],
    certificate: &[u8],
    (issuer, now): (&AuthorityCertificate, Timestamp),
) -> Result<Answered, ResponseDefect> {
    read_response(response, certificate, issuer, Some(now))
}

/// What a response said when it was made, whether or not it still counts: a word against a certificate outlives its time.
///
/// # Errors
/// As [`judge_response`], but for the time.
pub(super) fn said_once(
    response: &[u8],
    certificate: &[u8],
    issuer: &AuthorityCertificate,
) -> Result<Answered, ResponseDefect> {
    read_response(response, certificate, issuer, None)
}

/// At a time; without one, when it was made.
fn read_response(
    response: &[u8],
    certificate: &[u8],
    issuer: &AuthorityCertificate,
    now: Option<Timestamp>,
) -> Result<Answered, ResponseDefect> {
    let mut outer = Reader::new(response);
    let status = outer.enter(tag::SEQUENCE)?.read(tag::ENUMERATED)?;
    outer.finish()?;
    if status != [0] {
        return Err(ResponseDefect::NoAnswer);
    }
    let basic = basic_response(response).ok_or(ResponseDefect::Malformed)?;
    let data = Data::read(&basic)?;
    let fields = Fields::of_certificate(certificate)?;
    let mut answers = Vec::new();
    let mut singles = data.singles;
    while !singles.is_empty() {
        let single = Single::read(singles.enter(tag::SEQUENCE)?)?;
        if single.is_about(&fields, issuer)? {
            answers.push(single);
        }
    }
    // Of several answers about one certificate the worst counts: whoever revokes it is not outvoted.
    let worst = answers.iter().max_by_key(|single| match single.status {
        Said::Good => 0,
        Said::Unknown => 1,
        Said::Revoked(..) => 2,
    });
    let single = worst.ok_or(ResponseDefect::OtherCertificate)?;
    let responder = data.signer(&basic, issuer, now.unwrap_or(data.produced_at))?;
    let this_update = single.this_update;
    let next_update = match (single.next_update, now) {
        (Some(next_update), _) => next_update,
        (None, Some(_)) => return Err(ResponseDefect::NoEnd),
        (None, None) => this_update,
    };
    let critical = data.critical || answers.iter().any(|answer| answer.critical);
    if now.is_some() && critical {
        return Err(ResponseDefect::Critical);
    }
    if now.is_some_and(|now| now < this_update || now > next_update) {
        return Err(ResponseDefect::Time {
            this_update,
            next_update,
        });
    }
    let revoked = match single.status {
        Said::Unknown => return Err(ResponseDefect::Unknown),
        Said::Good => None,
        Said::Revoked(since, reason) => Some((since, reason)),
    };
    Ok(Answered {
        revoked,
        this_update,
        next_update,
        responder,
    })
}

/// Who signed a BasicOCSPResponse in an authority's place when it was made; None if that is the authority itself, or nobody who
/// may.
pub fn responder_of(basic: &[u8], issuer: &AuthorityCertificate) -> Option<Responder> {
    let data = Data::read(basic).ok()?;
    data.signer(basic, issuer, data.produced_at).ok()?
}

/// ResponseData, and the certificates beside it.
struct Data<'a> {
    critical: bool,
    responder: (u8, &'a [u8]),
    produced_at: Timestamp,
    singles: Reader<'a>,
    certificates: Option<Reader<'a>>,
}

impl<'a> Data<'a> {
    fn read(basic: &'a [u8]) -> Result<Self, ResponseDefect> {
        let mut outer = Reader::new(basic);
        let mut whole = outer.enter(tag::SEQUENCE)?;
        outer.finish()?;
        let mut data = whole.enter(tag::SEQUENCE)?;
        whole.read(tag::SEQUENCE)?;
        whole.bit_string()?;
        let certificates = match whole.optional(tag::CONTEXT_0)? {
            Some(list) => Some(Reader::new(list).enter(tag::SEQUENCE)?),
            None => None,
        };
        whole.finish()?;
        if let Some(version) = data.optional(tag::CONTEXT_0)? {
            // v1 is the only version (RFC 6960 §4.2.1).
            if !Reader::new(version).unsigned()?.is_empty() {
                return Err(ResponseDefect::Malformed);
            }
        }
        let responder = data.any()?;
        let produced_at = fields::moment(&mut data)?;
        let singles = data.enter(tag::SEQUENCE)?;
        let critical = has_critical(data.optional(tag::CONTEXT_1)?)?;
        data.finish()?;
        Ok(Self {
            critical,
            responder,
            produced_at,
            singles,
            certificates,
        })
    }

    /// Whether the ResponderID is of this name and key: `[1]` a Name, `[2]` the hash of a key.
    fn names(&self, subject: &[u8], spki: &[u8]) -> Result<bool, Malformed> {
        let (kind, contents) = self.responder;
        Ok(match kind {
            tag::CONTEXT_1 => contents == subject,
            CONTEXT_2 => Reader::new(contents).read(tag::OCTET_STRING)? == key_hash(spki)?,
            _ => return Err(Malformed),
        })
    }

    /// Who signed it, if not the issuer itself.
    fn signer(
        &self,
        basic: &[u8],
        issuer: &AuthorityCertificate,
        now: Timestamp,
    ) -> Result<Option<Responder>, ResponseDefect> {
        if self.names(&issuer.subject, &issuer.key.to_spki())? {
            let own = Fields::of_certificate(&issuer.der)?;
            check_signature(basic, (&issuer.key, own.key))?;
            return Ok(None);
        }
        let mut certificates = self.certificates.ok_or(ResponseDefect::Unsigned)?;
        while !certificates.is_empty() {
            let der = certificates.whole(tag::SEQUENCE)?;
            let fields = Fields::of_certificate(der)?;
            if self.names(fields.subject, fields.key)? {
                let responder = Responder::read(der, issuer, now)?;
                check_signature(basic, (&responder.key, fields.key))?;
                return Ok(Some(responder));
            }
        }
        Err(ResponseDefect::Unsigned)
    }
}

/// The signature of a BasicOCSPResponse or a certificate, with whatever algorithm certificates are signed with.
fn check_signature(basic: &[u8], key: (&PublicKey, &[u8])) -> Result<(), ResponseDefect> {
    let mut whole = Reader::new(basic).enter(tag::SEQUENCE)?;
    let signed = whole.whole(tag::SEQUENCE)?;
    let name = SignatureName::read(whole.whole(tag::SEQUENCE)?)?;
    let verified = name.verify(key, signed, whole.bit_string()?);
    verified.map_err(|error| match error {
        VerifyError::Invalid => ResponseDefect::Signature,
        other => ResponseDefect::Algorithm(other.to_string()),
    })
}

enum Said {
    Good,
    Revoked(Timestamp, Option<RevocationReason>),
    Unknown,
}

/// SingleResponse.
struct Single<'a> {
    critical: bool,
    digest: &'a [u8],
    name_hash: &'a [u8],
    key_hash: &'a [u8],
    serial: String,
    status: Said,
    this_update: Timestamp,
    next_update: Option<Timestamp>,
}

impl<'a> Single<'a> {
    fn read(mut single: Reader<'a>) -> Result<Self, ResponseDefect> {
        let mut id = single.enter(tag::SEQUENCE)?;
        let digest = id.enter(tag::SEQUENCE)?.read(tag::OID)?;
        let name_hash = id.read(tag::OCTET_STRING)?;
        let key_hash = id.read(tag::OCTET_STRING)?;
        let serial = hex(id.unsigned()?);
        id.finish()?;
        let status = match single.any()? {
            (tag::CONTEXT_0_PRIMITIVE, _) => Said::Good,
            (tag::CONTEXT_1, info) => {
                let mut info = Reader::new(info);
                let since = fields::moment(&mut info)?;
                let reason = match info.optional(tag::CONTEXT_0)? {
                    Some(reason) => Reader::new(reason).read(tag::ENUMERATED)?.first(),
                    None => None,
                };
                Said::Revoked(since, reason.copied().map(RevocationReason))
            }
            (0x82, _) => Said::Unknown,
            _ => return Err(ResponseDefect::Malformed),
        };
        let this_update = fields::moment(&mut single)?;
        let next_update = match single.optional(tag::CONTEXT_0)? {
            Some(time) => Some(fields::moment(&mut Reader::new(time))?),
            None => None,
        };
        let critical = has_critical(single.optional(tag::CONTEXT_1)?)?;
        single.finish()?;
        Ok(Self {
            critical,
            digest,
            name_hash,
            key_hash,
            serial,
            status,
            this_update,
            next_update,
        })
    }

    fn is_about(
        &self,
        certificate: &Fields<'_>,
        issuer: &AuthorityCertificate,
    ) -> Result<bool, Malformed> {
        let digest = match self.digest {
            [0x2b, 0x0e, 3, 2, 26] => DigestAlgorithm::Sha1Legacy,
            [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1] => DigestAlgorithm::Sha256,
            [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 2] => DigestAlgorithm::Sha384,
            [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 3] => DigestAlgorithm::Sha512,
            _ => return Ok(false),
        };
        let spki = issuer.key.to_spki();
        let mut info = Reader::new(&spki).enter(tag::SEQUENCE)?;
        info.read(tag::SEQUENCE)?;
        Ok(certificate.issuer == issuer.subject
            && self.name_hash == digest.digest(&issuer.subject)
            && self.key_hash == digest.digest(info.bit_string()?)
            && self.serial == certificate.serial_hex())
    }
}

/// Whether an extension must be understood: none is.
fn has_critical(contents: Option<&[u8]>) -> Result<bool, Malformed> {
    let Some(contents) = contents else {
        return Ok(false);
    };
    Ok(fields::extensions(contents)?.iter().any(|one| one.critical))
}

#[cfg(test)]
#[path = "ocsp_tests.rs"]
mod tests;
