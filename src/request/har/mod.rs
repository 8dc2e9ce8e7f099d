//! HAR 1.2: entries that a browser or a proxy recorded, as messages, with what the recording does not tell.
//!
//! A HAR is no wire: bodies are decoded texts, browsers leave fields out, and over HTTP/2 `Host` is a pseudo-header. A
//! signature over what is not there can be neither confirmed nor refuted, so each message lists why it may differ from
//! what was sent ([`Message::undecidable`]); an empty list means that nothing in the recording speaks against it. Where it
//! contradicts itself ([`Message::unreliable`]) a match proves nothing either.
//!
//! Not read: pages, timings, cookies and query strings; they repeat what fields and URL say. Values never appear in errors or
//! `Debug`, for a HAR is full of credentials.

mod message;
mod write;

use std::fmt;
use std::sync::Arc;

use super::exchange::UriScheme;
use crate::kernel::document::{Node, Value};
use crate::kernel::json::{self, JsonProblem};
use crate::kernel::source::Source;

pub use write::{HarWriteError, write_har};

/// The largest number of entries.
pub const MAX_ENTRIES: usize = 10_000;

/// One exchange.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its place in the recording, from 0.
    pub index: usize,
    /// The offset of its first byte in the source.
    pub offset: usize,
    /// The scheme of its URL.
    pub scheme: UriScheme,
    /// The request.
    pub request: Message,
    /// The response, if one came.
    pub response: Option<Message>,
}

/// A message of an entry.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Message {
    /// The message, as HTTP/1.1.
    pub bytes: Vec<u8>,
    /// Why it may not be what was sent; while there is a reason, a mismatch proves nothing.
    pub undecidable: Vec<String>,
    /// What the recording says twice and differently, or lacks; while there is a reason, a match proves nothing either.
    pub unreliable: Vec<String>,
    /// What was changed so that it is one message.
    pub notes: Vec<String>,
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message")
            .field("bytes", &format_args!("{} bytes", self.bytes.len()))
            .field("undecidable", &self.undecidable)
            .field("unreliable", &self.unreliable)
            .field("notes", &self.notes)
            .finish()
    }
}

/// Why a text is not a HAR, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{problem} at byte {offset}")]
pub struct HarError {
    /// The offset of the value that is wrong.
    pub offset: usize,
    /// What is wrong with it.
    pub problem: HarProblem,
}

/// The kinds of defect.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HarProblem {
    /// Not JSON.
    #[error(transparent)]
    Json(#[from] JsonProblem),
    /// A name twice in one object: two readers would see two requests.
    #[error("a name that stands twice in one object")]
    DuplicateName,
    /// Something is missing.
    #[error("no `{0}`")]
    Missing(&'static str),
    /// Something is of another type.
    #[error("`{name}` is {found}, not {expected}")]
    Kind {
        /// The name.
        name: &'static str,
        /// What is there.
        found: &'static str,
        /// What belongs there.
        expected: &'static str,
    },
    /// More than [`MAX_ENTRIES`].
    #[error("more than {MAX_ENTRIES} entries")]
    TooManyEntries,
    /// A URL of another scheme, or none.
    #[error("the URL is not one of http or https with a host")]
    Url,
    /// No token.
    #[error("the method is not a token")]
    Method,
    /// A name that is no token, or a value with a control character.
    #[error("a field that no message can hold")]
    Field,
    /// Not three digits.
    #[error("the status is not a number from 100 to 999")]
    Status,
}

/// Reads a recording.
///
/// # Errors
/// [`HarError`], with the offset in the source.
pub fn read(source: &Arc<Source>) -> Result<Vec<Entry>, HarError> {
    let bytes = source.bytes();
    // HAR 1.2 §3.1 allows the mark that JSON forbids.
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let skipped = bytes.len() - text.len();
    let moved = |mut error: HarError| {
        error.offset += skipped;
        error
    };
    let text = std::str::from_utf8(text).map_err(|error| {
        moved(HarError {
            offset: error.valid_up_to(),
            problem: JsonProblem::NotUtf8.into(),
        })
    })?;
    let mut entries = read_text(text).map_err(moved)?;
    for entry in &mut entries {
        entry.offset += skipped;
    }
    Ok(entries)
}

fn read_text(text: &str) -> Result<Vec<Entry>, HarError> {
    let (root, duplicates) = json::parse_text(text).map_err(|error| HarError {
        offset: error.offset,
        problem: error.problem.into(),
    })?;
    if let Some(duplicate) = duplicates.first() {
        let offset = duplicate.second.start as usize;
        let problem = HarProblem::DuplicateName;
        return Err(HarError { offset, problem });
    }
    let entries = list(object(&root, "log")?, "entries")?;
    if let Some(beyond) = entries.get(MAX_ENTRIES) {
        return Err(fault(beyond, HarProblem::TooManyEntries));
    }
    entries
        .iter()
        .enumerate()
        .map(|(index, node)| message::entry(index, node))
        .collect()
}

fn fault(node: &Node, problem: HarProblem) -> HarError {
    HarError {
        offset: node.span.start as usize,
        problem,
    }
}

fn kind(node: &Node, name: &'static str, expected: &'static str) -> HarError {
    let found = node.kind();
    fault(
        node,
        HarProblem::Kind {
            name,
            found,
            expected,
        },
    )
}

fn required<'a>(node: &'a Node, name: &'static str) -> Result<&'a Node, HarError> {
    node.get(name)
        .ok_or_else(|| fault(node, HarProblem::Missing(name)))
}

fn object<'a>(node: &'a Node, name: &'static str) -> Result<&'a Node, HarError> {
    let found = required(node, name)?;
    match found.value {
        Value::Mapping(_) => Ok(found),
        _ => Err(kind(found, name, "an object")),
    }
}

fn list<'a>(node: &'a Node, name: &'static str) -> Result<&'a [Node], HarError> {
    let found = required(node, name)?;
    found
        .as_sequence()
        .ok_or_else(|| kind(found, name, "a list"))
}

fn text<'a>(node: &'a Node, name: &'static str) -> Result<&'a str, HarError> {
    let found = required(node, name)?;
    found.as_str().ok_or_else(|| kind(found, name, "a string"))
}

/// A text that may be left out, or null.
fn optional_text<'a>(node: &'a Node, name: &'static str) -> Result<Option<&'a str>, HarError> {
    match node.get(name).filter(|found| !found.is_null()) {
        Some(_) => text(node, name).map(Some),
        None => Ok(None),
    }
}

/// A size; none where it is left out or -1, which stands for unknown.
fn size(node: &Node, name: &str) -> Option<u64> {
    let number = node.get(name)?.as_number()?;
    let whole = number.integer.or_else(|| {
        // Some write `12.0`.
        let exact = number.float.fract() == 0.0 && number.float.abs() < 9e15;
        exact.then(|| format!("{:.0}", number.float).parse().ok())?
    });
    u64::try_from(whole?).ok()
}

#[cfg(test)]
mod tests;
