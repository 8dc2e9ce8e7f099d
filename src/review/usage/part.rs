//! The file in which usage is kept: groups in order, then the ledger, then a SHA-256 over both.
//!
//! The digest finds damage, not forgery: whoever edits the file can compute it anew. What signs it is the evidence bundle.
//!
//! ```text
//! "countersign-usage 1\n"  groups  ledger (JSON)  its length (8 bytes, the low ones first)  SHA-256 (32 bytes)
//! ```

use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};

use super::coding::{Decoder, Encoder};
use super::ledger::Ledger;
use super::merge::{Row, Run};
use crate::kernel::crypto::{Digest, DigestAlgorithm, hex};

/// How a part begins: its name and its version.
pub const MAGIC: &[u8] = b"countersign-usage 1\n";
const NAME: &[u8] = b"countersign-usage ";
const TAIL: u64 = 8 + 32;
const MAX_LEDGER: u64 = 1 << 30;

/// Why a part cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum PartError {
    /// Reading failed.
    #[error("cannot read the part: {0}")]
    Io(#[from] io::Error),
    /// Not a part.
    #[error("it is no usage part of countersign")]
    Foreign,
    /// A part of another version.
    #[error("it is a usage part of a version that this countersign does not know")]
    Version,
    /// Cut, or changed after it was written.
    #[error("it is damaged: {0}")]
    Damaged(String),
}

/// A part whose digest is right.
#[derive(Debug)]
pub struct Part<S> {
    /// Its account.
    pub ledger: Ledger,
    /// Its SHA-256 in hexadecimal, as its end tells it.
    pub sha256: String,
    stream: S,
}

impl<S: Read + Seek> Part<S> {
    /// Reads the ledger and checks the digest of the whole.
    ///
    /// # Errors
    /// [`PartError`].
    pub fn open(mut stream: S) -> Result<Self, PartError> {
        let size = stream.seek(SeekFrom::End(0))?;
        stream.rewind()?;
        let mut magic = Vec::new();
        (&mut stream)
            .take(MAGIC.len() as u64)
            .read_to_end(&mut magic)?;
        if magic != MAGIC {
            return Err(match magic.starts_with(NAME) {
                true => PartError::Version,
                false => PartError::Foreign,
            });
        }
        let cut = || PartError::Damaged("it ends too early".to_owned());
        let signed = size.checked_sub(32).ok_or_else(cut)?;
        stream.rewind()?;
        let mut digest = Digest::new(DigestAlgorithm::Sha256);
        let mut left = signed;
        let mut buffer = vec![0; 64 << 10];
        while left > 0 {
            let room = usize::try_from(left).map_or(buffer.len(), |left| left.min(buffer.len()));
            let piece = buffer.get_mut(..room).ok_or_else(cut)?;
            stream.read_exact(piece)?;
            digest.update(piece);
            left -= room as u64;
        }
        let mut told = [0; 32];
        stream.read_exact(&mut told)?;
        if digest.finish() != told {
            let why = "its digest does not match; it was cut or changed after it was written";
            return Err(PartError::Damaged(why.to_owned()));
        }
        let at = size.checked_sub(TAIL).ok_or_else(cut)?;
        stream.seek(SeekFrom::Start(at))?;
        let mut length = [0; 8];
        stream.read_exact(&mut length)?;
        let length = u64::from_le_bytes(length);
        let start = at
            .checked_sub(length)
            .filter(|start| *start >= MAGIC.len() as u64 && length <= MAX_LEDGER)
            .ok_or_else(cut)?;
        stream.seek(SeekFrom::Start(start))?;
        let mut text = Vec::new();
        (&mut stream).take(length).read_to_end(&mut text)?;
        let ledger = serde_json::from_slice(&text)
            .map_err(|error| PartError::Damaged(format!("its ledger cannot be read: {error}")))?;
        Ok(Self {
            ledger,
            sha256: hex(&told),
            stream,
        })
    }

    /// The groups.
    ///
    /// # Errors
    /// What seeking yields.
    pub fn rows(mut self) -> io::Result<impl Run + use<S>>
    where
        S: Send,
    {
        self.stream.seek(SeekFrom::Start(MAGIC.len() as u64))?;
        Ok(Decoder::new(BufReader::with_capacity(1 << 20, self.stream)))
    }
}

/// Writes a part from merged groups, and counts them; `ledger` gets its totals on the way.
///
/// # Errors
/// What reading the groups and writing yields.
pub fn write(out: &mut dyn Write, groups: &mut dyn Run, ledger: &mut Ledger) -> io::Result<()> {
    let mut out = Hashed {
        out: io::BufWriter::with_capacity(1 << 20, out),
        digest: Digest::new(DigestAlgorithm::Sha256),
    };
    out.write_all(MAGIC)?;
    let mut encoder = Encoder::new(out);
    let mut row = Row::default();
    (ledger.groups, ledger.uses) = (0, 0);
    while groups.next(&mut row)? {
        ledger.groups += 1;
        ledger.uses = ledger.uses.saturating_add(row.count());
        if !ledger.events_kept {
            row.plain = row.count();
            row.events.clear();
        }
        encoder.row(&row)?;
    }
    let mut out = encoder.finish()?;
    let text = serde_json::to_vec(ledger).map_err(io::Error::other)?;
    out.write_all(&text)?;
    out.write_all(&(text.len() as u64).to_le_bytes())?;
    let Hashed { mut out, digest } = out;
    out.write_all(&digest.finish())?;
    out.flush()
}

/// Writes the groups of a table to a run, for which memory had no room.
pub(super) fn spill<W: Write>(out: W, groups: &mut dyn Run) -> io::Result<W> {
    let mut encoder = Encoder::new(out);
    let mut row = Row::default();
    while groups.next(&mut row)? {
        encoder.row(&row)?;
    }
    encoder.finish()
}

/// Reads such a run.
pub(super) fn spilled(input: impl BufRead + Send + 'static) -> Box<dyn Run> {
    Box::new(Decoder::new(input))
}

struct Hashed<W> {
    out: W,
    digest: Digest,
}

impl<W: Write> Write for Hashed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.digest.update(bytes.get(..written).unwrap_or_default());
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
