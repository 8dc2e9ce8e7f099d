//! One tree for YAML and JSON: every key and value knows its bytes, and duplicate keys are kept in sight.
//!
//! `kernel::yaml` and `kernel::json` both produce it. Order is the input's. What a duplicate key means is the
//! caller's decision: kubectl lets the last one win and warns, a JWT is refused.

use std::sync::Arc;

use super::source::{Source, Span};

/// One document of an input.
#[derive(Debug, Clone)]
pub struct Document {
    /// The input the spans point into.
    pub source: Arc<Source>,
    /// The document's root value.
    pub root: Node,
    /// Keys that occur more than once in one mapping.
    pub duplicates: Vec<DuplicateKey>,
    /// Comments in source order (YAML only), the `#` included.
    pub comments: Vec<Span>,
    /// False where spans could only be given for the whole document.
    pub exact_spans: bool,
}

/// A value and the bytes it came from.
#[derive(Debug, Clone)]
pub struct Node {
    /// The bytes of the value.
    pub span: Span,
    /// The value.
    pub value: Value,
}

/// What a [`Node`] holds. A repository has millions of these: 24 bytes each.
#[derive(Debug, Clone)]
pub enum Value {
    /// `null`, `~`, or nothing at all.
    Null,
    /// A boolean.
    Bool(bool),
    /// A number, with its text as written.
    Number(Box<Number>),
    /// A string, escapes and folding resolved.
    String(String),
    /// A sequence.
    Sequence(Box<[Node]>),
    /// A mapping, in source order, duplicates included.
    Mapping(Box<[Entry]>),
}

/// A number: its text as written and what it means.
#[derive(Debug, Clone, PartialEq)]
pub struct Number {
    /// The text as written.
    pub text: String,
    /// The value, where it is a whole number of 64 bits.
    pub integer: Option<i64>,
    /// The nearest binary64.
    pub float: f64,
}

/// A key of a mapping with its value.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The key as text; numbers, booleans and null are spelt as Kubernetes would read them.
    pub key: String,
    /// The bytes of the key.
    pub key_span: Span,
    /// The value.
    pub value: Node,
}

/// A key that occurred before in the same mapping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DuplicateKey {
    /// The key.
    pub key: String,
    /// The first occurrence.
    pub first: Span,
    /// The later occurrence, the one that kubectl obeys.
    pub second: Span,
}

impl Node {
    /// The entries of a mapping.
    pub fn as_mapping(&self) -> Option<&[Entry]> {
        match &self.value {
            Value::Mapping(entries) => Some(entries),
            _ => None,
        }
    }

    /// The items of a sequence.
    pub fn as_sequence(&self) -> Option<&[Node]> {
        match &self.value {
            Value::Sequence(items) => Some(items),
            _ => None,
        }
    }

    /// The text of a string. A boolean or number is not a string.
    pub fn as_str(&self) -> Option<&str> {
        match &self.value {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// A boolean.
    pub fn as_bool(&self) -> Option<bool> {
        match &self.value {
            Value::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// A whole number.
    pub fn as_i64(&self) -> Option<i64> {
        match &self.value {
            Value::Number(number) => number.integer,
            _ => None,
        }
    }

    /// A number of any kind.
    pub fn as_number(&self) -> Option<&Number> {
        match &self.value {
            Value::Number(number) => Some(number),
            _ => None,
        }
    }

    /// Whether this is null.
    pub fn is_null(&self) -> bool {
        matches!(self.value, Value::Null)
    }

    /// The entry of a key; of duplicates the last, as kubectl reads it.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        let (wanted, first) = (key.as_bytes(), key.as_bytes().first());
        let mut entries = self.as_mapping()?.iter().rev();
        // Few keys begin alike: most comparisons end before one of whole texts begins.
        entries.find(|entry| {
            let written = entry.key.as_bytes();
            written.len() == wanted.len() && written.first() == first && written == wanted
        })
    }

    /// The value of a key; of duplicates the last.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// The value at a path of keys.
    pub fn at(&self, path: &[&str]) -> Option<&Node> {
        path.iter().try_fold(self, |node, key| node.get(key))
    }

    /// What kind of value this is, in words for messages.
    pub fn kind(&self) -> &'static str {
        match self.value {
            Value::Null => "null",
            Value::Bool(_) => "a boolean",
            Value::Number(_) => "a number",
            Value::String(_) => "a string",
            Value::Sequence(_) => "a list",
            Value::Mapping(_) => "a mapping",
        }
    }

    /// The same value as `serde_json` sees it; of duplicate keys the last wins.
    pub fn to_json(&self) -> serde_json::Value {
        match &self.value {
            Value::Null => serde_json::Value::Null,
            Value::Bool(value) => serde_json::Value::Bool(*value),
            Value::Number(number) => match number.integer {
                Some(integer) => integer.into(),
                None => serde_json::Number::from_f64(number.float)
                    .map_or(serde_json::Value::Null, serde_json::Value::Number),
            },
            Value::String(text) => serde_json::Value::String(text.clone()),
            Value::Sequence(items) => items.iter().map(Node::to_json).collect(),
            Value::Mapping(entries) => serde_json::Value::Object(
                entries
                    .iter()
                    .map(|entry| (entry.key.clone(), entry.value.to_json()))
                    .collect(),
            ),
        }
    }
}

/// Finds the keys that occur more than once in one mapping.
///
/// Small mappings are compared pairwise; larger ones through a hash set, so that a hostile mapping of many keys
/// stays linear.
pub fn find_duplicates(entries: &[Entry], into: &mut Vec<DuplicateKey>) {
    const PAIRWISE: usize = 12;
    let mut report = |first: Span, entry: &Entry| {
        into.push(DuplicateKey {
            key: entry.key.clone(),
            first,
            second: entry.key_span,
        });
    };
    if entries.len() <= PAIRWISE {
        for (index, entry) in entries.iter().enumerate() {
            if let Some(earlier) = entries.iter().take(index).find(|e| e.key == entry.key) {
                report(earlier.key_span, entry);
            }
        }
        return;
    }
    let mut seen = std::collections::HashMap::with_capacity(entries.len());
    for entry in entries {
        match seen.entry(entry.key.as_str()) {
            std::collections::hash_map::Entry::Occupied(first) => report(*first.get(), entry),
            std::collections::hash_map::Entry::Vacant(place) => {
                place.insert(entry.key_span);
            }
        }
    }
}
