//! Logs as streams of rows: digested as they are stored, unpacked, and cut where rows end.

use std::fs::File;
use std::io::{self, Read, Write as _};
use std::sync::{Arc, Mutex, PoisonError};

use super::json;
use crate::kernel::crypto::{Digest, DigestAlgorithm, hex};
use crate::kernel::gzip::{self, GzipReader};
use crate::kernel::parquet::{self, SharedFile};
use crate::kernel::zstd::{self, ZstdReader};

/// One log to read.
pub struct Input {
    /// As the user named it.
    pub name: String,
    /// Its bytes.
    pub stream: Box<dyn Read + Send>,
    /// The file whose bytes they are: Parquet is read from its end.
    file: Option<Arc<File>>,
}

impl std::fmt::Debug for Input {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Input({:?})", self.name)
    }
}

impl Input {
    /// A file.
    pub fn file(name: impl Into<String>, file: File) -> Self {
        let file = Arc::new(file);
        Self {
            name: name.into(),
            stream: Box::new(file.clone()),
            file: Some(file),
        }
    }

    /// The bytes at any place; none where they pass by.
    pub(crate) fn seekable(&self) -> Option<SharedFile> {
        SharedFile::new(self.file.clone()?).ok()
    }

    /// Bytes that pass by.
    pub fn stream(name: impl Into<String>, stream: impl Read + Send + 'static) -> Self {
        Self {
            name: name.into(),
            stream: Box::new(stream),
            file: None,
        }
    }
}

/// The longest row, in bytes.
pub const MAX_ROW: usize = 16 << 20;
/// How much is read and handed to a thread at a time.
pub(super) const BLOCK: usize = 4 << 20;
/// How much of a document is looked at to see what it is.
const HEAD: usize = 64 << 10;
const BOM: &[u8] = b"\xef\xbb\xbf";

/// How the rows stand in a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    /// One a line.
    Lines,
    /// In one array, or in an array under a member of one object.
    Document,
    /// By column, behind one another: Parquet.
    Columns,
}

/// A log that is open.
pub(super) struct Opened {
    pub(super) layout: Layout,
    pub(super) stream: Unpacked,
    raw: Arc<Mutex<Raw>>,
    file: Option<Arc<File>>,
}

struct Raw {
    stream: Box<dyn Read + Send>,
    digest: Digest,
    bytes: u64,
}

#[derive(Clone)]
struct Shared(Arc<Mutex<Raw>>);

impl Read for Shared {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let mut raw = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = loop {
            match raw.stream.read(out) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => break other?,
            }
        };
        raw.digest.update(out.get(..count).unwrap_or_default());
        raw.bytes += count as u64;
        Ok(count)
    }
}

/// The content of a log, with the part of it that was looked at already.
pub(super) struct Unpacked {
    head: io::Cursor<Vec<u8>>,
    rest: Box<dyn Read + Send>,
}

impl Read for Unpacked {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        match self.head.read(out)? {
            0 => self.rest.read(out),
            count => Ok(count),
        }
    }
}

/// Fills a buffer as far as the stream goes.
pub(super) fn fill(stream: &mut dyn Read, buffer: &mut Vec<u8>, up_to: usize) -> io::Result<bool> {
    let room = up_to.saturating_sub(buffer.len());
    let read = stream.take(room as u64).read_to_end(buffer)?;
    Ok(read < room)
}

