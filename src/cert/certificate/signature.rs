//! The algorithms that certificates and revocation lists are signed with (RFC 4055, RFC 5758, RFC 8410).

use super::oid;
use crate::kernel::crypto::{self, DigestAlgorithm, EcEncoding, SignatureAlgorithm, VerifyError};
use crate::kernel::der::{Malformed, Reader, tag};
use crate::kernel::key::{Curve, PublicKey};

/// The algorithm that a certificate names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignatureName {
    /// The AlgorithmIdentifier, DER.
    pub der: Vec<u8>,
    /// Its OID, dotted.
    pub oid: String,
    /// The algorithm, where it is accepted. Of ECDSA, the curve comes from the key.
    pub algorithm: Option<SignatureAlgorithm>,
}

const NULL: &[u8] = &[tag::NULL, 0];

impl SignatureName {
    /// Reads an AlgorithmIdentifier, tag included.
    ///
    /// # Errors
    /// [`Malformed`].
    pub(in crate::cert) fn read(whole: &[u8]) -> Result<Self, Malformed> {
        let mut outer = Reader::new(whole);
        let mut identifier = outer.enter(tag::SEQUENCE)?;
        outer.finish()?;
        let oid = oid::dotted(identifier.read(tag::OID)?)?;
        let mut parameters: &[u8] = &[];
        if let Some(kind) = identifier.peek() {
            parameters = identifier.whole(kind)?;
        }
        identifier.finish()?;
        Ok(Self {
            der: whole.to_vec(),
            algorithm: algorithm(&oid, parameters),
            oid,
        })
    }

    /// What it is called.
    pub fn words(&self) -> String {
        match oid::name_of(&self.oid) {
            Some(name) => name.to_owned(),
            None => self.oid.clone(),
        }
    }

    /// Checks a signature with an authority's key.
    ///
    /// # Errors
    /// [`VerifyError::Invalid`] if it does not match; the others if it is not accepted.
    pub(in crate::cert) fn verify(
        &self,
        (key, key_info): (&PublicKey, &[u8]),
        signed: &[u8],
        signature: &[u8],
    ) -> Result<(), VerifyError> {
        let algorithm = self.algorithm.ok_or_else(|| {
            VerifyError::Unsupported(format!("the signature algorithm {}", self.words()))
        })?;
        let algorithm = match (algorithm, key) {
            (SignatureAlgorithm::Ecdsa(_, hash, encoding), PublicKey::Ec { curve, .. }) => {
                SignatureAlgorithm::Ecdsa(*curve, hash, encoding)
            }
            // RFC 4055 §1.2: a key for PSS is for nothing else.
            (SignatureAlgorithm::RsaPkcs1(_), PublicKey::Rsa { .. }) if is_pss_key(key_info) => {
                return Err(VerifyError::Unsupported(
                    "PKCS#1 v1.5 with a key that is for RSASSA-PSS alone".to_owned(),
                ));
            }
            (algorithm, _) => algorithm,
        };
        match algorithm {
            // Its kernel knows the fixed form.
            SignatureAlgorithm::Ecdsa(Curve::P521, hash, EcEncoding::Asn1) => {
                let fixed = fixed_width(signature, 66).map_err(|_| VerifyError::Invalid)?;
                let algorithm = SignatureAlgorithm::Ecdsa(Curve::P521, hash, EcEncoding::Fixed);
                crypto::verify(algorithm, key, signed, &fixed)
            }
            algorithm => crypto::verify(algorithm, key, signed, signature),
        }
    }
}

/// `r` and `s` of a DER signature, each of the field's width.
fn fixed_width(signature: &[u8], width: usize) -> Result<Vec<u8>, Malformed> {
    let mut outer = Reader::new(signature);
    let mut pair = outer.enter(tag::SEQUENCE)?;
    outer.finish()?;
    let mut fixed = Vec::with_capacity(2 * width);
    for _ in 0..2 {
        let number = pair.unsigned()?;
        let padding = width.checked_sub(number.len()).ok_or(Malformed)?;
        fixed.resize(fixed.len() + padding, 0);
        fixed.extend_from_slice(number);
    }
    pair.finish()?;
    Ok(fixed)
}

