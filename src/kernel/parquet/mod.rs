//! Parquet, as far as rows of texts, numbers and times need it: read column by column, a page at a time.
//!
//! A column gives, for a run of rows, the place of each row's value among the values of a page or of a dictionary: who
//! reads it can judge each value of a dictionary once, however many rows have it. Memory is bounded by the pages at hand,
//! whatever the file claims; whatever is wrong in it is an error. Pages of both versions; dictionaries and all encodings
//! that are not deprecated; Snappy, gzip, zstd and LZ4. Not read: lists and maps, encrypted files, Brotli, LZO.
//!
//! The format: <https://parquet.apache.org/docs/file-format/>.

mod codec;
mod column;
mod delta;
mod footer;
mod hybrid;
mod thrift;
mod values;

use std::fs::File;
use std::io::{self, Read as _, Seek as _};
use std::sync::{Arc, Mutex, PoisonError};

pub use column::{Cursor, NULL};
pub use values::{Value, Values};

use footer::{Footer, Group};

use crate::kernel::crypto::{Digest, DigestAlgorithm, hex};

/// How a Parquet file begins and ends.
pub const MAGIC: [u8; 4] = *b"PAR1";
/// How one ends whose footer is encrypted.
const ENCRYPTED: [u8; 4] = *b"PARE";
/// The longest footer.
const MAX_FOOTER: u64 = 64 << 20;

/// Why a file or a part of it cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Reading failed.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// It is not as the format says.
    #[error("the Parquet file is damaged: {0}")]
    Damaged(String),
    /// It uses what is not read here.
    #[error("{0}")]
    Unsupported(String),
}

/// What is wrong, without where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Defect(&'static str);

impl From<Defect> for Error {
    fn from(defect: Defect) -> Self {
        Self::Damaged(defect.0.to_owned())
    }
}

/// Bytes that can be read at any place.
pub trait ReadAt: Send + Sync {
    /// How many there are.
    fn size(&self) -> u64;

    /// Fills the buffer from an offset.
    ///
    /// # Errors
    /// Where reading fails or the end is met.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()>;
}

impl ReadAt for Vec<u8> {
    fn size(&self) -> u64 {
        self.len() as u64
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        let start = usize::try_from(offset).unwrap_or(usize::MAX);
        let bytes = self.get(start..).unwrap_or_default();
        let bytes = bytes
            .get(..buffer.len())
            .ok_or(io::ErrorKind::UnexpectedEof)?;
        buffer.copy_from_slice(bytes);
        Ok(())
    }
}

impl<T: ReadAt + ?Sized> ReadAt for Arc<T> {
    fn size(&self) -> u64 {
        (**self).size()
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        (**self).read_at(offset, buffer)
    }
}

/// A file that several threads read.
#[derive(Debug)]
pub struct SharedFile {
    file: Mutex<Arc<File>>,
    size: u64,
}

impl SharedFile {
    /// Takes a file in which one can seek.
    ///
    /// # Errors
    /// Where one cannot.
    pub fn new(mut file: Arc<File>) -> io::Result<Self> {
        let size = file.seek(io::SeekFrom::End(0))?;
        Ok(Self {
            file: Mutex::new(file),
            size,
        })
    }
}

impl ReadAt for SharedFile {
    fn size(&self) -> u64 {
        self.size
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(io::SeekFrom::Start(offset))?;
        file.read_exact(buffer)
    }
}

/// What the values of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    /// Bytes, most often UTF-8.
    Text,
    /// A number with a sign.
    Integer,
    /// A number without one.
    Unsigned,
    /// A number with a fraction.
    Float,
    /// True or false.
    Bool,
    /// A point in time, with how many of its units make a second.
    Timestamp(i64),
    /// Days since 1970.
    Date,
    /// Sixteen bytes.
    Uuid,
    /// Something that is not read here, such as a decimal number.
    Other,
}

/// A column.
#[derive(Debug, Clone)]
pub struct Column {
    /// The names on the way to it.
    pub path: Vec<Arc<str>>,
    /// What its values are.
    pub kind: Type,
    physical: i64,
    /// The length of its values, where all have one.
    length: usize,
    /// The level at which a value is there.
    defined: u16,
    /// How many lists it is inside of.
    repeated: u16,
}

impl Column {
    /// Its name, as one text.
    pub fn name(&self) -> String {
        self.path.join(".")
    }

    /// Whether it is in a list or a map, so that a row has any number of values.
    pub fn is_repeated(&self) -> bool {
        self.repeated > 0
    }
}

/// A Parquet file whose footer was read.
pub struct Parquet {
    bytes: Arc<dyn ReadAt>,
    footer: Vec<u8>,
    columns: Vec<Column>,
    rows: u64,
    wanted: Vec<usize>,
    groups: Vec<Group>,
}

