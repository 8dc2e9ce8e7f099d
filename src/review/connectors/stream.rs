//! An export as pieces of whole lines, digested as it is read: its size is bounded by the disk, not by memory.

use std::io::{self, Read};
use std::sync::Arc;

use super::table::foreign;
use crate::kernel::crypto::{Digest, DigestAlgorithm, hex};
use crate::kernel::source::{MAX_SOURCE_BYTES, Source, SourceError};
use crate::review::error::ReviewError;
use crate::review::sheet::SourceSheet;
use crate::review::usage::Input;

/// How much is read at a time.
const PIECE: usize = 4 << 20;
const BOM: &[u8] = b"\xef\xbb\xbf";

/// An export that is open.
pub(super) struct Stream {
    name: String,
    stream: Box<dyn Read + Send>,
    digest: Digest,
    bytes: u64,
    /// What was read and is not used yet.
    buffer: Vec<u8>,
    /// Where the buffer begins: its byte and its line, from 1.
    offset: u64,
    line: usize,
    /// How much of the buffer the last piece was.
    given: usize,
    ended: bool,
}

impl std::fmt::Debug for Stream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Stream({:?} at line {})", self.name, self.line)
    }
}

/// Whole lines of an export.
#[derive(Debug, Clone, Copy)]
pub(super) struct Piece<'a> {
    pub(super) text: &'a str,
    /// The line in which it begins, from 1.
    pub(super) line: usize,
    /// Whether nothing follows.
    pub(super) is_last: bool,
}

impl Stream {
    /// Looks at the beginning of an export: other encodings and workbooks are refused, a byte order mark is left out.
    pub(super) fn new(input: Input) -> Result<Self, ReviewError> {
        let mut stream = Self::raw(input);
        stream.fill(PIECE)?;
        foreign(&stream.name, &stream.buffer)?;
        if stream.buffer.starts_with(BOM) {
            stream.drop_front(BOM.len());
        }
        Ok(stream)
    }

    /// An export at which nobody looks before it is read.
    pub(super) fn raw(input: Input) -> Self {
        Self {
            name: input.name,
            stream: input.stream,
            digest: Digest::new(DigestAlgorithm::Sha256),
            bytes: 0,
            buffer: Vec::new(),
            offset: 0,
            line: 1,
            given: 0,
            ended: false,
        }
    }

    /// As the user named it.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The next piece; none at the end.
    pub(super) fn next(&mut self) -> Result<Option<Piece<'_>>, ReviewError> {
        let used = std::mem::take(&mut self.given);
        self.drop_front(used);
        self.fill(self.buffer.len() + PIECE.max(self.buffer.len()))?;
        let length = loop {
            match memchr::memrchr(b'\n', &self.buffer) {
                _ if self.ended => break self.buffer.len(),
                Some(at) => break at + 1,
                None => self.more()?,
            }
        };
        self.piece(length)
    }

    /// The whole export, for those that are read as one document, and its digest; no piece of it was passed by yet.
    pub(super) fn into_source(mut self) -> Result<(Arc<Source>, String), ReviewError> {
        while !self.ended && self.buffer.len() <= MAX_SOURCE_BYTES {
            self.fill((2 * self.buffer.len()).clamp(PIECE, MAX_SOURCE_BYTES + 1))?;
        }
        let source = Source::new(self.name, self.buffer);
        let source = source.map_err(|error| ReviewError::Source { error, line: None })?;
        Ok((source, hex(&self.digest.finish())))
    }

    /// Keeps the piece that was given last from a byte on: it comes again, with what follows it.
    pub(super) fn keep_from(&mut self, at: usize) {
        self.given = at.min(self.given);
    }

    /// Reads what nobody read, and states the digest and the size.
    pub(super) fn finish(&mut self, sheet: &mut SourceSheet) -> Result<(), ReviewError> {
        while !self.ended {
            self.buffer.clear();
            self.fill(PIECE)?;
        }
        sheet.sha256 = hex(&self.digest.clone().finish());
        sheet.bytes = usize::try_from(self.bytes).unwrap_or(usize::MAX);
        Ok(())
    }

    fn piece(&mut self, length: usize) -> Result<Option<Piece<'_>>, ReviewError> {
        self.given = length;
        let bytes = self.buffer.get(..length).unwrap_or_default();
        if bytes.is_empty() {
            return Ok(None);
        }
        let is_last = self.ended && length == self.buffer.len();
        match std::str::from_utf8(bytes) {
            Ok(text) => Ok(Some(Piece {
                text,
                line: self.line,
                is_last,
            })),
            Err(error) => {
                let bad = error.valid_up_to();
                let before = bytes.get(..bad).unwrap_or_default();
                let offset = usize::try_from(self.offset).unwrap_or(usize::MAX);
                Err(ReviewError::Source {
                    error: SourceError::NotUtf8 {
                        name: self.name.clone(),
                        offset: offset.saturating_add(bad),
                        byte: bytes.get(bad).copied().unwrap_or(0),
                    },
                    line: Some(self.line + lines(before)),
                })
            }
        }
    }

    fn drop_front(&mut self, length: usize) {
        self.line += lines(self.buffer.get(..length).unwrap_or_default());
        self.offset += length as u64;
        self.buffer.drain(..length.min(self.buffer.len()));
    }

    /// Reads as much again, since no line ended in what there is.
    fn more(&mut self) -> Result<(), ReviewError> {
        if self.buffer.len() >= MAX_SOURCE_BYTES {
            return Err(ReviewError::TooMany {
                source_name: self.name.clone(),
                limit: MAX_SOURCE_BYTES,
                what: "bytes in one record",
            });
        }
        self.fill(2 * self.buffer.len())
    }

    /// Fills the buffer up to a size, or to the end.
    fn fill(&mut self, up_to: usize) -> Result<(), ReviewError> {
        let before = self.buffer.len();
        let room = up_to.saturating_sub(before);
        let read = (&mut self.stream)
            .take(room as u64)
            .read_to_end(&mut self.buffer);
        let read = read.map_err(|error| unreadable(&self.name, &error))?;
        self.ended = read < room;
        self.bytes += read as u64;
        self.digest
            .update(self.buffer.get(before..).unwrap_or_default());
        Ok(())
    }
}

