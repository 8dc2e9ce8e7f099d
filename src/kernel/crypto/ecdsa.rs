//! ECDSA that ring lacks: on P-521 and secp256k1, and with SHA-512 on P-256 and P-384 (to verify alone), with `r‖s` of the
//! field's width.
//!
//! Signing is deterministic (RFC 6979). A high `s` verifies on both curves: RFC 8812 does not demand the low one.

use k256::ecdsa::signature::hazmat::{PrehashSigner as _, PrehashVerifier as _};

use super::digest::DigestAlgorithm;
use super::signature::{EcEncoding, SignatureAlgorithm, SignatureInvalid};
use crate::kernel::key::Curve;

#[derive(Clone, Copy)]
enum Which {
    /// With SHA-512, which ring pairs with no curve.
    P256,
    /// With SHA-512.
    P384,
    P521,
    Secp256k1,
}

fn which(algorithm: SignatureAlgorithm) -> Option<Which> {
    use DigestAlgorithm::{Sha256, Sha512};
    match algorithm {
        SignatureAlgorithm::Ecdsa(Curve::P256, Sha512, EcEncoding::Fixed) => Some(Which::P256),
        SignatureAlgorithm::Ecdsa(Curve::P384, Sha512, EcEncoding::Fixed) => Some(Which::P384),
        SignatureAlgorithm::Ecdsa(Curve::P521, Sha512, EcEncoding::Fixed) => Some(Which::P521),
        SignatureAlgorithm::Ecdsa(Curve::Secp256k1, Sha256, EcEncoding::Fixed) => {
            Some(Which::Secp256k1)
        }
        _ => None,
    }
}

/// Whether an algorithm is one of these.
pub(super) fn offers(algorithm: SignatureAlgorithm) -> bool {
    which(algorithm).is_some()
}

/// Checks a signature; r and s outside 1..n−1 and points beside the curve are refused.
pub(super) fn verify(
    algorithm: SignatureAlgorithm,
    point: &[u8],
    message: &[u8],
    signature: &[u8],
) -> Result<(), SignatureInvalid> {
    let matches = match which(algorithm).ok_or(SignatureInvalid)? {
        Which::P256 => {
            let hash = DigestAlgorithm::Sha512.digest(message);
            p256::ecdsa::VerifyingKey::from_sec1_bytes(point).and_then(|key| {
                let signature = p256::ecdsa::Signature::from_slice(signature)?;
                key.verify_prehash(&hash, &signature)
            })
        }
        Which::P384 => {
            let hash = DigestAlgorithm::Sha512.digest(message);
            p384::ecdsa::VerifyingKey::from_sec1_bytes(point).and_then(|key| {
                let signature = p384::ecdsa::Signature::from_slice(signature)?;
                key.verify_prehash(&hash, &signature)
            })
        }
        Which::P521 => {
            let hash = DigestAlgorithm::Sha512.digest(message);
            p521::ecdsa::VerifyingKey::from_sec1_bytes(point).and_then(|key| {
                let signature = p521::ecdsa::Signature::from_slice(signature)?;
                key.verify_prehash(&hash, &signature)
            })
        }
        Which::Secp256k1 => {
            let hash = DigestAlgorithm::Sha256.digest(message);
            k256::ecdsa::VerifyingKey::from_sec1_bytes(point).and_then(|key| {
                let signature = k256::ecdsa::Signature::from_slice(signature)?;
                // The crate refuses a high s; its negative is the same signature.
                key.verify_prehash(&hash, &signature.normalize_s())
            })
        }
    };
    matches.map_err(|_| SignatureInvalid)
}

/// A private key prepared to sign.
pub(super) enum Pair {
    P521(p521::ecdsa::SigningKey),
    Secp256k1(k256::ecdsa::SigningKey),
}

impl Pair {
    /// Prepares a scalar; None if it is out of range or the algorithm is not one of these.
    pub(super) fn new(algorithm: SignatureAlgorithm, scalar: &[u8]) -> Option<Self> {
        match which(algorithm)? {
            Which::P256 | Which::P384 => None,
            Which::P521 => p521::ecdsa::SigningKey::from_slice(scalar)
                .map(Self::P521)
                .ok(),
            Which::Secp256k1 => k256::ecdsa::SigningKey::from_slice(scalar)
                .map(Self::Secp256k1)
                .ok(),
        }
    }

