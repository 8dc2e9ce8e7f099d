//! A set of endpoints, as bits.

/// A set of small numbers below a bound that all sets of one engine share.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(super) struct Bits(Vec<u64>);

impl Bits {
    pub(super) fn none(bound: usize) -> Self {
        Self(vec![0; bound.div_ceil(64)])
    }

    pub(super) fn none_like(other: &Self) -> Self {
        Self(vec![0; other.0.len()])
    }

    pub(super) fn all(bound: usize) -> Self {
        let mut bits = Self(vec![u64::MAX; bound.div_ceil(64)]);
        if !bound.is_multiple_of(64)
            && let Some(last) = bits.0.last_mut()
        {
            *last = (1 << (bound % 64)) - 1;
        }
        bits
    }

    pub(super) fn add(&mut self, index: usize) {
        if let Some(word) = self.0.get_mut(index / 64) {
            *word |= 1 << (index % 64);
        }
    }

    pub(super) fn holds(&self, index: usize) -> bool {
        self.0
            .get(index / 64)
            .is_some_and(|word| word >> (index % 64) & 1 == 1)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }

    pub(super) fn join(&mut self, other: &Self) {
        for (word, other) in self.0.iter_mut().zip(&other.0) {
            *word |= other;
        }
    }

    pub(super) fn and(&self, other: &Self) -> Self {
        Self(self.0.iter().zip(&other.0).map(|(a, b)| a & b).collect())
    }

    pub(super) fn or(&self, other: &Self) -> Self {
        Self(self.0.iter().zip(&other.0).map(|(a, b)| a | b).collect())
    }

    pub(super) fn without(&self, other: &Self) -> Self {
        Self(self.0.iter().zip(&other.0).map(|(a, b)| a & !b).collect())
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = usize> {
        self.0.iter().enumerate().flat_map(|(at, word)| {
            let mut left = *word;
            std::iter::from_fn(move || {
                let bit = (left != 0).then(|| left.trailing_zeros() as usize)?;
                left &= left - 1;
                Some(at * 64 + bit)
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_hold_what_was_added() {
        let mut bits = Bits::none(130);
        for index in [0, 63, 64, 129] {
            bits.add(index);
        }
        assert_eq!(bits.iter().collect::<Vec<_>>(), [0, 63, 64, 129]);
        assert!(bits.holds(64) && !bits.holds(65));
        let rest = Bits::all(130).without(&bits);
        assert_eq!(rest.iter().count(), 126);
        assert!(rest.and(&bits).is_empty());
        assert_eq!(rest.or(&bits), Bits::all(130));
        assert_eq!(Bits::all(64).iter().count(), 64);
    }
}
