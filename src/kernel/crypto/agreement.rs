//! Diffie-Hellman with keys that stay: ECDH on the NIST curves (SP 800-56A §5.7.1.2) and X25519 (RFC 7748).
//!
//! ring agrees with keys of one use only and imports none, so that the RustCrypto and dalek crates do it.

use p256::elliptic_curve::point::AffineCoordinates;
use p256::elliptic_curve::sec1::{FromSec1Point, ModulusSize, ToSec1Point};
use p256::elliptic_curve::{
    AffinePoint, CurveArithmetic, FieldBytesSize, PublicKey as CurvePoint, SecretKey,
};
use x25519_dalek::StaticSecret;
use zeroize::Zeroizing;

use crate::kernel::key::{Curve, PrivateKey, PublicKey};

/// The shared secret: the x coordinate of the field's width, or the 32 octets of X25519.
///
/// None if the two are not on one curve, the curve is not one to agree on, or the result would be zero, as it is for
/// the points of small order (RFC 7748 §6.1).
pub fn agree(own: &PrivateKey, other: &PublicKey) -> Option<Zeroizing<Vec<u8>>> {
    match (own, other) {
        (
            PrivateKey::Ec { curve, scalar, .. },
            PublicKey::Ec {
                curve: theirs,
                point,
            },
        ) if curve == theirs => match curve {
            Curve::P256 => multiplied::<p256::NistP256>(scalar, point),
            Curve::P384 => multiplied::<p384::NistP384>(scalar, point),
            Curve::P521 => multiplied::<p521::NistP521>(scalar, point),
            Curve::Secp256k1 => None,
        },
        (PrivateKey::X25519 { scalar, .. }, PublicKey::X25519(point)) => {
            let secret = StaticSecret::from(**scalar);
            let shared = secret.diffie_hellman(&x25519_dalek::PublicKey::from(*point));
            shared
                .was_contributory()
                .then(|| Zeroizing::new(shared.as_bytes().to_vec()))
        }
        _ => None,
    }
}

fn multiplied<C>(scalar: &[u8], point: &[u8]) -> Option<Zeroizing<Vec<u8>>>
where
    C: CurveArithmetic,
    AffinePoint<C>: FromSec1Point<C> + ToSec1Point<C> + AffineCoordinates,
    FieldBytesSize<C>: ModulusSize,
{
    let secret = SecretKey::<C>::from_slice(scalar).ok()?;
    // A point beside the curve would give the scalar away: it is refused here as it was when it was read.
    let point = CurvePoint::<C>::from_sec1_bytes(point).ok()?;
    let shared = point.to_projective() * *secret.to_nonzero_scalar();
    let shared: AffinePoint<C> = shared.into();
    let x = shared.x();
    let octets: &[u8] = x.as_ref();
    Some(Zeroizing::new(octets.to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::crypto::{SystemRandom, ec_from_random, hex, unhex, x25519_from_scalar};
    use crate::kernel::key::generate_x25519;

    #[test]
    fn both_sides_come_to_the_same() {
        let random = SystemRandom::default();
        for curve in [Curve::P256, Curve::P384, Curve::P521] {
            let ours = ec_from_random(curve, &random).unwrap();
            let theirs = ec_from_random(curve, &random).unwrap();
            let shared = agree(&ours, &theirs.public()).unwrap();
            assert_eq!(shared.len(), curve.width());
            assert_eq!(agree(&theirs, &ours.public()), Some(shared));
        }
        let ours = generate_x25519(&random).unwrap();
        let theirs = generate_x25519(&random).unwrap();
        let shared = agree(&ours, &theirs.public());
        assert!(shared.is_some());
        assert_eq!(agree(&theirs, &ours.public()), shared);
    }

    #[test]
    fn x25519_matches_rfc_7748_section_6_1() {
        let bytes =
            |text: &str| -> [u8; 32] { unhex(text.as_bytes()).unwrap().try_into().unwrap() };
        let alice = x25519_from_scalar(bytes(
            "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a",
        ));
        let bob = "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f";
        let shared = agree(&alice, &PublicKey::X25519(bytes(bob))).unwrap();
        assert_eq!(
            hex(&shared),
            "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742"
        );
    }

    #[test]
    fn points_of_small_order_and_of_other_curves_agree_on_nothing() {
        let random = SystemRandom::default();
        let own = generate_x25519(&random).unwrap();
        for small in [0, 1] {
            let mut point = [0; 32];
            point[0] = small;
            assert_eq!(agree(&own, &PublicKey::X25519(point)), None);
        }
        let p256 = ec_from_random(Curve::P256, &random).unwrap();
        let p384 = ec_from_random(Curve::P384, &random).unwrap();
        let secp256k1 = ec_from_random(Curve::Secp256k1, &random).unwrap();
        assert_eq!(agree(&p256, &p384.public()), None);
        assert_eq!(agree(&own, &p384.public()), None);
        assert_eq!(agree(&secp256k1, &secp256k1.public()), None);
        let beside = PublicKey::Ec {
            curve: Curve::P256,
            point: [&[4][..], &[1; 64]].concat(),
        };
        assert_eq!(agree(&p256, &beside), None);
    }
}