fn unreadable(name: &str, error: &io::Error) -> ReviewError {
    ReviewError::Unreadable {
        source_name: name.to_owned(),
        reason: crate::kernel::fs::describe(error),
    }
}

/// How many lines end in it.
pub(super) fn lines(bytes: &[u8]) -> usize {
    memchr::memchr_iter(b'\n', bytes).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives a byte at a time.
    struct Slow(io::Cursor<Vec<u8>>);

    impl Read for Slow {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            let end = out.len().min(1);
            self.0.read(&mut out[..end])
        }
    }

    fn stream(bytes: &[u8]) -> Result<Stream, ReviewError> {
        Stream::new(Input::stream(
            "x".to_owned(),
            Slow(io::Cursor::new(bytes.to_vec())),
        ))
    }

    #[test]
    fn pieces_are_whole_lines_and_nothing_is_lost() {
        let line = "0123456789abcde\n";
        let text = format!("\u{feff}{}end", line.repeat(PIECE / 16 * 2 + 3));
        let mut stream = stream(text.as_bytes()).unwrap();
        let mut read = String::new();
        let mut at = 1;
        let mut pieces = 0;
        while let Some(piece) = stream.next().unwrap() {
            assert_eq!(piece.line, at);
            at += lines(piece.text.as_bytes());
            read.push_str(piece.text);
            assert_eq!(piece.is_last, piece.text.ends_with("end"));
            pieces += 1;
        }
        assert_eq!((read.as_str(), pieces), (&text[3..], 2));
        let mut sheet = super::super::table::sheet_named("x", "x", ",");
        stream.finish(&mut sheet).unwrap();
        assert_eq!(
            (sheet.bytes, sheet.sha256),
            (
                text.len(),
                hex(&crate::kernel::crypto::sha256(text.as_bytes()))
            )
        );
    }

    #[test]
    fn what_is_kept_comes_again_with_what_follows() {
        let mut stream = stream(b"a\nb\nc\n").unwrap();
        assert_eq!(stream.next().unwrap().unwrap().text, "a\nb\nc\n");
        stream.keep_from(2);
        let piece = stream.next().unwrap().unwrap();
        assert_eq!((piece.text, piece.line), ("b\nc\n", 2));
        assert!(stream.next().unwrap().is_none());
    }

    #[test]
    fn a_bad_byte_is_located_in_the_whole_export() {
        let mut text = vec![b'\n'; 2 * PIECE + 5];
        text.push(0xff);
        let mut stream = stream(&text).unwrap();
        stream.next().unwrap();
        let error = stream.next().unwrap_err().to_string();
        let (offset, line) = (2 * PIECE + 5, 2 * PIECE + 6);
        assert_eq!(
            error,
            format!("`x` is not UTF-8: byte {offset} is 0xff, in line {line}")
        );
    }
}
