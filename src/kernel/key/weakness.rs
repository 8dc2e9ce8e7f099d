//! What is wrong with the public numbers of RSA: moduli that others can factor, exponents that hide nothing.

use std::fmt;

use crate::kernel::integer::Natural;

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
