//! The cryptography behind the JWT library: ring, through the kernel.
//!
//! The library takes whatever provider is installed first; before one is, its first use would install one that
//! panics. [`install`] is therefore called by everything here that uses the library.

use std::sync::Once;

use jsonwebtoken::crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::{Error, ErrorKind, Result};
use jsonwebtoken::jwk::{EllipticCurve, ThumbprintHash};
use jsonwebtoken::signature;
use jsonwebtoken::{DecodingKey, DecodingKeyKind, EncodingKey};

use super::algorithm::{Algorithm, Primitive};
use crate::kernel::crypto::{
    self, DigestAlgorithm, MacKey, SignatureAlgorithm, Signer, SystemRandom,
};
use crate::kernel::key::{Curve, PrivateKey, PublicKey, private_from_pkcs8, public_from_spki};
use crate::kernel::secret::Secret;

static PROVIDER: CryptoProvider = CryptoProvider {
    signer_factory: signer,
    verifier_factory: verifier,
    key_utils: KeyUtils {
        rsa_pub_components_from_private_key: rsa_of_private,
        rsa_pub_components_from_public_key: rsa_of_public,
        ec_pub_components_from_private_key: ec_of_private,
        ed_pub_components_from_private_key: ed_of_private,
        compute_digest: digest,
    },
};

/// Makes the library use this provider.
pub(super) fn install() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // An error means that one is installed already; only this program installs any.
        let _installed = PROVIDER.install_default();
    });
}

/// The library's form of a key that signs; only this provider reads it.
pub(super) fn encoding_key(key: &PrivateKey) -> EncodingKey {
    let pkcs8 = key.to_pkcs8();
    match key {
        PrivateKey::Rsa { .. } => EncodingKey::from_rsa_der(&pkcs8),
        PrivateKey::Ec { .. } => EncodingKey::from_ec_der(&pkcs8),
        // X25519 signs nothing: the kernel refuses it by name.
        PrivateKey::Ed25519 { .. } | PrivateKey::X25519 { .. } => EncodingKey::from_ed_der(&pkcs8),
    }
}

/// The library's form of a key that verifies; only this provider reads it.
pub(super) fn decoding_key(key: &PublicKey) -> DecodingKey {
    let spki = key.to_spki();
    match key {
        PublicKey::Rsa { n, e } => DecodingKey::from_rsa_raw_components(n, e),
        PublicKey::Ec { .. } => DecodingKey::from_ec_der(&spki),
        PublicKey::Ed25519(_) | PublicKey::X25519(_) => DecodingKey::from_ed_der(&spki),
    }
}

struct Plug<T> {
    algorithm: jsonwebtoken::Algorithm,
    with: T,
}

enum Signing {
    Mac(MacKey),
    Key(Signer),
}

enum Verifying {
    Mac(MacKey),
    Key(SignatureAlgorithm, PublicKey),
}

fn invalid_key() -> Error {
    ErrorKind::InvalidKeyFormat.into()
}

fn known(algorithm: jsonwebtoken::Algorithm) -> Result<Primitive> {
    Algorithm::from_library(algorithm)
        .map(Algorithm::primitive)
        .ok_or_else(|| ErrorKind::InvalidAlgorithm.into())
}

fn signer(algorithm: &jsonwebtoken::Algorithm, key: &EncodingKey) -> Result<Box<dyn JwtSigner>> {
    if key.family() != algorithm.family() {
        return Err(ErrorKind::InvalidAlgorithm.into());
    }
    let with = match known(*algorithm)? {
        Primitive::Mac(mac) => {
            Signing::Mac(MacKey::new(mac, &Secret::new(key.as_bytes().to_vec())))
        }
        Primitive::Signature(signature) => {
            let private = private_from_pkcs8(key.as_bytes()).map_err(|_| invalid_key())?;
            let signer = Signer::new(signature, &private, &SystemRandom::default());
            Signing::Key(signer.map_err(|_| invalid_key())?)
        }
    };
    Ok(Box::new(Plug {
        algorithm: *algorithm,
        with,
    }))
}

