//! The algorithms that certificates and revocation lists are signed with (RFC 4055, RFC 5758, RFC 8410).

use super::oid;
use crate::kernel::crypto::{self, DigestAlgorithm, EcEncoding, SignatureAlgorithm, VerifyError};
use crate::kernel::der::{Malformed, Reader, tag};
use crate::kernel::key::{Curve, PssParameters, PublicKey, RsaUse};

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
            // RFC 4055 §1.2: a key for PSS is for nothing else; §3.3: and for its own parameters, where it has some.
            (SignatureAlgorithm::RsaPkcs1(_), PublicKey::Rsa { .. })
                if !RsaUse::of_der(key_info).allows_pkcs1() =>
            {
                return Err(VerifyError::Unsupported(
                    "PKCS#1 v1.5 with a key that is for RSASSA-PSS alone".to_owned(),
                ));
            }
            (SignatureAlgorithm::RsaPss(digest), PublicKey::Rsa { .. })
                if !RsaUse::of_der(key_info).allows_pss(digest) =>
            {
                return Err(VerifyError::Unsupported(format!(
                    "RSASSA-PSS with {digest} and a salt as long, with a key whose parameters are others (RFC 4055 §3.3)"
                )));
            }
            (algorithm, _) => algorithm,
        };
        match algorithm {
            // What ring lacks knows the fixed form alone.
            SignatureAlgorithm::Ecdsa(curve, hash @ DigestAlgorithm::Sha512, EcEncoding::Asn1) => {
                let width = curve.width();
                let fixed = fixed_width(signature, width).map_err(|_| VerifyError::Invalid)?;
                let algorithm = SignatureAlgorithm::Ecdsa(curve, hash, EcEncoding::Fixed);
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

/// RSASSA-PSS (RFC 4055 §3.1), its hashes the same and the salt as long: all that anyone issues.
fn pss(parameters: &[u8]) -> Result<Option<SignatureAlgorithm>, Malformed> {
    let found = PssParameters::read(parameters)?;
    let found = found.filter(|one| one.salt == one.digest.length());
    Ok(found.map(|one| SignatureAlgorithm::RsaPss(one.digest)))
}