/// Whether a SubjectPublicKeyInfo names RSASSA-PSS.
fn is_pss_key(key_info: &[u8]) -> bool {
    let oid = || {
        let mut info = Reader::new(key_info).enter(tag::SEQUENCE)?;
        oid::dotted(info.enter(tag::SEQUENCE)?.read(tag::OID)?)
    };
    oid().is_ok_and(|oid| oid == PSS)
}

const PSS: &str = "1.2.840.113549.1.1.10";

fn algorithm(oid: &str, parameters: &[u8]) -> Option<SignatureAlgorithm> {
    use DigestAlgorithm::{Sha256, Sha384, Sha512};
    let ecdsa = |hash| SignatureAlgorithm::Ecdsa(Curve::P256, hash, EcEncoding::Asn1);
    let algorithm = match oid {
        // SHA-1 and MD5 are not among them.
        "1.2.840.10045.4.3.2" => ecdsa(Sha256),
        "1.2.840.10045.4.3.3" => ecdsa(Sha384),
        "1.2.840.10045.4.3.4" => ecdsa(Sha512),
        "1.2.840.113549.1.1.11" => SignatureAlgorithm::RsaPkcs1(Sha256),
        "1.2.840.113549.1.1.12" => SignatureAlgorithm::RsaPkcs1(Sha384),
        "1.2.840.113549.1.1.13" => SignatureAlgorithm::RsaPkcs1(Sha512),
        PSS => return pss(parameters).ok().flatten(),
        "1.3.101.112" => SignatureAlgorithm::Ed25519,
        _ => return None,
    };
    // RFC 5758 §3.2 and RFC 8410 §3: none; RFC 4055 §5: NULL, and readers take none.
    let fits = match algorithm {
        SignatureAlgorithm::RsaPkcs1(_) => parameters == NULL || parameters.is_empty(),
        _ => parameters.is_empty(),
    };
    fits.then_some(algorithm)
}

/// RSASSA-PSS (RFC 4055 §3.1), its three hashes the same and the salt as long: all that anyone issues.
fn pss(parameters: &[u8]) -> Result<Option<SignatureAlgorithm>, Malformed> {
    let mut outer = Reader::new(parameters);
    let mut all = outer.enter(tag::SEQUENCE)?;
    outer.finish()?;
    let hash = all.optional(tag::CONTEXT_0)?;
    let mask = all.optional(tag::CONTEXT_1)?;
    let salt = all.optional(0xa2)?;
    let trailer = all.optional(tag::CONTEXT_3)?;
    all.finish()?;
    // The defaults are SHA-1.
    let (Some(hash), Some(mask), Some(salt), None) = (hash, mask, salt, trailer) else {
        return Ok(None);
    };
    let mut mask = Reader::new(mask).enter(tag::SEQUENCE)?;
    if oid::dotted(mask.read(tag::OID)?)? != "1.2.840.113549.1.1.8" {
        return Ok(None);
    }
    let mut outer = Reader::new(hash);
    let hash = digest(&mut outer)?;
    outer.finish()?;
    let same = digest(&mut mask)? == hash;
    mask.finish()?;
    let mut outer = Reader::new(salt);
    let salt = outer.unsigned()?;
    outer.finish()?;
    let found = hash.filter(|(_, length)| same && salt == [*length]);
    Ok(found.map(|(hash, _)| SignatureAlgorithm::RsaPss(hash)))
}

fn digest(reader: &mut Reader<'_>) -> Result<Option<(DigestAlgorithm, u8)>, Malformed> {
    let mut identifier = reader.enter(tag::SEQUENCE)?;
    let oid = oid::dotted(identifier.read(tag::OID)?)?;
    identifier.optional(tag::NULL)?;
    identifier.finish()?;
    Ok(match oid.as_str() {
        "2.16.840.1.101.3.4.2.1" => Some((DigestAlgorithm::Sha256, 32)),
        "2.16.840.1.101.3.4.2.2" => Some((DigestAlgorithm::Sha384, 48)),
        "2.16.840.1.101.3.4.2.3" => Some((DigestAlgorithm::Sha512, 64)),
        _ => None,
    })
}
