//! The DER of certificates and revocation lists, written by hand: names, times, extensions, algorithms (RFC 5280 §4–5).
//!
//! What is to be signed is a value of its own, so that it can be logged before a signature exists, and signed elsewhere.

use std::net::IpAddr;

use crate::kernel::crypto::{DigestAlgorithm, EcEncoding, SignatureAlgorithm};
use crate::kernel::der::{self, tag};
use crate::kernel::key::{Curve, PublicKey};
use crate::kernel::time::Timestamp;

/// Object identifiers, as their contents.
pub(super) mod oid {
    pub(in crate::cert) const COMMON_NAME: &[u8] = &[0x55, 4, 3];
    pub(in crate::cert) const ORGANIZATION: &[u8] = &[0x55, 4, 10];
    pub(in crate::cert) const SUBJECT_KEY_ID: &[u8] = &[0x55, 0x1d, 14];
    pub(in crate::cert) const KEY_USAGE: &[u8] = &[0x55, 0x1d, 15];
    pub(in crate::cert) const SUBJECT_ALT_NAME: &[u8] = &[0x55, 0x1d, 17];
    pub(in crate::cert) const BASIC_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 19];
    pub(in crate::cert) const CRL_NUMBER: &[u8] = &[0x55, 0x1d, 20];
    pub(in crate::cert) const REASON_CODE: &[u8] = &[0x55, 0x1d, 21];
    pub(in crate::cert) const INVALIDITY_DATE: &[u8] = &[0x55, 0x1d, 24];
    pub(in crate::cert) const DELTA_CRL: &[u8] = &[0x55, 0x1d, 27];
    pub(in crate::cert) const ISSUING_POINT: &[u8] = &[0x55, 0x1d, 28];
    pub(in crate::cert) const NAME_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 30];
    pub(in crate::cert) const CRL_POINTS: &[u8] = &[0x55, 0x1d, 31];
    pub(in crate::cert) const AUTHORITY_KEY_ID: &[u8] = &[0x55, 0x1d, 35];
    pub(in crate::cert) const FRESHEST_CRL: &[u8] = &[0x55, 0x1d, 46];
    pub(in crate::cert) const EXTENDED_KEY_USAGE: &[u8] = &[0x55, 0x1d, 37];
    pub(in crate::cert) const SERVER_AUTH: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 1];
    pub(in crate::cert) const CLIENT_AUTH: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 2];
    pub(in crate::cert) const OCSP_SIGNING: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 9];
    pub(in crate::cert) const OCSP_NO_CHECK: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 0x30, 1, 5];
    pub(in crate::cert) const EXTENSION_REQUEST: &[u8] =
        &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 14];
    pub(in crate::cert) const ECDSA_SHA256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2];
    pub(in crate::cert) const ECDSA_SHA384: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 3];
    pub(in crate::cert) const RSA_SHA256: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 11];
    pub(in crate::cert) const ED25519: &[u8] = &[0x2b, 0x65, 0x70];
}

/// The algorithm that a key signs certificates with: P-256, P-384, Ed25519, RSA; None for what signs nothing here.
pub(super) fn algorithm_of(key: &PublicKey) -> Option<SignatureAlgorithm> {
    use DigestAlgorithm::{Sha256, Sha384};
    Some(match key {
        PublicKey::Ec {
            curve: Curve::P256, ..
        } => SignatureAlgorithm::Ecdsa(Curve::P256, Sha256, EcEncoding::Asn1),
        PublicKey::Ec {
            curve: Curve::P384, ..
        } => SignatureAlgorithm::Ecdsa(Curve::P384, Sha384, EcEncoding::Asn1),
        PublicKey::Ed25519(_) => SignatureAlgorithm::Ed25519,
        PublicKey::Rsa { .. } => SignatureAlgorithm::RsaPkcs1(Sha256),
        _ => return None,
    })
}

/// The AlgorithmIdentifier of a signature (RFC 5758 §3.2, RFC 8410 §3: no parameters; RFC 4055 §5: NULL).
pub(super) fn algorithm_identifier(algorithm: SignatureAlgorithm) -> Vec<u8> {
    let (oid, null) = match algorithm {
        SignatureAlgorithm::Ecdsa(_, DigestAlgorithm::Sha384, _) => (oid::ECDSA_SHA384, false),
        SignatureAlgorithm::Ed25519 => (oid::ED25519, false),
        SignatureAlgorithm::RsaPkcs1(_) | SignatureAlgorithm::RsaPss(_) => (oid::RSA_SHA256, true),
        SignatureAlgorithm::Ecdsa(..) => (oid::ECDSA_SHA256, false),
    };
    let null: &[u8] = if null { &[tag::NULL, 0] } else { &[] };
    der::sequence(&[&der::element(tag::OID, oid), null])
}

