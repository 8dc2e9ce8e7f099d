//! The public points of scalars, and whether a point is one of its curve: what ring checks only when it uses a key.
//!
//! ring signs with a scalar only if it is given the public point beside it, and does not compute that point. These are
//! the steps that the RustCrypto curves take for keys of every curve.

use p256::elliptic_curve::sec1::{FromSec1Point, ModulusSize, ToSec1Point};
use p256::elliptic_curve::{
    AffinePoint, CurveArithmetic, FieldBytesSize, PublicKey as CurvePoint, SecretKey,
};
use ring::signature::{self, EcdsaKeyPair};
use x25519_dalek::StaticSecret;
use zeroize::Zeroizing;

use super::random::{Random, RandomError, SystemRandom};
use crate::kernel::key::{Curve, PrivateKey};

/// The private key of a P-256 scalar; None if the scalar is zero or not below the group's order.
pub fn p256_from_scalar(scalar: &[u8; 32]) -> Option<PrivateKey> {
    from_scalar(Curve::P256, Zeroizing::new(scalar.to_vec()))
}

/// The public point of a scalar of the field's width, uncompressed; None if the scalar is zero or not below the group's
/// order.
pub fn point_of(curve: Curve, scalar: &[u8]) -> Option<Vec<u8>> {
    if scalar.len() != curve.width() {
        return None;
    }
    match curve {
        Curve::P256 => multiplied::<p256::NistP256>(scalar),
        Curve::P384 => multiplied::<p384::NistP384>(scalar),
        Curve::P521 => multiplied::<p521::NistP521>(scalar),
        Curve::Secp256k1 => multiplied::<k256::Secp256k1>(scalar),
    }
}

/// Whether the public point is that of the scalar, where ring can tell: never for curves that it lacks.
pub fn is_pair(curve: Curve, scalar: &[u8], point: &[u8]) -> bool {
    let algorithm = match curve {
        Curve::P256 => &signature::ECDSA_P256_SHA256_FIXED_SIGNING,
        Curve::P384 => &signature::ECDSA_P384_SHA384_FIXED_SIGNING,
        Curve::P521 | Curve::Secp256k1 => return false,
    };
    let random = SystemRandom::default();
    EcdsaKeyPair::from_private_key_and_public_key(algorithm, scalar, point, random.ring()).is_ok()
}

/// Whether SEC 1 octets are a point of the curve other than the one at infinity.
pub fn is_on_curve(curve: Curve, point: &[u8]) -> bool {
    match curve {
        Curve::P256 => CurvePoint::<p256::NistP256>::from_sec1_bytes(point).is_ok(),
        Curve::P384 => CurvePoint::<p384::NistP384>::from_sec1_bytes(point).is_ok(),
        Curve::P521 => CurvePoint::<p521::NistP521>::from_sec1_bytes(point).is_ok(),
        Curve::Secp256k1 => CurvePoint::<k256::Secp256k1>::from_sec1_bytes(point).is_ok(),
    }
}

/// A new key from the randomness handed in: scalars are drawn until one is in range (FIPS 186-5 A.2.2).
///
/// # Errors
/// [`RandomError`], also if the source keeps giving what no scalar is.
pub fn ec_from_random(curve: Curve, random: &impl Random) -> Result<PrivateKey, RandomError> {
    // A good source is out of range once in 2^32 draws.
    const DRAWS: usize = 64;
    for _ in 0..DRAWS {
        let mut scalar = Zeroizing::new(vec![0; curve.width()]);
        random.fill(&mut scalar)?;
        // The order of P-521 has 521 bits of the 528.
        if let (Curve::P521, Some(first)) = (curve, scalar.first_mut()) {
            *first &= 1;
        }
        if let Some(key) = from_scalar(curve, scalar) {
            return Ok(key);
        }
    }
    Err(RandomError)
}

/// The X25519 key of a scalar (RFC 7748 §5).
pub fn x25519_from_scalar(scalar: [u8; 32]) -> PrivateKey {
    let secret = StaticSecret::from(scalar);
    PrivateKey::X25519 {
        scalar: Zeroizing::new(scalar),
        public: x25519_dalek::PublicKey::from(&secret).to_bytes(),
    }
}

