//! Labels and annotations: a small map that is asked often and changed never.

/// Labels or annotations, sorted by key.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Labels<'a>(Vec<(&'a str, &'a str)>);

/// Up to how many labels looking at each is quicker than halving.
const FEW: usize = 16;

impl<'a> Labels<'a> {
    /// None.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&&'a str> {
        let found = match self.0.len() {
            ..=FEW => self.0.iter().find(|(known, _)| *known == key),
            _ => {
                let place = self.0.binary_search_by_key(&key, |(known, _)| known);
                place.ok().and_then(|place| self.0.get(place))
            }
        };
        found.map(|(_, value)| value)
    }

    /// Whether a key is there.
    pub fn contains_key(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    /// Whether all of these labels are among them.
    pub fn contains_all(&self, wanted: &Labels<'_>) -> bool {
        let mut wanted = wanted.iter();
        wanted.all(|(key, value)| self.get(key).is_some_and(|own| own == value))
    }

    /// Adds a label, in place of one of the same key.
    pub fn insert(&mut self, key: &'a str, value: &'a str) {
        match self.0.binary_search_by_key(&key, |(known, _)| known) {
            Ok(place) => {
                if let Some(known) = self.0.get_mut(place) {
                    known.1 = value;
                }
            }
            Err(place) => self.0.insert(place, (key, value)),
        }
    }

    /// Each key with its value, sorted.
    pub fn iter(&self) -> impl Iterator<Item = (&&'a str, &&'a str)> {
        self.0.iter().map(|(key, value)| (key, value))
    }

    /// The keys, sorted.
    pub fn keys(&self) -> impl Iterator<Item = &&'a str> {
        self.iter().map(|(key, _)| key)
    }
}

/// Of the same key twice the last counts, as kubectl reads it.
impl<'a> FromIterator<(&'a str, &'a str)> for Labels<'a> {
    fn from_iter<I: IntoIterator<Item = (&'a str, &'a str)>>(labels: I) -> Self {
        let mut labels: Vec<_> = labels.into_iter().collect();
        labels.reverse();
        labels.sort_by_key(|(key, _)| *key);
        labels.dedup_by_key(|(key, _)| *key);
        Self(labels)
    }
}

impl<'a, const N: usize> From<[(&'a str, &'a str); N]> for Labels<'a> {
    fn from(labels: [(&'a str, &'a str); N]) -> Self {
        labels.into_iter().collect()
    }
}

impl<'a> IntoIterator for Labels<'a> {
    type Item = (&'a str, &'a str);
    type IntoIter = std::vec::IntoIter<(&'a str, &'a str)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn they_are_what_a_sorted_map_is(
            pairs in prop::collection::vec(("[a-d]{1,2}", "[x-z]"), 0..40),
            more in ("[a-d]{1,2}", "[x-z]"),
        ) {
            let pairs: Vec<(&str, &str)> = pairs.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
            let mut labels: Labels<'_> = pairs.iter().copied().collect();
            let mut map: BTreeMap<&str, &str> = pairs.iter().copied().collect();
            labels.insert(&more.0, &more.1);
            map.insert(&more.0, &more.1);
            prop_assert!(labels.iter().eq(map.iter()));
            for key in ["a", "ab", "dd", "zz"] {
                prop_assert_eq!(labels.get(key), map.get(key));
            }
        }
    }
}
