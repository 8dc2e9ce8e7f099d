//! What is wrong with public numbers: points off their curve, RSA moduli that others can factor.

use std::fmt;

use crate::kernel::integer::Natural;

/// A curve in short Weierstrass form, y² = x³ + ax + b over a prime field (SEC 2, FIPS 186-5).
struct Equation {
    name: &'static str,
    prime: &'static str,
    /// `a` is −3 on the NIST curves, and 0 on secp256k1.
    a_is_minus_three: bool,
    b: &'static str,
}

const EQUATIONS: [Equation; 4] = [
    Equation {
        name: "P-256",
        prime: "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff",
        a_is_minus_three: true,
        b: "5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b",
    },
    Equation {
        name: "P-384",
        prime: "fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000ffffffff",
        a_is_minus_three: true,
        b: "b3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aef",
    },
    Equation {
        name: "P-521",
        prime: "01ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        a_is_minus_three: true,
        b: "0051953eb9618e1c9a1f929a21a0b68540eea2da725b99b315f3b8b489918ef109e156193951ec7e937b1652c0bd3bb1bf073573df883d2c34f1ef451fd46b503f00",
    },
    Equation {
        name: "secp256k1",
        prime: "fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f",
        a_is_minus_three: false,
        b: "07",
    },
];

/// Whether a point is on the curve of that JWK name; None for a curve that is unknown here.
pub fn is_on_curve(curve: &str, x: &[u8], y: &[u8]) -> Option<bool> {
    let equation = EQUATIONS.iter().find(|known| known.name == curve)?;
    let number = |text: &str| {
        let octets = crate::kernel::crypto::unhex(text.as_bytes());
        Natural::from_octets(&octets.expect("the constants are hexadecimal"))
    };
    let (prime, b) = (number(equation.prime), number(equation.b));
    let (x, y) = (Natural::from_octets(x), Natural::from_octets(y));
    if x >= prime || y >= prime {
        return Some(false);
    }
    let cube = x.times_modulo(&x, &prime).times_modulo(&x, &prime);
    let mut right = cube.plus(&b);
    let mut left = y.times_modulo(&y, &prime);
    if equation.a_is_minus_three {
        // y² + 3x = x³ + b, so that nothing becomes negative.
        left = left.plus(&x).plus(&x).plus(&x);
    }
    right = right.modulo(&prime);
    Some(left.modulo(&prime) == right)
}

/// Why an RSA key is weak on its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RsaWeakness {
    /// A modulus below 2048 bits (RFC 7518 §3.3).
    Small(usize),
    /// A modulus that is divisible by a small prime.
    Divisible(u32),
    /// An exponent that is even, or 1.
    Exponent,
    /// Made by the library behind CVE-2017-15361 (ROCA).
    Roca,
    /// An exponent below 65537.
    SmallExponent,
}

impl fmt::Display for RsaWeakness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Small(bits) => write!(f, "its modulus has {bits} bits; 2048 are the least"),
            Self::Divisible(prime) => write!(f, "its modulus is divisible by {prime}"),
            Self::Exponent => f.write_str("its exponent is even or 1, so that it hides nothing"),
            Self::Roca => f.write_str(
                "its modulus has the form that a faulty library made (ROCA, CVE-2017-15361)",
            ),
            Self::SmallExponent => f.write_str("its exponent is below 65537"),
        }
    }
}

/// What is wrong with an RSA key, the worst first.
pub fn rsa_weaknesses(n: &[u8], e: &[u8]) -> Vec<RsaWeakness> {
    let (modulus, exponent) = (Natural::from_octets(n), Natural::from_octets(e));
    let mut found = Vec::new();
    if exponent.is_even() || exponent.is_one() {
        found.push(RsaWeakness::Exponent);
    }
    let primes = (2..2000).filter(|number| {
        (2..*number)
            .take_while(|d| d * d <= *number)
            .all(|d| number % d != 0)
    });
    let mut primes = primes.filter(|prime| modulus.remainder_by(*prime) == 0);
    if let Some(prime) = primes.next() {
        found.push(RsaWeakness::Divisible(prime));
    } else if is_roca(&modulus) {
        found.push(RsaWeakness::Roca);
    }
    if modulus.bits() < 2048 {
        found.push(RsaWeakness::Small(modulus.bits()));
    }
    if found.first() != Some(&RsaWeakness::Exponent) && exponent < Natural::from_octets(&[1, 0, 1])
    {
        found.push(RsaWeakness::SmallExponent);
    }
    found
}

