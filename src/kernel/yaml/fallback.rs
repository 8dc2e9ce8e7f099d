//! The second opinion: what our reader refuses is given to the port of libyaml.
//!
//! Its tree has no spans, so the document's is used for all. It refuses duplicate keys itself, so none is lost.

use std::sync::Arc;

use super::YamlError;
use super::reader::Refusal;
use super::resolve;
use crate::kernel::document::{Document, Entry, Node, Number, Value};
use crate::kernel::source::{Source, Span};

/// Reads a document with the other engine, or says why neither can.
pub(super) fn read(
    source: &Arc<Source>,
    text: &str,
    chunk: Span,
    refusal: &Refusal,
) -> Result<Document, YamlError> {
    let error = |message: String| YamlError {
        span: Span::new(
            refusal.at,
            text.ceil_char_boundary(refusal.at + 1)
                .min(chunk.end as usize),
        ),
        document: chunk,
        message,
    };
    if refusal.is_final {
        return Err(error(refusal.message.clone()));
    }
    let document = text.get(chunk.range()).unwrap_or_default();
    // The other engine does not decode it: the text would not be the one that is applied.
    if document.contains("!!binary") || document.contains("yaml.org,2002:binary") {
        return Err(error(refusal.message.clone()));
    }
    match serde_yaml::from_str::<serde_yaml::Value>(document) {
        Ok(value) => {
            let converter = Converter {
                text: document,
                span: chunk,
            };
            match converter.node(value) {
                Some(root) => Ok(Document {
                    source: Arc::clone(source),
                    root,
                    duplicates: Vec::new(),
                    comments: Vec::new(),
                    exact_spans: false,
                }),
                None => Err(error("a key is a list or a mapping".to_owned())),
            }
        }
        Err(other) if other.to_string().contains("duplicate entry") => Err(error(format!(
            "{}, and a key occurs twice: {}",
            refusal.message,
            without_place(&other.to_string())
        ))),
        Err(_) => Err(error(refusal.message.clone())),
    }
}

/// The engine's message without its line, which counts from the document's start and not the file's.
fn without_place(message: &str) -> &str {
    message.split(" at line ").next().unwrap_or(message)
}

struct Converter<'a> {
    text: &'a str,
    span: Span,
}

impl Converter<'_> {
    fn node(&self, value: serde_yaml::Value) -> Option<Node> {
        use serde_yaml::Value as Other;
        let value = match value {
            Other::Null => Value::Null,
            Other::Bool(value) => Value::Bool(value),
            Other::Number(number) => Value::Number(Box::new(Number {
                text: number.to_string(),
                integer: number.as_i64(),
                float: number.as_f64().unwrap_or(f64::NAN),
            })),
            Other::String(text) => self.string(text),
            Other::Sequence(items) => Value::Sequence(
                items
                    .into_iter()
                    .map(|item| self.node(item))
                    .collect::<Option<_>>()?,
            ),
            Other::Mapping(entries) => Value::Mapping(
                entries
                    .into_iter()
                    .map(|(key, value)| self.entry(key, value))
                    .collect::<Option<_>>()?,
            ),
            Other::Tagged(tagged) => return self.node(tagged.value),
        };
        Some(Node {
            span: self.span,
            value,
        })
    }

    fn entry(&self, key: serde_yaml::Value, value: serde_yaml::Value) -> Option<Entry> {
        use serde_yaml::Value as Other;
        let key = match key {
            Other::String(text) => match self.string(text) {
                Value::String(text) => text,
                Value::Bool(value) => value.to_string(),
                Value::Number(number) => resolve::key(&number.text),
                _ => "null".to_owned(),
            },
            Other::Bool(value) => value.to_string(),
            Other::Number(number) => number.to_string(),
            Other::Null => "null".to_owned(),
            _ => return None,
        };
        Some(Entry {
            key,
            key_span: self.span,
            value: self.node(value)?,
        })
    }

    /// The other engine keeps `yes` and `0644` as strings; kubectl does not, unless they are quoted.
    fn string(&self, text: String) -> Value {
        match resolve::plain(std::borrow::Cow::Borrowed(&text)) {
            Value::String(_) | Value::Null => Value::String(text),
            resolved => {
                let quoted = [format!("\"{text}\""), format!("'{text}'")];
                if quoted.iter().any(|quoted| self.text.contains(quoted)) {
                    Value::String(text)
                } else {
                    resolved
                }
            }
        }
    }
}
