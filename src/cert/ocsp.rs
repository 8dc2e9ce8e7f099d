//! OCSP responses made ahead of time, for servers to staple (RFC 6960 §4.2, RFC 5019): signed by the issuer itself, or by a
//! responder that it certified for that.
//!
//! Each is about one certificate. Nobody asks, so that there is no nonce; how long a response counts is its `nextUpdate`.

use std::time::Duration;

use super::authority::{AuthorityCertificate, SigningError, Signs, signature};
use super::encode;
use super::issuance_log::{ResponseEntry, Revocation};
use super::ocsp_judge::Responder;
use super::revocation_list::ListError;
use crate::kernel::crypto::{DigestAlgorithm, SignatureAlgorithm, hex, sha256, unhex};
use crate::kernel::der::{self, Malformed, Reader, tag};
use crate::kernel::time::Timestamp;

/// What a response is to say.
#[derive(Debug, Clone, Copy)]
pub struct ResponseOptions<'a> {
    /// The certificate's serial number, hexadecimal.
    pub serial: &'a str,
    /// Its revocation, if it is revoked.
    pub revocation: Option<&'a Revocation>,
    /// When it is said.
    pub this_update: Timestamp,
    /// How long it counts; with a responder no longer than its certificate.
    pub life: Duration,
    /// Who signs it, if not the issuer.
    pub responder: Option<&'a Responder>,
}

/// A response without its signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnsignedResponse {
    /// The ResponseData, DER.
    pub to_be_signed: Vec<u8>,
    /// What the log holds of it.
    pub entry: ResponseEntry,
    /// Until when it counts.
    pub next_update: Timestamp,
    algorithm: SignatureAlgorithm,
    responder: Option<Vec<u8>>,
}

/// id-pkix-ocsp-basic
const BASIC: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 0x30, 1, 1];
const SHA1: &[u8] = &[0x2b, 0x0e, 3, 2, 26];

/// Decides what a response says.
///
/// # Errors
/// [`ListError`].
pub fn plan_response(
    authority: &AuthorityCertificate,
    options: &ResponseOptions<'_>,
) -> Result<UnsignedResponse, ListError> {
    let signer = options
        .responder
        .map_or(&authority.key, |responder| &responder.key);
    let algorithm =
        encode::algorithm_of(signer).ok_or_else(|| ListError::Key(signer.kind().to_string()))?;
    let now = options.this_update;
    if now > authority.not_after {
        return Err(ListError::Expired {
            authority: authority.name.clone(),
            not_after: authority.not_after,
        });
    }
    if now < authority.not_before {
        return Err(ListError::NotYet {
            authority: authority.name.clone(),
            not_before: authority.not_before,
        });
    }
    if options.life.is_zero() {
        return Err(ListError::NoLife);
    }
    let bad = || ListError::BadSerial(options.serial.to_owned());
    let serial = unhex(options.serial.as_bytes())
        .filter(|serial| !serial.is_empty() && serial.len() <= 20)
        .ok_or_else(bad)?;
    let key = key_hash(&authority.key.to_spki()).map_err(|_| bad())?;
    let end = options
        .responder
        .map_or(Timestamp::MAX, |responder| responder.not_after);
    let next_update = now.plus(options.life).min(end);
    // RFC 5019 §2.1.1: SHA-1 is what all ask with. It names the issuer and vouches for nothing.
    let certificate = der::sequence(&[
        &der::sequence(&[&der::element(tag::OID, SHA1), &[tag::NULL, 0]]),
        &der::element(
            tag::OCTET_STRING,
            &DigestAlgorithm::Sha1Legacy.digest(&authority.subject),
        ),
        &der::element(tag::OCTET_STRING, &key),
        &der::unsigned(&serial),
    ]);
    let single = der::sequence(&[
        &certificate,
        &status(options.revocation),
        &encode::generalized_time(now),
        &der::element(tag::CONTEXT_0, &encode::generalized_time(next_update)),
    ]);
    // The responder by the hash of its key (byKey).
    let by_key = key_hash(&signer.to_spki()).map_err(|_| bad())?;
    let responder = der::element(CONTEXT_2, &der::element(tag::OCTET_STRING, &by_key));
    let to_be_signed = der::sequence(&[
        &responder,
        &encode::generalized_time(now),
        &der::sequence(&[&single]),
    ]);
    Ok(UnsignedResponse {
        entry: ResponseEntry {
            issuer: hex(&authority.key_id),
            serial: options.serial.to_owned(),
            revoked: options.revocation.is_some(),
            sha256: hex(&sha256(&to_be_signed)),
        },
        to_be_signed,
        next_update,
        algorithm,
        responder: options.responder.map(|responder| responder.der.clone()),
    })
}

/// RFC 6960 §4.1.1: the SHA-1 of the issuer's key, without tag, length and unused bits.
pub(super) fn key_hash(spki: &[u8]) -> Result<Vec<u8>, Malformed> {
    let mut info = Reader::new(spki).enter(tag::SEQUENCE)?;
    info.read(tag::SEQUENCE)?;
    Ok(DigestAlgorithm::Sha1Legacy.digest(info.bit_string()?))
}

pub(super) const CONTEXT_2: u8 = 0xa2;

fn status(revocation: Option<&Revocation>) -> Vec<u8> {
    let Some(revocation) = revocation else {
        return der::element(tag::CONTEXT_0_PRIMITIVE, &[]);
    };
    let mut info = encode::generalized_time(revocation.revoked_at);
    if revocation.reason != 0 {
        let reason = der::element(tag::ENUMERATED, &[revocation.reason]);
        info.extend(der::element(tag::CONTEXT_0, &reason));
    }
    der::element(tag::CONTEXT_1, &info)
}

/// Signs a response.
///
/// # Errors
/// [`SigningError`].
pub fn seal_response(
    unsigned: &UnsignedResponse,
    signer: &dyn Signs,
) -> Result<Vec<u8>, SigningError> {
    let signature = signature(&unsigned.to_be_signed, unsigned.algorithm, signer)?;
    // RFC 6960 §4.2.1: certificates that help the client to verify the responder's signature.
    let certificates = unsigned.responder.as_ref().map(|certificate| {
        let list = der::sequence(&[certificate]);
        der::element(tag::CONTEXT_0, &list)
    });
    let basic = der::sequence(&[
        &unsigned.to_be_signed,
        &encode::algorithm_identifier(unsigned.algorithm),
        &der::bit_string(&signature),
        certificates.as_deref().unwrap_or_default(),
    ]);
    let bytes = der::sequence(&[
        &der::element(tag::OID, BASIC),
        &der::element(tag::OCTET_STRING, &basic),
    ]);
    Ok(der::sequence(&[
        // successful
        &der::element(tag::ENUMERATED, &[0]),
        &der::element(tag::CONTEXT_0, &bytes),
    ]))
}

/// The BasicOCSPResponse in a response, DER; None if it is none.
pub fn basic_response(response: &[u8]) -> Option<Vec<u8>> {
    let read = || {
        let mut outer = Reader::new(response).enter(tag::SEQUENCE)?;
        outer.read(tag::ENUMERATED)?;
        let mut bytes = outer.enter(tag::CONTEXT_0)?.enter(tag::SEQUENCE)?;
        match bytes.read(tag::OID)? == BASIC {
            true => bytes.read(tag::OCTET_STRING),
            false => Err(Malformed),
        }
    };
    read().ok().map(<[u8]>::to_vec)
}
