//! Reading a resource's fields: the wrong type is noted with its place and spoils that resource only.

use std::sync::Arc;

use super::{Labels, Resource};
use crate::kernel::document::{Entry, Node};
use crate::kernel::finding::Location;
use crate::kernel::report::Note;
use crate::kernel::source::Span;
use crate::lint::selector::{LabelSelector, Requirement};

/// Reads one resource. Whatever the API server would refuse is noted, and [`Self::is_sound`] turns false.
#[derive(Debug)]
pub(crate) struct Reading<'a, 'n> {
    pub(crate) resource: &'n Resource<'a>,
    notes: &'n mut Vec<Note>,
    sound: bool,
}

impl<'a, 'n> Reading<'a, 'n> {
    pub(crate) fn new(resource: &'n Resource<'a>, notes: &'n mut Vec<Note>) -> Self {
        Self {
            resource,
            notes,
            sound: true,
        }
    }

    pub(crate) fn is_sound(&self) -> bool {
        self.sound
    }

    /// Notes what is wrong; the resource is then left out of every verdict.
    pub(crate) fn problem(&mut self, span: Span, what: impl std::fmt::Display) {
        self.sound = false;
        self.notes.push(Note {
            code: "invalid-resource",
            message: format!(
                "{} was not judged: {what}; {} refuses it",
                self.resource.subject(),
                match self.resource.group {
                    "cilium.io" => "the API server or Cilium",
                    "policy.linkerd.io" => "the API server or Linkerd",
                    _ => "the API server",
                }
            ),
            location: Some(Location {
                source: Arc::clone(self.resource.source()),
                span,
                label: String::new(),
            }),
        });
    }

    /// Refuses fields that the API does not have: strict validation does, and a misspelt one changes the meaning.
    pub(crate) fn only_fields(&mut self, node: &'a Node, known: &[&str]) {
        for field in node.as_mapping().unwrap_or_default() {
            if !known.contains(&field.key.as_str()) {
                let what = format!("`{}` is no field here: {}", field.key, known.join(", "));
                self.problem(field.key_span, what);
            }
        }
    }

    /// A mapping that has these fields alone; whatever else stands there is refused.
    pub(crate) fn object(&mut self, node: &'a Node, known: &[&str]) -> bool {
        if node.as_mapping().is_none() {
            let what = format!("this is {} where a mapping is due", node.kind());
            self.problem(node.span, what);
            return false;
        }
        self.only_fields(node, known);
        true
    }

    fn wrong_type(&mut self, entry: &Entry, wanted: &str) {
        let what = format!(
            "`{}` is {} where {wanted} is due",
            entry.key,
            entry.value.kind()
        );
        let span = if entry.value.span.start == entry.value.span.end {
            entry.key_span
        } else {
            entry.value.span
        };
        self.problem(span, what);
    }

    fn present(node: &'a Node, key: &str) -> Option<&'a Entry> {
        node.entry(key).filter(|entry| !entry.value.is_null())
    }

    /// A mapping; none where it is absent, null, or of another type.
    pub(crate) fn mapping(&mut self, node: &'a Node, key: &str) -> Option<&'a Node> {
        let entry = Self::present(node, key)?;
        if entry.value.as_mapping().is_none() {
            self.wrong_type(entry, "a mapping");
            return None;
        }
        Some(&entry.value)
    }

    /// The items of a list; none where it is absent.
    pub(crate) fn list(&mut self, node: &'a Node, key: &str) -> Option<&'a [Node]> {
        let entry = Self::present(node, key)?;
        if entry.value.as_sequence().is_none() {
            self.wrong_type(entry, "a list");
        }
        entry.value.as_sequence()
    }

    /// A string with its span.
    pub(crate) fn text(&mut self, node: &'a Node, key: &str) -> Option<(&'a str, Span)> {
        let entry = Self::present(node, key)?;
        if entry.value.as_str().is_none() {
            self.wrong_type(entry, "a string");
        }
        Some((entry.value.as_str()?, entry.value.span))
    }

    /// A list of strings.
    pub(crate) fn texts(&mut self, node: &'a Node, key: &str) -> Vec<&'a str> {
        let mut texts = Vec::new();
        for item in self.list(node, key).unwrap_or_default() {
            match item.as_str() {
                Some(text) => texts.push(text),
                None => {
                    let what = format!("`{key}` holds {} where a string is due", item.kind());
                    self.problem(item.span, what);
                }
            }
        }
        texts
    }

    /// A boolean; false where it is absent.
    pub(crate) fn flag(&mut self, node: &'a Node, key: &str) -> bool {
        let Some(entry) = Self::present(node, key) else {
            return false;
        };
        match entry.value.as_bool() {
            Some(flag) => flag,
            None => {
                self.wrong_type(entry, "a boolean");
                false
            }
        }
    }

    /// A map of strings, such as labels.
    pub(crate) fn labels(&mut self, node: &'a Node, key: &str) -> Labels<'a> {
        let map = self.mapping(node, key).and_then(Node::as_mapping);
        let mut labels = Vec::with_capacity(map.map_or(0, <[Entry]>::len));
        for entry in map.unwrap_or_default() {
            match entry.value.as_str() {
                Some(value) => labels.push((entry.key.as_str(), value)),
                // `null` is an empty string to the API server.
                None if entry.value.is_null() => labels.push((entry.key.as_str(), "")),
                None => self.wrong_type(entry, "a string (quote it)"),
            }
        }
        labels.into_iter().collect()
    }

    /// A label selector with `matchLabels` and `matchExpressions`.
    pub(crate) fn selector(&mut self, node: &'a Node) -> LabelSelector<'a> {
        let mut requirements: Vec<_> = self
            .labels(node, "matchLabels")
            .into_iter()
            .map(|(key, value)| Requirement::In(key, vec![value]))
            .collect();
        for expression in self.list(node, "matchExpressions").unwrap_or_default() {
            let key = self.text(expression, "key");
            let operator = self.text(expression, "operator");
            let values = self.texts(expression, "values");
            let (Some((key, _)), Some((operator, span))) = (key, operator) else {
                self.problem(expression.span, "an expression needs `key` and `operator`");
                continue;
            };
            let takes_values = matches!(operator, "In" | "NotIn");
            if takes_values == values.is_empty() {
                let what = match takes_values {
                    true => format!("`{operator}` has no values"),
                    false => format!("`{operator}` has values"),
                };
                self.problem(expression.span, what);
                continue;
            }
            match operator {
                "In" => requirements.push(Requirement::In(key, values)),
                "NotIn" => requirements.push(Requirement::NotIn(key, values)),
                "Exists" => requirements.push(Requirement::Exists(key)),
                "DoesNotExist" => requirements.push(Requirement::DoesNotExist(key)),
                other => self.problem(span, format!("`{other}` is no operator of a selector")),
            }
        }
        LabelSelector { requirements }
    }
}