fn verifier(
    algorithm: &jsonwebtoken::Algorithm,
    key: &DecodingKey,
) -> Result<Box<dyn JwtVerifier>> {
    // `jsonwebtoken::crypto::verify` does not compare them: a public key must never become a MAC secret.
    if key.family() != algorithm.family() {
        return Err(ErrorKind::InvalidAlgorithm.into());
    }
    let with = match (known(*algorithm)?, key.kind()) {
        (Primitive::Mac(mac), _) => {
            let secret = Secret::new(key.try_get_as_bytes()?.to_vec());
            Verifying::Mac(MacKey::new(mac, &secret))
        }
        (Primitive::Signature(signature), DecodingKeyKind::RsaModulusExponent { n, e }) => {
            let key = PublicKey::Rsa {
                n: n.clone(),
                e: e.clone(),
            };
            Verifying::Key(signature, key)
        }
        (Primitive::Signature(signature), DecodingKeyKind::SecretOrDer(spki)) => {
            let key = public_from_spki(spki).map_err(|_| invalid_key())?;
            Verifying::Key(signature, key)
        }
    };
    Ok(Box::new(Plug {
        algorithm: *algorithm,
        with,
    }))
}

impl signature::Signer<Vec<u8>> for Plug<Signing> {
    fn try_sign(&self, message: &[u8]) -> std::result::Result<Vec<u8>, signature::Error> {
        match &self.with {
            Signing::Mac(key) => Ok(key.sign(message)),
            Signing::Key(key) => key.sign(message).map_err(|_| signature::Error::new()),
        }
    }
}

impl JwtSigner for Plug<Signing> {
    fn algorithm(&self) -> jsonwebtoken::Algorithm {
        self.algorithm
    }
}

impl signature::Verifier<Vec<u8>> for Plug<Verifying> {
    fn verify(
        &self,
        message: &[u8],
        signature: &Vec<u8>,
    ) -> std::result::Result<(), signature::Error> {
        let matches = match &self.with {
            Verifying::Mac(key) => key.verify(message, signature).is_ok(),
            Verifying::Key(algorithm, key) => {
                crypto::verify(*algorithm, key, message, signature).is_ok()
            }
        };
        if matches {
            Ok(())
        } else {
            Err(signature::Error::new())
        }
    }
}

impl JwtVerifier for Plug<Verifying> {
    fn algorithm(&self) -> jsonwebtoken::Algorithm {
        self.algorithm
    }
}

fn rsa_of_private(pkcs8: &[u8]) -> Result<(Vec<u8>, Vec<u8>)> {
    match private_from_pkcs8(pkcs8).map(|key| key.public()) {
        Ok(PublicKey::Rsa { n, e }) => Ok((n, e)),
        _ => Err(invalid_key()),
    }
}

fn rsa_of_public(spki: &[u8]) -> Result<(Vec<u8>, Vec<u8>)> {
    match public_from_spki(spki) {
        Ok(PublicKey::Rsa { n, e }) => Ok((n, e)),
        _ => Err(invalid_key()),
    }
}

fn ec_of_private(
    pkcs8: &[u8],
    _algorithm: jsonwebtoken::Algorithm,
) -> Result<(EllipticCurve, Vec<u8>, Vec<u8>)> {
    match private_from_pkcs8(pkcs8) {
        Ok(PrivateKey::Ec { curve, point, .. }) => {
            let name = match curve {
                Curve::P256 => EllipticCurve::P256,
                Curve::P384 => EllipticCurve::P384,
                Curve::P521 => EllipticCurve::P521,
                Curve::Secp256k1 => return Err(ErrorKind::UnsupportedAlgorithm.into()),
            };
            let coordinates = point.get(1..).unwrap_or_default();
            let (x, y) = coordinates.split_at(curve.width().min(coordinates.len()));
            Ok((name, x.to_vec(), y.to_vec()))
        }
        _ => Err(invalid_key()),
    }
}

fn ed_of_private(pkcs8: &[u8], _curve: &EllipticCurve) -> Result<Vec<u8>> {
    match private_from_pkcs8(pkcs8) {
        Ok(PrivateKey::Ed25519 { public, .. }) => Ok(public.to_vec()),
        _ => Err(invalid_key()),
    }
}

fn digest(bytes: &[u8], hash: ThumbprintHash) -> Result<Vec<u8>> {
    let algorithm = match hash {
        ThumbprintHash::SHA256 => DigestAlgorithm::Sha256,
        ThumbprintHash::SHA384 => DigestAlgorithm::Sha384,
        ThumbprintHash::SHA512 => DigestAlgorithm::Sha512,
        _ => return Err(ErrorKind::UnsupportedAlgorithm.into()),
    };
    Ok(algorithm.digest(bytes))
}