fn from_scalar(curve: Curve, scalar: Zeroizing<Vec<u8>>) -> Option<PrivateKey> {
    let point = point_of(curve, &scalar)?;
    Some(PrivateKey::Ec {
        curve,
        scalar,
        point,
    })
}

fn multiplied<C>(scalar: &[u8]) -> Option<Vec<u8>>
where
    C: CurveArithmetic,
    AffinePoint<C>: FromSec1Point<C> + ToSec1Point<C>,
    FieldBytesSize<C>: ModulusSize,
{
    let secret = SecretKey::<C>::from_slice(scalar).ok()?;
    let point = secret.public_key().to_sec1_point(false);
    Some(point.as_bytes().to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::crypto::unhex;
    use crate::kernel::key::{PublicKey, generate_ec};

    #[test]
    fn agrees_with_the_points_that_ring_generates() {
        let random = SystemRandom::default();
        for curve in [Curve::P256, Curve::P384].repeat(4) {
            let generated = generate_ec(curve, &random).unwrap();
            let PrivateKey::Ec { scalar, point, .. } = &generated else {
                unreachable!("an elliptic curve key was asked for")
            };
            assert_eq!(point_of(curve, scalar).as_ref(), Some(point));
            assert!(is_on_curve(curve, point));
            let mut beside = point.clone();
            *beside.last_mut().unwrap() ^= 1;
            assert!(!is_on_curve(curve, &beside));
        }
    }

    #[test]
    fn a_pair_is_a_scalar_with_its_own_point_alone() {
        let random = SystemRandom::default();
        for curve in [Curve::P256, Curve::P384] {
            let [one, other] = [0, 1].map(|_| generate_ec(curve, &random).unwrap());
            let (PrivateKey::Ec { scalar, point, .. }, PrivateKey::Ec { point: foreign, .. }) =
                (&one, &other)
            else {
                unreachable!("elliptic curve keys were asked for")
            };
            assert!(is_pair(curve, scalar, point));
            assert!(!is_pair(curve, scalar, foreign));
            for at in 0..point.len() {
                let mut beside = point.clone();
                beside[at] ^= 1;
                assert!(!is_pair(curve, scalar, &beside), "byte {at}");
            }
            assert!(!is_pair(curve, &vec![0; curve.width()], point));
        }
        let secp256k1 = ec_from_random(Curve::Secp256k1, &random).unwrap();
        let PrivateKey::Ec { scalar, point, .. } = &secp256k1 else {
            unreachable!("an elliptic curve key was asked for")
        };
        assert!(!is_pair(Curve::Secp256k1, scalar, point), "ring lacks it");
    }

    #[test]
    fn zero_and_the_order_are_no_scalars() {
        assert!(p256_from_scalar(&[0; 32]).is_none());
        for curve in Curve::ALL {
            assert!(point_of(curve, &vec![0; curve.width()]).is_none());
            assert!(point_of(curve, &vec![0xff; curve.width()]).is_none());
            assert!(point_of(curve, &vec![1; curve.width() - 1]).is_none());
        }
    }

    #[test]
    fn one_is_the_scalar_of_the_generator() {
        // SEC 2 §2.4.1, §2.6.1: the beginnings of G.
        for (curve, x) in [
            (Curve::Secp256k1, "79be667ef9dcbbac55a06295ce870b07"),
            (Curve::P521, "00c6858e06b70404e9cd9e3ecb662395"),
        ] {
            let mut scalar = vec![0; curve.width()];
            *scalar.last_mut().unwrap() = 1;
            let point = point_of(curve, &scalar).unwrap();
            assert_eq!(point[1..17], unhex(x.as_bytes()).unwrap());
        }
    }

    #[test]
    fn a_source_of_nothing_but_ones_gives_no_key() {
        struct Ones;
        impl Random for Ones {
            fn fill(&self, buffer: &mut [u8]) -> Result<(), RandomError> {
                buffer.fill(0xff);
                Ok(())
            }
        }
        for curve in Curve::ALL {
            assert!(ec_from_random(curve, &Ones).is_err());
        }
    }

    #[test]
    fn x25519_matches_rfc_7748_section_6_1() {
        let hex = |text: &str| -> [u8; 32] { unhex(text.as_bytes()).unwrap().try_into().unwrap() };
        let key = x25519_from_scalar(hex(
            "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a",
        ));
        let public = "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a";
        assert_eq!(key.public(), PublicKey::X25519(hex(public)));
    }
}