impl Opened {
    /// Looks at how a log is packed and laid out.
    pub(super) fn new(input: Input, wrapper: Option<&str>) -> io::Result<Self> {
        let raw = Arc::new(Mutex::new(Raw {
            stream: input.stream,
            digest: Digest::new(DigestAlgorithm::Sha256),
            bytes: 0,
        }));
        let mut shared = Shared(raw.clone());
        let mut magic = Vec::new();
        fill(&mut shared, &mut magic, 4)?;
        let gzipped = magic.starts_with(&gzip::MAGIC);
        let zstd = magic == zstd::MAGIC;
        let columns = magic == parquet::MAGIC;
        let stored = Unpacked {
            head: io::Cursor::new(magic),
            rest: Box::new(shared),
        };
        let mut rest: Box<dyn Read + Send> = match (gzipped, zstd) {
            (true, _) => Box::new(GzipReader::new(stored)),
            (_, true) => Box::new(ZstdReader::new(stored)),
            _ => Box::new(stored),
        };
        if columns {
            return Ok(Self {
                layout: Layout::Columns,
                stream: Unpacked {
                    head: io::Cursor::new(Vec::new()),
                    rest,
                },
                raw,
                file: input.file,
            });
        }
        let mut head = Vec::new();
        // What is wrong with the packing is told when the reader gets there.
        let sniffed = fill(&mut rest, &mut head, HEAD);
        if let Err(error) = sniffed {
            rest = Box::new(Failed(Some(error)));
        }
        if head.starts_with(BOM) {
            head.drain(..BOM.len());
        }
        if head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff") {
            let why = "it is UTF-16; logs are UTF-8";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, why));
        }
        let first = head.iter().find(|byte| !byte.is_ascii_whitespace());
        let wrapped = wrapper.is_some_and(|member| json::array_under(&head, member));
        let layout = match first {
            Some(b'[') => Layout::Document,
            Some(b'{') if wrapped => Layout::Document,
            _ => Layout::Lines,
        };
        Ok(Self {
            layout,
            stream: Unpacked {
                head: io::Cursor::new(head),
                rest,
            },
            raw,
            file: None,
        })
    }

    /// The bytes at any place, and their number and digest if all were read: what passes by is put into a file first.
    pub(super) fn at_any_place(
        mut self,
        scratch: &(dyn Fn() -> io::Result<File> + Sync),
    ) -> io::Result<(SharedFile, Option<(u64, String)>)> {
        if let Some(file) = self.file.take().and_then(|file| SharedFile::new(file).ok()) {
            return Ok((file, None));
        }
        let mut file = scratch()?;
        io::copy(&mut self.take_stream(), &mut file)?;
        Ok((SharedFile::new(Arc::new(file))?, Some(self.digest()?)))
    }

    /// Gives the stream away; what is left is the digest.
    pub(super) fn take_stream(&mut self) -> Unpacked {
        let empty = Unpacked {
            head: io::Cursor::new(Vec::new()),
            rest: Box::new(io::empty()),
        };
        std::mem::replace(&mut self.stream, empty)
    }

    /// Reads what nobody read of the stored bytes; their number and their SHA-256.
    pub(super) fn digest(self) -> io::Result<(u64, String)> {
        io::copy(&mut Shared(self.raw.clone()), &mut io::sink())?;
        let raw = self.raw.lock().unwrap_or_else(PoisonError::into_inner);
        Ok((raw.bytes, hex(&raw.digest.clone().finish())))
    }
}

struct Failed(Option<io::Error>);

impl Read for Failed {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}

/// Whole lines, and where they stand.
#[derive(Debug, Default)]
pub(super) struct Block {
    pub(super) bytes: Vec<u8>,
    /// The number of its first line, from 1.
    pub(super) line: u64,
    /// Whether the log ends with it, without a line end.
    pub(super) unended: bool,
    /// A line before it that is longer than a row may be.
    pub(super) too_long: Option<u64>,
}

/// Cuts a stream where lines end.
pub(super) struct Lines {
    pub(super) opened: Opened,
    rest: Vec<u8>,
    line: u64,
    over: bool,
    /// Why it ends before its end: told once the lines before that are given.
    failed: Option<io::Error>,
}

impl Lines {
    pub(super) fn new(opened: Opened) -> Self {
        Self {
            opened,
            rest: Vec::new(),
            line: 1,
            over: false,
            failed: None,
        }
    }

    /// Puts the next lines into `block`; false after the last.
    pub(super) fn next(&mut self, block: &mut Block) -> io::Result<bool> {
        block.bytes.clear();
        (block.unended, block.too_long) = (false, None);
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        if self.over {
            return Ok(false);
        }
        block.bytes.append(&mut self.rest);
        let mut up_to = BLOCK;
        loop {
            self.over = match fill(&mut self.opened.stream, &mut block.bytes, up_to) {
                Ok(over) => over,
                Err(error) => {
                    let whole = memchr::memrchr(b'\n', &block.bytes).map_or(0, |end| end + 1);
                    block.bytes.truncate(whole);
                    self.failed = Some(error);
                    true
                }
            };
            block.line = self.line;
            if self.over {
                block.unended = !block.bytes.ends_with(b"\n") && !block.bytes.is_empty();
                break;
            }
            if let Some(end) = memchr::memrchr(b'\n', &block.bytes) {
                self.rest
                    .write_all(block.bytes.get(end + 1..).unwrap_or_default())?;
                block.bytes.truncate(end + 1);
                break;
            }
            if block.bytes.len() >= MAX_ROW {
                block.too_long = Some(self.line);
                self.skip_line(&mut block.bytes)?;
                return Ok(true);
            }
            up_to += BLOCK;
        }
        self.line += memchr::memchr_iter(b'\n', &block.bytes).count() as u64;
        match self.failed.take() {
            Some(error) if block.bytes.is_empty() => return Err(error),
            later => self.failed = later,
        }
        Ok(!block.bytes.is_empty())
    }

    /// Passes the rest of a line that is too long.
    fn skip_line(&mut self, buffer: &mut Vec<u8>) -> io::Result<()> {
        loop {
            buffer.clear();
            self.over = fill(&mut self.opened.stream, buffer, BLOCK)?;
            if let Some(end) = memchr::memchr(b'\n', buffer) {
                self.rest
                    .write_all(buffer.get(end + 1..).unwrap_or_default())?;
                self.line += 1;
                buffer.clear();
                // What was read behind the line is still to be given.
                self.over = false;
                return Ok(());
            }
            if self.over {
                buffer.clear();
                return Ok(());
            }
        }
    }
}