/// A Name with one attribute in each RDN, as UTF-8.
pub(super) fn name(attributes: &[(&[u8], &str)]) -> Vec<u8> {
    let rdns: Vec<u8> = attributes
        .iter()
        .flat_map(|(oid, value)| {
            let attribute = der::sequence(&[
                &der::element(tag::OID, oid),
                &der::element(tag::UTF8_STRING, value.as_bytes()),
            ]);
            der::element(tag::SET, &attribute)
        })
        .collect();
    der::element(tag::SEQUENCE, &rdns)
}

/// A Time: UTCTime through 2049, GeneralizedTime after (RFC 5280 §4.1.2.5).
pub(super) fn time(moment: Timestamp) -> Vec<u8> {
    let year = moment.offset().year();
    if (1950..2050).contains(&year) {
        let digits = digits(moment);
        der::element(
            tag::UTC_TIME,
            digits.get(2..).unwrap_or_default().as_bytes(),
        )
    } else {
        generalized_time(moment)
    }
}

/// A GeneralizedTime, whole seconds in UTC.
pub(super) fn generalized_time(moment: Timestamp) -> Vec<u8> {
    der::element(tag::GENERALIZED_TIME, digits(moment).as_bytes())
}

fn digits(moment: Timestamp) -> String {
    let text = moment.to_string();
    text.chars()
        .filter(|c| c.is_ascii_digit())
        .chain(std::iter::once('Z'))
        .collect()
}

/// One Extension.
pub(super) fn extension(oid: &[u8], critical: bool, value: &[u8]) -> Vec<u8> {
    // DER leaves out what is the default, FALSE.
    let flag = if critical {
        der::element(tag::BOOLEAN, &[0xff])
    } else {
        Vec::new()
    };
    der::sequence(&[
        &der::element(tag::OID, oid),
        &flag,
        &der::element(tag::OCTET_STRING, value),
    ])
}

/// A BIT STRING with named bits: the last one that is set ends it (X.690 §11.2.2).
pub(super) fn named_bits(set: &[u8]) -> Vec<u8> {
    let Some(last) = set.iter().max() else {
        return der::element(tag::BIT_STRING, &[0]);
    };
    let mut octets = vec![0_u8; usize::from(last / 8) + 2];
    if let Some(unused) = octets.first_mut() {
        *unused = 7 - last % 8;
    }
    for bit in set {
        if let Some(octet) = octets.get_mut(usize::from(bit / 8) + 1) {
            *octet |= 0x80 >> (bit % 8);
        }
    }
    der::element(tag::BIT_STRING, &octets)
}

/// The octets of an address as a GeneralName holds them.
pub(super) fn address(address: IpAddr) -> Vec<u8> {
    match address {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets().to_vec(),
    }
}

/// CRLDistributionPoints, or the one of an issuingDistributionPoint, with URIs as full names.
pub(super) fn distribution_point(uris: &[String]) -> Vec<u8> {
    let names: Vec<u8> = uris
        .iter()
        .flat_map(|uri| der::element(0x86, uri.as_bytes()))
        .collect();
    // DistributionPointName is a CHOICE, so that its tag is explicit.
    der::element(tag::CONTEXT_0, &der::element(tag::CONTEXT_0, &names))
}

/// What is signed, its algorithm and its signature: a Certificate, a CertificateList, a CertificationRequest.
pub(super) fn signed(
    to_be_signed: &[u8],
    algorithm: SignatureAlgorithm,
    signature: &[u8],
) -> Vec<u8> {
    der::sequence(&[
        to_be_signed,
        &algorithm_identifier(algorithm),
        &der::bit_string(signature),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn named_bits_end_with_the_last_one_that_is_set() {
        assert_eq!(named_bits(&[0]), [3, 2, 7, 0x80]);
        assert_eq!(named_bits(&[5, 6]), [3, 2, 1, 0x06]);
        assert_eq!(named_bits(&[0, 8]), [3, 3, 7, 0x80, 0x80]);
        assert_eq!(named_bits(&[]), [3, 1, 0]);
    }

    #[test]
    fn times_change_their_form_in_2050() {
        let at = |text: &str| time(Timestamp::parse(text).unwrap());
        assert_eq!(&at("2049-12-31T23:59:59Z")[2..], b"491231235959Z");
        assert_eq!(&at("2050-01-01T00:00:00Z")[2..], b"20500101000000Z");
    }
}