    /// The signature of a message (RFC 6979 §3.2), r and s of the field's width.
    pub(super) fn sign(&self, message: &[u8]) -> Vec<u8> {
        const LONG_ENOUGH: &str = "a hash is refused only if it is shorter than half a scalar";
        match self {
            Self::P521(key) => {
                let hash = DigestAlgorithm::Sha512.digest(message);
                let signature: p521::ecdsa::Signature = key.sign_prehash(&hash).expect(LONG_ENOUGH);
                signature.to_bytes().to_vec()
            }
            Self::Secp256k1(key) => {
                let hash = DigestAlgorithm::Sha256.digest(message);
                let signature: k256::ecdsa::Signature = key.sign_prehash(&hash).expect(LONG_ENOUGH);
                signature.to_bytes().to_vec()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::crypto::{SystemRandom, hex, point_of, sign, unhex, verify as check};
    use crate::kernel::key::{PrivateKey, PublicKey, generate_ec};

    const ES512: SignatureAlgorithm =
        SignatureAlgorithm::Ecdsa(Curve::P521, DigestAlgorithm::Sha512, EcEncoding::Fixed);
    const ES256K: SignatureAlgorithm =
        SignatureAlgorithm::Ecdsa(Curve::Secp256k1, DigestAlgorithm::Sha256, EcEncoding::Fixed);

    #[test]
    fn signs_as_rfc_6979_a_2_7_does() {
        let scalar = "00fad06daa62ba3b25d2fb40133da757205de67f5bb0018fee8c86e1b68c7e75\
                      caa896eb32f1f47c70855836a6d16fcc1466f6d8fbec67db89ec0c08b0e996b83538";
        let scalar = unhex(scalar.as_bytes()).unwrap();
        let signature = Pair::new(ES512, &scalar).unwrap().sign(b"sample");
        assert_eq!(
            hex(&signature),
            "00c328fafcbd79dd77850370c46325d987cb525569fb63c5d3bc53950e6d4c5f174e25a1ee9017b5d450606add152b53\
             4931d7d4e8455cc91f9b15bf05ec36e377fa00617cce7cf5064806c467f678d3b4080d6f1cc50af26ca209417308281b\
             68af282623eaa63e5b5c0723d8b8c37ff0777b1a20f8ccb1dccc43997f1ee0e44da4a67a"
        );
        let point = point_of(Curve::P521, &scalar).unwrap();
        assert_eq!(verify(ES512, &point, b"sample", &signature), Ok(()));
    }

    // The value every library of the Bitcoin world tests: private key 1, this message, deterministic.
    #[test]
    fn signs_on_secp256k1_as_others_do_and_takes_the_high_s_too() {
        let mut scalar = [0; 32];
        scalar[31] = 1;
        let message = b"All those moments will be lost in time, like tears in rain. Time to die...";
        let mut signature = Pair::new(ES256K, &scalar).unwrap().sign(message);
        assert_eq!(
            hex(&signature),
            "8600dbd41e348fe5c9465ab92d23e3db8b98b873beecd930736488696438cb6b\
             547fe64427496db33bf66019dacbf0039c04199abb0122918601db38a72cfc21"
        );
        let point = point_of(Curve::Secp256k1, &scalar).unwrap();
        assert_eq!(verify(ES256K, &point, message, &signature), Ok(()));
        let high = "ab8019bbd8b6924cc4099fe625340ffb1eaac34bf4477daa39d0835429094520";
        signature.truncate(32);
        signature.extend(unhex(high.as_bytes()).unwrap());
        assert_eq!(verify(ES256K, &point, message, &signature), Ok(()));
    }

    #[test]
    fn refuses_values_that_no_signature_has() {
        for (algorithm, curve) in [(ES512, Curve::P521), (ES256K, Curve::Secp256k1)] {
            let random = SystemRandom::default();
            let key = generate_ec(curve, &random).unwrap();
            let good = sign(algorithm, &key, b"message", &random).unwrap();
            let public = key.public();
            let width = curve.width();
            assert_eq!(good.len(), 2 * width);
            assert!(check(algorithm, &public, b"message", &good).is_ok());
            let zero = vec![0; width];
            let ones = vec![0xff; width];
            let (r, s) = good.split_at(width);
            for bad in [
                [&zero, &zero[..]].concat(),
                [r, &zero].concat(),
                [&zero, s].concat(),
                [&ones, s].concat(),
                [r, &ones].concat(),
                [r, s, &[0]].concat(),
                [s, r].concat(),
                good[1..].to_vec(),
                Vec::new(),
            ] {
                assert!(check(algorithm, &public, b"message", &bad).is_err());
            }
            assert!(check(algorithm, &public, b"another", &good).is_err());
        }
    }

    #[test]
    fn other_pairings_are_refused_by_name() {
        let key = generate_ec(Curve::P521, &SystemRandom::default()).unwrap();
        let algorithm =
            SignatureAlgorithm::Ecdsa(Curve::P521, DigestAlgorithm::Sha512, EcEncoding::Asn1);
        let error = check(algorithm, &key.public(), b"", b"").unwrap_err();
        assert_eq!(
            error.to_string(),
            "ECDSA on P-521 with SHA-512 is not supported"
        );
        let PrivateKey::Ec { .. } = key else {
            unreachable!("an elliptic curve key was asked for")
        };
        let x25519 = PublicKey::X25519([9; 32]);
        assert!(check(ES512, &x25519, b"", b"").is_err());
    }
}
