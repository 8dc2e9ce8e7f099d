//! A TOML table of known keys, each value with its place.

use toml::de::{DeTable, DeValue};

use super::{CustomError, Problem};
use crate::kernel::source::Span;

/// The longest text of a description.
const MAX_TEXT: usize = 1024;
/// The most members of an array.
const MAX_MEMBERS: usize = 16;

/// A table whose keys are all known.
pub(super) struct Table<'a> {
    table: &'a DeTable<'a>,
    span: Span,
}

type Value<'a> = &'a toml::Spanned<DeValue<'a>>;

impl<'a> Table<'a> {
    /// # Errors
    /// The first key that is not known.
    pub(super) fn new(
        table: &'a DeTable<'a>,
        span: Span,
        known: &'static [&'static str],
    ) -> Result<Self, CustomError> {
        for (key, _) in table {
            let found = key.get_ref().as_ref();
            if !known.contains(&found) {
                return Err(CustomError {
                    span: Span::new(key.span().start, key.span().end),
                    problem: Problem::UnknownKey {
                        found: found.to_owned(),
                        known,
                    },
                });
            }
        }
        Ok(Self { table, span })
    }

    /// A key that must be there is not.
    pub(super) fn missing(&self, key: &'static str) -> CustomError {
        CustomError {
            span: self.span,
            problem: Problem::Missing(key),
        }
    }

    /// The whole table cannot be meant so.
    pub(super) fn other(&self, text: &str) -> CustomError {
        CustomError {
            span: self.span,
            problem: Problem::Other(text.to_owned()),
        }
    }

    fn value(&self, key: &str) -> Option<Value<'a>> {
        self.table.get(key)
    }

    /// A text and its place.
    pub(super) fn text(&self, key: &str) -> Result<Option<(String, Span)>, CustomError> {
        self.value(key).map(|value| text(key, value)).transpose()
    }

    /// A text that must be there.
    pub(super) fn need(&self, key: &'static str) -> Result<(String, Span), CustomError> {
        self.text(key)?.ok_or_else(|| self.missing(key))
    }

    /// One of several texts.
    pub(super) fn choice(
        &self,
        key: &'static str,
        known: &'static [&'static str],
    ) -> Result<(&'static str, Span), CustomError> {
        let (found, span) = self.need(key)?;
        match known.iter().find(|name| **name == found) {
            Some(name) => Ok((name, span)),
            None => Err(CustomError {
                span,
                problem: Problem::UnknownValue { key, found, known },
            }),
        }
    }

    /// One character.
    pub(super) fn character(&self, key: &str) -> Result<Option<char>, CustomError> {
        let Some((text, span)) = self.text(key)? else {
            return Ok(None);
        };
        let mut chars = text.chars();
        match (chars.next(), chars.next()) {
            (Some(only), None) => Ok(Some(only)),
            _ => Err(CustomError {
                span,
                problem: Problem::Other(format!("`{key}` is not one character")),
            }),
        }
    }

    /// A text or several.
    pub(super) fn texts(&self, key: &str) -> Result<Option<Vec<String>>, CustomError> {
        let Some(value) = self.value(key) else {
            return Ok(None);
        };
        let found = match value.get_ref() {
            DeValue::Array(array) => array
                .iter()
                .map(|value| text(key, value).map(|(text, _)| text))
                .collect::<Result<Vec<_>, _>>()?,
            _ => vec![text(key, value)?.0],
        };
        let problem = if found.is_empty() || found.iter().any(String::is_empty) {
            format!("`{key}` is empty")
        } else if found.len() > MAX_MEMBERS {
            format!("`{key}` has more than {MAX_MEMBERS} members")
        } else {
            return Ok(Some(found));
        };
        Err(CustomError {
            span: place(value),
            problem: Problem::Other(problem),
        })
    }

    /// The names of a field: one, or the first and those that mean the same.
    pub(super) fn names(&self, key: &str) -> Result<Option<Vec<String>>, CustomError> {
        let names = self.texts(key)?;
        let wrong = names.iter().flatten().find(|name| !is_field_name(name));
        match (wrong, self.value(key)) {
            (Some(name), Some(value)) => Err(CustomError {
                span: place(value),
                problem: Problem::Other(format!("`{name}` is not the name of a field")),
            }),
            _ => Ok(names),
        }
    }

    /// A number of bytes.
    pub(super) fn size(&self, key: &str, default: usize) -> Result<usize, CustomError> {
        let Some(value) = self.value(key) else {
            return Ok(default);
        };
        let DeValue::Integer(integer) = value.get_ref() else {
            return Err(wrong_type(key, value, "a number"));
        };
        let number = usize::from_str_radix(integer.as_str(), integer.radix());
        number.map_err(|_| CustomError {
            span: place(value),
            problem: Problem::Other(format!("`{key}` is not a number of bytes")),
        })
    }

    /// A table within.
    pub(super) fn table(
        &self,
        key: &str,
        known: &'static [&'static str],
    ) -> Result<Option<Self>, CustomError> {
        let Some(value) = self.value(key) else {
            return Ok(None);
        };
        match value.get_ref() {
            DeValue::Table(table) => Table::new(table, place(value), known).map(Some),
            _ => Err(wrong_type(key, value, "a table")),
        }
    }
}

fn text(key: &str, value: Value<'_>) -> Result<(String, Span), CustomError> {
    let DeValue::String(text) = value.get_ref() else {
        return Err(wrong_type(key, value, "a string"));
    };
    if text.len() > MAX_TEXT {
        return Err(CustomError {
            span: place(value),
            problem: Problem::Other(format!("`{key}` has more than {MAX_TEXT} bytes")),
        });
    }
    Ok((text.to_string(), place(value)))
}

fn wrong_type(key: &str, value: Value<'_>, wanted: &'static str) -> CustomError {
    CustomError {
        span: place(value),
        problem: Problem::Type {
            key: key.to_owned(),
            found: value.get_ref().type_str(),
            wanted,
        },
    }
}

fn place(value: Value<'_>) -> Span {
    Span::new(value.span().start, value.span().end)
}

/// Whether a text is a token (RFC 9110 §5.1).
pub(super) fn is_field_name(name: &str) -> bool {
    let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !name.is_empty() && name.bytes().all(token)
}
