//! Bytes with a name: where every span, line number and snippet comes from.
//!
//! A [`Source`] is read once and never changes. Spans are byte offsets into it, so that a finding can be shown
//! with its line, written to SARIF with UTF-16 columns, or edited in place, all from the same two numbers.

use std::fmt;
use std::sync::{Arc, OnceLock};

/// The largest input any parser of this program accepts, in bytes (64 MiB).
pub const MAX_SOURCE_BYTES: usize = 64 << 20;

/// A half-open range of byte offsets into one [`Source`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span {
    /// The offset of the first byte.
    pub start: u32,
    /// The offset after the last byte.
    pub end: u32,
}

impl Span {
    /// Makes a span; an end before the start is moved up to the start.
    pub fn new(start: usize, end: usize) -> Self {
        let start = u32::try_from(start).unwrap_or(u32::MAX);
        let end = u32::try_from(end).unwrap_or(u32::MAX);
        Self {
            start,
            end: end.max(start),
        }
    }

    /// The smallest span that holds both.
    pub fn to(self, other: Self) -> Self {
        Self {
            start: self.start.min(other.start),
            end: self.end.max(other.end),
        }
    }

    /// The range of offsets, for slicing.
    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// A line and column as people count them, both from 1; the column counts characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// The column in UTF-16 code units, from 1 (SARIF, editors).
    pub utf16_column: usize,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// Why bytes could not become a [`Source`] or a text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// More bytes than [`MAX_SOURCE_BYTES`].
    #[error("`{name}` holds {size} bytes; the limit is {limit}")]
    TooLarge {
        /// The input's name.
        name: String,
        /// Its size in bytes.
        size: u64,
        /// The limit in bytes.
        limit: usize,
    },
    /// Not UTF-8.
    #[error("`{name}` is not UTF-8: byte {offset} is {byte:#04x}")]
    NotUtf8 {
        /// The input's name.
        name: String,
        /// The offset of the first byte that is not UTF-8.
        offset: usize,
        /// That byte.
        byte: u8,
    },
}

/// One input: its name as the user wrote it, and its bytes.
pub struct Source {
    name: String,
    bytes: Vec<u8>,
    line_starts: OnceLock<Vec<u32>>,
}

impl fmt::Debug for Source {
    // The bytes may be a key or a token: a derived Debug would print them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Source({:?}, {} bytes)", self.name, self.bytes.len())
    }
}

impl Source {
    /// Takes the bytes of one input.
    ///
    /// # Errors
    /// [`SourceError::TooLarge`] past [`MAX_SOURCE_BYTES`].
    pub fn new(name: impl Into<String>, bytes: Vec<u8>) -> Result<Arc<Self>, SourceError> {
        let name = name.into();
        if bytes.len() > MAX_SOURCE_BYTES {
            return Err(SourceError::TooLarge {
                name,
                size: bytes.len() as u64,
                limit: MAX_SOURCE_BYTES,
            });
        }
        Ok(Arc::new(Self {
            name,
            bytes,
            line_starts: OnceLock::new(),
        }))
    }

    /// The name as the user wrote it; `<stdin>` for standard input.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// All bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The bytes as text.
    ///
    /// # Errors
    /// [`SourceError::NotUtf8`] with the offset of the first bad byte.
    pub fn text(&self) -> Result<&str, SourceError> {
        std::str::from_utf8(&self.bytes).map_err(|error| SourceError::NotUtf8 {
            name: self.name.clone(),
            offset: error.valid_up_to(),
            byte: self.bytes.get(error.valid_up_to()).copied().unwrap_or(0),
        })
    }

    /// The bytes of a span; empty where the span is outside the source.
    pub fn slice(&self, span: Span) -> &[u8] {
        self.bytes.get(span.range()).unwrap_or_default()
    }

    /// The position of a byte offset; an offset past the end is the end.
    pub fn position(&self, offset: u32) -> Position {
        let offset = offset.min(u32::try_from(self.bytes.len()).unwrap_or(u32::MAX));
        let starts = self.line_starts();
        let line = starts.partition_point(|start| *start <= offset);
        let start = starts.get(line - 1).copied().unwrap_or(0);
        let before = String::from_utf8_lossy(self.slice(Span { start, end: offset }));
        Position {
            line,
            column: before.chars().count() + 1,
            utf16_column: before.encode_utf16().count() + 1,
        }
    }

    /// The text of a line (from 1) without its line end, lossy where it is not UTF-8.
    pub fn line(&self, line: usize) -> std::borrow::Cow<'_, str> {
        let starts = self.line_starts();
        let Some(start) = line.checked_sub(1).and_then(|index| starts.get(index)) else {
            return std::borrow::Cow::Borrowed("");
        };
        let end = starts
            .get(line)
            .map_or(self.bytes.len(), |next| *next as usize);
        let bytes = self.bytes.get(*start as usize..end).unwrap_or_default();
        let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
        let bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
        String::from_utf8_lossy(bytes)
    }

    /// The number of lines; an empty source has one.
    pub fn line_count(&self) -> usize {
        self.line_starts().len()
    }

    fn line_starts(&self) -> &[u32] {
        self.line_starts.get_or_init(|| {
            let mut starts = vec![0];
            starts.extend(
                memchr::memchr_iter(b'\n', &self.bytes)
                    .filter_map(|offset| u32::try_from(offset + 1).ok()),
            );
            starts
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_characters_and_utf16_units() {
        let source = Source::new("x", "ab\n\u{1F600}c\n".into()).unwrap();
        assert_eq!(source.position(0).to_string(), "1:1");
        assert_eq!(source.position(3).to_string(), "2:1");
        let after_emoji = source.position(7);
        assert_eq!((after_emoji.line, after_emoji.column), (2, 2));
        assert_eq!(after_emoji.utf16_column, 3);
        assert_eq!(source.position(999).line, 3);
    }

    #[test]
    fn lines_lose_their_line_ends_only() {
        let source = Source::new("x", b"a\r\n b \nlast".to_vec()).unwrap();
        assert_eq!(source.line(1), "a");
        assert_eq!(source.line(2), " b ");
        assert_eq!(source.line(3), "last");
        assert_eq!(source.line(4), "");
        assert_eq!(source.line(0), "");
    }

    #[test]
    fn text_names_the_first_bad_byte() {
        let source = Source::new("x", b"ab\xffcd".to_vec()).unwrap();
        let error = source.text().unwrap_err();
        assert_eq!(error.to_string(), "`x` is not UTF-8: byte 2 is 0xff");
    }
}
