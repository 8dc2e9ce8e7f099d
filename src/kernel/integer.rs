//! Natural numbers of any size, as far as public keys need them to be judged: common factors and remainders.
//!
//! Slow and simple, and not in constant time: nothing secret is computed with it.

use std::cmp::Ordering;

/// A natural number: limbs of 32 bits, the least significant first, without leading zeros.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Natural(Vec<u32>);

impl Natural {
    /// A number from big-endian octets.
    pub fn from_octets(octets: &[u8]) -> Self {
        let limbs = octets.rchunks(4).map(|chunk| {
            let digit = |limb: u32, byte: &u8| limb << 8 | u32::from(*byte);
            chunk.iter().fold(0, digit)
        });
        Self(limbs.collect()).trimmed()
    }

    fn trimmed(mut self) -> Self {
        while self.0.last() == Some(&0) {
            self.0.pop();
        }
        self
    }

    /// Whether it is 0.
    pub fn is_zero(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether it is 1.
    pub fn is_one(&self) -> bool {
        self.0 == [1]
    }

    /// Whether it is divisible by two.
    pub fn is_even(&self) -> bool {
        self.0.first().is_none_or(|limb| limb & 1 == 0)
    }

    /// How many bits it has.
    pub fn bits(&self) -> usize {
        let top = self.0.last().map_or(0, |limb| limb.leading_zeros());
        self.0.len() * 32 - top as usize
    }

    /// The remainder by a small number, which is not zero.
    pub fn remainder_by(&self, small: u32) -> u32 {
        let small = u64::from(small.max(1));
        let rest = |rest: u64, limb: &u32| (rest << 32 | u64::from(*limb)) % small;
        u32::try_from(self.0.iter().rev().fold(0, rest)).expect("smaller than a u32")
    }

    // Whether the other was not larger; only then anything was subtracted.
    fn subtract(&mut self, other: &Self) -> bool {
        if *self < *other {
            return false;
        }
        let mut borrow = 0;
        for (index, limb) in self.0.iter_mut().enumerate() {
            let taken = other.limb(index) + borrow;
            let (value, below) = u64::from(*limb).overflowing_sub(taken);
            *limb = low(value);
            borrow = u64::from(below);
        }
        while self.0.last() == Some(&0) {
            self.0.pop();
        }
        true
    }

    fn limb(&self, index: usize) -> u64 {
        self.0.get(index).copied().map_or(0, u64::from)
    }

    fn halve(&mut self) {
        let mut carry = 0;
        for limb in self.0.iter_mut().rev() {
            let next = *limb << 31;
            *limb = *limb >> 1 | carry;
            carry = next;
        }
        if self.0.last() == Some(&0) {
            self.0.pop();
        }
    }

    /// The greatest common divisor of two odd numbers.
    #[must_use]
    pub fn odd_common_divisor(&self, other: &Self) -> Self {
        let (mut a, mut b) = (self.clone(), other.clone());
        loop {
            while !a.is_zero() && a.is_even() {
                a.halve();
            }
            if a.is_zero() {
                return b;
            }
            if a < b {
                std::mem::swap(&mut a, &mut b);
            }
            a.subtract(&b);
        }
    }
}

impl Ord for Natural {
    fn cmp(&self, other: &Self) -> Ordering {
        let by_length = self.0.len().cmp(&other.0.len());
        by_length.then_with(|| self.0.iter().rev().cmp(other.0.iter().rev()))
    }
}

impl PartialOrd for Natural {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

fn low(value: u64) -> u32 {
    u32::try_from(value & 0xffff_ffff).expect("masked to 32 bits")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn natural(value: u128) -> Natural {
        Natural::from_octets(&value.to_be_bytes())
    }

    fn divisor(mut a: u128, mut b: u128) -> u128 {
        while b > 0 {
            (a, b) = (b, a % b);
        }
        a
    }

    proptest! {
        #[test]
        fn agrees_with_128_bits(a in any::<u64>(), b in any::<u64>(), small in 1_u32..) {
            let (wide_a, wide_b) = (u128::from(a), u128::from(b));
            prop_assert_eq!(u128::from(natural(wide_a * wide_b).remainder_by(small)), wide_a * wide_b % u128::from(small));
            let (odd_a, odd_b) = (wide_a | 1, wide_b | 1);
            let common = natural(odd_a * 3).odd_common_divisor(&natural(odd_b * 3));
            prop_assert_eq!(common, natural(divisor(odd_a * 3, odd_b * 3)));
            prop_assert_eq!(natural(wide_a).bits(), (64 - a.leading_zeros()) as usize);
        }
    }
}
