//! Certification requests in the making (RFC 2986): a key's holder asks, and proves that the key is theirs.
//!
//! The encoder is a library: what a request says is no verdict, and the authority takes from it only what its policy allows.

use rcgen::{
    CertificateParams, DistinguishedName, DnType, PublicKeyData, SanType, SigningKey as RcgenKey,
};

use super::names::Names;
use crate::kernel::crypto::{self, DigestAlgorithm, EcEncoding, SignatureAlgorithm, SystemRandom};
use crate::kernel::der;
use crate::kernel::key::{Curve, PrivateKey, PublicKey};

/// Why no request was made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AskError {
    /// Nothing to be certified.
    #[error("a request needs a SPIFFE ID, a DNS name, an address or a common name")]
    Nothing,
    /// A key that no certificate here is made for.
    #[error("{0} cannot ask for a certificate; take a P-256, P-384, Ed25519 or RSA key")]
    Key(String),
    /// The encoder or the key refused.
    #[error("the request cannot be made: {0}")]
    Encoding(String),
}

impl From<rcgen::Error> for AskError {
    fn from(error: rcgen::Error) -> Self {
        Self::Encoding(error.to_string())
    }
}

/// Makes a request, DER: the names as subject alternative names, signed with the key.
///
/// # Errors
/// [`AskError`].
pub fn signing_request(
    key: &PrivateKey,
    names: &Names,
    common_name: Option<&str>,
) -> Result<Vec<u8>, AskError> {
    if names.is_empty() && common_name.is_none() {
        return Err(AskError::Nothing);
    }
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    if let Some(name) = common_name {
        params.distinguished_name.push(DnType::CommonName, name);
    }
    if let Some(id) = &names.spiffe_id {
        let uri = SanType::URI(id.to_string().try_into()?);
        params.subject_alt_names.push(uri);
    }
    for name in &names.dns {
        let name = SanType::DnsName(name.as_str().try_into()?);
        params.subject_alt_names.push(name);
    }
    let addresses = names.addresses.iter().copied().map(SanType::IpAddress);
    params.subject_alt_names.extend(addresses);
    let request = params.serialize_request(&Holder::new(key)?)?;
    Ok(request.der().to_vec())
}

/// A key of the kernel in the form that the encoder signs with.
struct Holder<'a> {
    key: &'a PrivateKey,
    public: Vec<u8>,
    named: &'static rcgen::SignatureAlgorithm,
    algorithm: SignatureAlgorithm,
}

impl<'a> Holder<'a> {
    fn new(key: &'a PrivateKey) -> Result<Self, AskError> {
        use DigestAlgorithm::{Sha256, Sha384};
        let (named, algorithm, public) = match key.public() {
            PublicKey::Ec { curve, point } => match curve {
                Curve::P256 => (
                    &rcgen::PKCS_ECDSA_P256_SHA256,
                    SignatureAlgorithm::Ecdsa(curve, Sha256, EcEncoding::Asn1),
                    point,
                ),
                Curve::P384 => (
                    &rcgen::PKCS_ECDSA_P384_SHA384,
                    SignatureAlgorithm::Ecdsa(curve, Sha384, EcEncoding::Asn1),
                    point,
                ),
                _ => return Err(AskError::Key(format!("{} keys", curve.name()))),
            },
            PublicKey::Ed25519(public) => (
                &rcgen::PKCS_ED25519,
                SignatureAlgorithm::Ed25519,
                public.to_vec(),
            ),
            PublicKey::Rsa { n, e } => (
                &rcgen::PKCS_RSA_SHA256,
                SignatureAlgorithm::RsaPkcs1(Sha256),
                der::sequence(&[&der::unsigned(&n), &der::unsigned(&e)]),
            ),
            PublicKey::X25519(_) => return Err(AskError::Key("X25519 keys".to_owned())),
        };
        Ok(Self {
            key,
            public,
            named,
            algorithm,
        })
    }
}

impl PublicKeyData for Holder<'_> {
    fn der_bytes(&self) -> &[u8] {
        &self.public
    }

    fn algorithm(&self) -> &'static rcgen::SignatureAlgorithm {
        self.named
    }
}

impl RcgenKey for Holder<'_> {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        crypto::sign(self.algorithm, self.key, message, &SystemRandom::default())
            .map_err(|_| rcgen::Error::RemoteKeyError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cert::{KeyChoice, SigningRequest};

    fn names() -> Names {
        Names {
            spiffe_id: Some("spiffe://acme.example/ns/a/sa/b".parse().unwrap()),
            dns: vec!["b.a.svc".parse().unwrap(), "*.b.example".parse().unwrap()],
            addresses: vec!["10.0.0.1".parse().unwrap(), "fd00::1".parse().unwrap()],
        }
    }

    #[test]
    fn what_is_asked_for_is_what_the_authority_reads() {
        for choice in [KeyChoice::P256, KeyChoice::P384, KeyChoice::Ed25519] {
            let key = choice.generate(&SystemRandom::default()).unwrap();
            let der = signing_request(&key, &names(), None).unwrap();
            let read = SigningRequest::parse(&der).unwrap();
            assert_eq!((read.names, read.key), (names(), key.public()));
            assert_eq!(read.dropped, Vec::<String>::new());
        }
    }

    #[test]
    fn a_changed_request_proves_nothing() {
        let key = KeyChoice::P256.generate(&SystemRandom::default()).unwrap();
        let der = signing_request(&key, &names(), Some("b")).unwrap();
        for at in 0..der.len() {
            let mut changed = der.clone();
            changed[at] ^= 1;
            assert!(SigningRequest::parse(&changed).is_err(), "byte {at}");
        }
    }

    #[test]
    fn a_request_without_a_name_or_with_a_key_that_cannot_sign_is_not_made() {
        let random = SystemRandom::default();
        let key = KeyChoice::P256.generate(&random).unwrap();
        let empty = signing_request(&key, &Names::default(), None);
        assert_eq!(empty.unwrap_err(), AskError::Nothing);
        let agreement = crate::kernel::key::generate_x25519(&random).unwrap();
        assert!(matches!(
            signing_request(&agreement, &names(), None),
            Err(AskError::Key(_))
        ));
    }
}
