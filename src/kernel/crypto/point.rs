//! The public point of a P-256 scalar, for keys that are derived and not read.
//!
//! ring signs with a scalar only if it is given the public point beside it, and does not compute that point. This is the
//! one step that the `p256` crate takes; signing and verifying stay with ring.

use p256::SecretKey;
use p256::elliptic_curve::sec1::ToSec1Point as _;
use zeroize::Zeroizing;

use crate::kernel::key::{Curve, PrivateKey};

/// The private key of a scalar; None if the scalar is zero or not below the group's order.
pub fn p256_from_scalar(scalar: &[u8; 32]) -> Option<PrivateKey> {
    let secret = SecretKey::from_slice(scalar).ok()?;
    Some(PrivateKey::Ec {
        curve: Curve::P256,
        scalar: Zeroizing::new(scalar.to_vec()),
        point: secret.public_key().to_sec1_point(false).as_bytes().to_vec(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::crypto::SystemRandom;
    use crate::kernel::key::{PublicKey, generate_ec};

    #[test]
    fn agrees_with_the_points_that_ring_generates() {
        let random = SystemRandom::default();
        for _ in 0..8 {
            let generated = generate_ec(Curve::P256, &random).unwrap();
            let PrivateKey::Ec { scalar, point, .. } = &generated else {
                unreachable!("an elliptic curve key was asked for")
            };
            let scalar: [u8; 32] = scalar.as_slice().try_into().unwrap();
            let computed = p256_from_scalar(&scalar).unwrap().public();
            let PublicKey::Ec { point: ours, .. } = computed else {
                unreachable!("a scalar has a point")
            };
            assert_eq!(&ours, point);
        }
    }

    #[test]
    fn zero_and_the_order_are_no_scalars() {
        assert!(p256_from_scalar(&[0; 32]).is_none());
        assert!(p256_from_scalar(&[0xff; 32]).is_none());
    }
}