impl std::fmt::Debug for Parquet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Parquet({} columns, {} rows)",
            self.columns.len(),
            self.rows
        )
    }
}

impl Parquet {
    /// Reads the footer.
    ///
    /// # Errors
    /// [`Error`] where there is none that can be read.
    pub fn open(bytes: Arc<dyn ReadAt>) -> Result<Self, Error> {
        let cut = Defect("its end is missing");
        let size = bytes.size();
        let tail = size.checked_sub(8).filter(|at| *at >= 4).ok_or(cut)?;
        let mut last = [0; 8];
        bytes.read_at(tail, &mut last)?;
        let [a, b, c, d, magic @ ..] = last;
        if magic == ENCRYPTED {
            return Err(encrypted());
        }
        if magic != MAGIC {
            return Err(cut.into());
        }
        let length = u64::from(u32::from_le_bytes([a, b, c, d]));
        if length > MAX_FOOTER {
            return Err(Defect("its footer is too long").into());
        }
        let start = tail.checked_sub(length).filter(|at| *at >= 4);
        let start = start.ok_or(Defect("its footer is longer than the file"))?;
        let mut footer = vec![0; usize::try_from(length).unwrap_or(0)];
        bytes.read_at(start, &mut footer)?;
        let read = Footer::read(&footer)?;
        if read.encrypted {
            return Err(encrypted());
        }
        Ok(Self {
            bytes,
            footer,
            columns: read.columns,
            rows: read.rows,
            wanted: Vec::new(),
            groups: Vec::new(),
        })
    }

    /// All columns.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// How many rows there are, as the file says.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Says which columns are to be read, by their places among all.
    ///
    /// # Errors
    /// [`Error`] where the file does not say where they are.
    pub fn want(&mut self, wanted: Vec<usize>) -> Result<(), Error> {
        for column in wanted.iter().filter_map(|index| self.columns.get(*index)) {
            let why = match (column.is_repeated(), column.kind) {
                (true, _) => "is a list or in one",
                (false, Type::Other) => "is of a type that is not read here",
                _ => continue,
            };
            let name = column.name();
            return Err(Error::Unsupported(format!("the column `{name}` {why}")));
        }
        self.groups = Footer::groups(&self.footer, self.columns.len(), &wanted)?;
        let rows = self
            .groups
            .iter()
            .try_fold(0_u64, |sum, group| sum.checked_add(group.rows));
        if rows != Some(self.rows) {
            return Err(Defect("its row groups do not add up to its rows").into());
        }
        self.wanted = wanted;
        Ok(())
    }

    /// How many rows each row group has, as the file says.
    pub fn groups(&self) -> impl ExactSizeIterator<Item = u64> {
        self.groups.iter().map(|group| group.rows)
    }

    /// The wanted columns of a row group, in the order in which they were wanted.
    ///
    /// # Errors
    /// [`Error`] where they are not inside of the file or not as long as the row group.
    pub fn group(&self, index: usize) -> Result<Vec<Cursor>, Error> {
        let group = self.groups.get(index).ok_or(Defect("no such row group"))?;
        let chunks = self.wanted.iter().zip(&group.chunks);
        let cursors =
            chunks.filter_map(|(column, chunk)| Some((self.columns.get(*column)?, chunk)));
        cursors
            .map(|(column, chunk)| {
                if chunk.values != group.rows {
                    let name = column.name();
                    return Err(Error::Damaged(format!(
                        "the column `{name}` has {} values for {} rows",
                        chunk.values, group.rows
                    )));
                }
                Cursor::new(self.bytes.clone(), column.clone(), *chunk)
            })
            .collect()
    }

    /// The bytes that it was read from.
    pub fn bytes(&self) -> &dyn ReadAt {
        &*self.bytes
    }
}

/// The size of a file and its SHA-256 in hexadecimal.
///
/// # Errors
/// Where reading fails.
pub fn digest(bytes: &dyn ReadAt) -> io::Result<(u64, String)> {
    const PIECE: u64 = 1 << 20;
    let mut digest = Digest::new(DigestAlgorithm::Sha256);
    let mut buffer = vec![0; 1 << 20];
    let mut at = 0;
    while at < bytes.size() {
        let more = usize::try_from((bytes.size() - at).min(PIECE)).unwrap_or(0);
        let room = buffer.get_mut(..more).unwrap_or_default();
        bytes.read_at(at, room)?;
        digest.update(room);
        at += more as u64;
    }
    Ok((at, hex(&digest.finish())))
}

fn encrypted() -> Error {
    Error::Unsupported("the Parquet file is encrypted".to_owned())
}

#[cfg(test)]
mod tests;
