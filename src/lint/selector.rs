//! Label selectors: `matchLabels` and `matchExpressions`, as Kubernetes evaluates them.

use super::model::Labels;

/// A label selector. Its requirements are ANDed; none at all selects everything.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct LabelSelector<'a> {
    /// The requirements.
    pub requirements: Vec<Requirement<'a>>,
}

/// One requirement on the labels.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Requirement<'a> {
    /// The label has one of these values.
    In(&'a str, Vec<&'a str>),
    /// The label is absent or has none of these values.
    NotIn(&'a str, Vec<&'a str>),
    /// The label exists.
    Exists(&'a str),
    /// The label is absent.
    DoesNotExist(&'a str),
}

impl LabelSelector<'_> {
    /// Whether it selects everything.
    pub fn is_empty(&self) -> bool {
        self.requirements.is_empty()
    }

    /// The keys of the labels that it asks about.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.requirements.iter().map(Requirement::key)
    }

    /// Whether it selects something with these labels.
    pub fn matches(&self, labels: &Labels<'_>) -> bool {
        self.requirements
            .iter()
            .all(|requirement| requirement.holds(labels))
    }
}

impl<'a> Requirement<'a> {
    /// The key of the label.
    pub fn key(&self) -> &'a str {
        let (Self::In(key, _) | Self::NotIn(key, _) | Self::Exists(key) | Self::DoesNotExist(key)) =
            self;
        key
    }

    /// The values that it names.
    pub fn values(&self) -> &[&'a str] {
        match self {
            Self::In(_, values) | Self::NotIn(_, values) => values,
            Self::Exists(_) | Self::DoesNotExist(_) => &[],
        }
    }

    /// Whether it holds for these labels.
    pub fn holds(&self, labels: &Labels<'_>) -> bool {
        match self {
            Self::In(key, values) => labels.get(key).is_some_and(|value| values.contains(value)),
            Self::NotIn(key, values) => labels.get(key).is_none_or(|value| !values.contains(value)),
            Self::Exists(key) => labels.contains_key(key),
            Self::DoesNotExist(key) => !labels.contains_key(key),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absent_labels_satisfy_not_in_and_nothing_else() {
        let labels = Labels::from([("app", "a"), ("tier", "db")]);
        let cases = [
            (Requirement::In("app", vec!["a", "b"]), true),
            (Requirement::In("app", vec!["b"]), false),
            (Requirement::In("zone", vec!["a"]), false),
            (Requirement::NotIn("app", vec!["a"]), false),
            (Requirement::NotIn("zone", vec!["a"]), true),
            (Requirement::Exists("tier"), true),
            (Requirement::Exists("zone"), false),
            (Requirement::DoesNotExist("zone"), true),
        ];
        for (requirement, expected) in cases {
            let selector = LabelSelector {
                requirements: vec![requirement.clone()],
            };
            assert_eq!(selector.matches(&labels), expected, "{requirement:?}");
        }
        assert!(LabelSelector::default().matches(&labels));
    }
}