/// The fingerprint of the published test: modulo each of these primes the modulus is a power of 65537.
fn is_roca(modulus: &Natural) -> bool {
    const PRIMES: [u32; 17] = [
        11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157,
    ];
    PRIMES.into_iter().all(|prime| {
        let rest = modulus.remainder_by(prime);
        let mut power = 1;
        (0..prime).any(|_| {
            power = power * 65537 % prime;
            power == rest
        })
    })
}

/// Whether two RSA moduli share a prime, so that anyone can factor both. Equal moduli do not count.
pub fn share_a_prime(one: &[u8], other: &[u8]) -> bool {
    let (one, other) = (Natural::from_octets(one), Natural::from_octets(other));
    one != other && !one.is_even() && !other.is_even() && !one.odd_common_divisor(&other).is_one()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::crypto::SystemRandom;
    use crate::kernel::key::{Curve, PublicKey, generate_ec};

    #[test]
    fn generated_points_are_on_their_curve_and_their_neighbours_are_not() {
        let random = SystemRandom::default();
        for curve in [Curve::P256, Curve::P384] {
            let PublicKey::Ec { point, .. } = generate_ec(curve, &random).unwrap().public() else {
                unreachable!("an EC key was asked for")
            };
            let (x, y) = point[1..].split_at(curve.width());
            assert_eq!(is_on_curve(curve.name(), x, y), Some(true));
            let mut off = y.to_vec();
            off[5] ^= 1;
            assert_eq!(is_on_curve(curve.name(), x, &off), Some(false));
        }
        assert_eq!(is_on_curve("P-224", &[1], &[1]), None);
        assert_eq!(is_on_curve("P-256", &[0xff; 32], &[1]), Some(false));
    }

    #[test]
    fn the_base_points_of_sec_2_are_on_their_curves() {
        let base = [
            (
                "secp256k1",
                "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798",
                "483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8",
            ),
            (
                "P-521",
                "00c6858e06b70404e9cd9e3ecb662395b4429c648139053fb521f828af606b4d3dbaa14b5e77efe75928fe1dc127a2ffa8de3348b3c1856a429bf97e7e31c2e5bd66",
                "011839296a789a3bc0045c8a5fb42c7d1bd998f54449579b446817afbd17273e662c97ee72995ef42640c550b9013fad0761353c7086a272c24088be94769fd16650",
            ),
        ];
        for (curve, x, y) in base {
            let octets = |text: &str| crate::kernel::crypto::unhex(text.as_bytes()).unwrap();
            assert_eq!(
                is_on_curve(curve, &octets(x), &octets(y)),
                Some(true),
                "{curve}"
            );
        }
    }

    #[test]
    fn weak_rsa_is_named() {
        let e = [1, 0, 1];
        let mut n = vec![0xff; 256];
        // 2^2048 - 1 is divisible by 3.
        assert_eq!(rsa_weaknesses(&n, &e), [RsaWeakness::Divisible(3)]);
        n[255] = 0xfe;
        assert_eq!(rsa_weaknesses(&n, &[3])[0], RsaWeakness::Divisible(2));
        assert_eq!(rsa_weaknesses(&n, &[1])[0], RsaWeakness::Exponent);
        assert_eq!(rsa_weaknesses(&n, &[2])[0], RsaWeakness::Exponent);
        assert!(rsa_weaknesses(&n[..128], &e).contains(&RsaWeakness::Small(1024)));
    }

    #[test]
    fn a_common_prime_is_found() {
        // 1000003, 1000033 and 1000037 are prime.
        let product = |a: u64, b: u64| (a * b).to_be_bytes();
        assert!(share_a_prime(
            &product(1_000_003, 1_000_033),
            &product(1_000_037, 1_000_033)
        ));
        assert!(!share_a_prime(
            &product(1_000_003, 1_000_033),
            &product(1_000_037, 1_000_039)
        ));
        let same = product(1_000_003, 1_000_033);
        assert!(!share_a_prime(&same, &same));
    }
}
