//! Sorting what is short or sorted once. The standard library's sorts are compiled anew for each type and each order, five
//! kilobytes a time; these share one, at the price of a list of places and of an indirect call for each comparison.

use std::cmp::Ordering;

/// The stable order of `len` items, as their places before.
fn order(len: usize, compare: &mut dyn FnMut(usize, usize) -> Ordering) -> Vec<usize> {
    let mut order: Vec<usize> = (0..len).collect();
    order.sort_by(|a, b| compare(*a, *b));
    order
}

/// Brings the items into an order, by swaps along its cycles.
fn apply(mut order: Vec<usize>, swap: &mut dyn FnMut(usize, usize)) {
    for start in 0..order.len() {
        let mut here = start;
        while let Some(from) = order.get_mut(here) {
            let from = std::mem::replace(from, here);
            if from == start {
                break;
            }
            swap(here, from);
            here = from;
        }
    }
}

/// Stable sorts of a slice, in little room.
pub trait Arrange<T> {
    fn arrange_by(&mut self, compare: impl FnMut(&T, &T) -> Ordering);

    fn arrange_by_key<K: Ord>(&mut self, key: impl FnMut(&T) -> K);

    fn arrange(&mut self)
    where
        T: Ord;
}

impl<T> Arrange<T> for [T] {
    fn arrange_by(&mut self, mut compare: impl FnMut(&T, &T) -> Ordering) {
        if self.len() < 2 {
            return;
        }
        let order = order(self.len(), &mut |a, b| match (self.get(a), self.get(b)) {
            (Some(a), Some(b)) => compare(a, b),
            _ => Ordering::Equal,
        });
        apply(order, &mut |a, b| self.swap(a, b));
    }

    fn arrange_by_key<K: Ord>(&mut self, mut key: impl FnMut(&T) -> K) {
        self.arrange_by(|a, b| key(a).cmp(&key(b)));
    }

    fn arrange(&mut self)
    where
        T: Ord,
    {
        self.arrange_by(T::cmp);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_order_is_that_of_the_standard_library(
            items in proptest::collection::vec((0_u8..20, any::<u16>()), 0..200),
        ) {
            let (mut stable, mut whole) = (items.clone(), items.clone());
            stable.arrange_by_key(|(key, _)| *key);
            whole.arrange();
            let (mut by_key, mut all) = (items.clone(), items);
            by_key.sort_by_key(|(key, _)| *key);
            all.sort();
            prop_assert_eq!(stable, by_key);
            prop_assert_eq!(whole, all);
        }
    }
}
