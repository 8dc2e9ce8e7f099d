//! One column of a row group, page by page.

use std::sync::Arc;

use super::codec::unpack;
use super::footer::Chunk;
use super::hybrid::Hybrid;
use super::thrift::{Kind, Thrift};
use super::values::{MAX_PAGE, Values};
use super::{Column, Defect, Error, ReadAt};
use crate::kernel::crc32::Crc32;

/// The place of a value that is not there.
pub const NULL: u32 = u32::MAX;

/// How much of a file is read at a time.
const PIECE: usize = 256 << 10;
/// The longest header of a page; it may hold the least and the greatest value.
const MAX_HEADER: usize = 16 << 20;

/// Reads a column of a row group.
pub struct Cursor {
    bytes: Arc<dyn ReadAt>,
    column: Column,
    codec: i64,
    /// What of the file is at hand, and from where it is used.
    window: Vec<u8>,
    used: usize,
    /// The part of the file behind the window that is the column's.
    next: u64,
    end: u64,
    /// The values of the pages that were not begun.
    left: u64,
    dictionary: Option<(u64, Arc<Values>)>,
    page: Page,
    levels: Vec<u32>,
    /// How many sets of values there were.
    generations: u64,
}

impl std::fmt::Debug for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Cursor({}, {} left)", self.column.name(), self.left)
    }
}

/// A page that is being read.
#[derive(Debug)]
struct Page {
    bytes: Vec<u8>,
    /// Which rows have a value; none where all have.
    defined: Option<Hybrid>,
    places: Places,
    values: Arc<Values>,
    generation: u64,
    left: usize,
}

#[derive(Debug)]
enum Places {
    /// Told one by one.
    Told(Hybrid),
    /// One after another.
    Next(u32),
}

/// The head of a page.
#[derive(Debug, Default)]
struct Header {
    kind: i64,
    size: u64,
    packed: u64,
    checksum: Option<u32>,
    values: u64,
    encoding: i64,
    level_encoding: i64,
    /// The bytes of the levels of repetition and of definition, in version 2.
    levels: [u64; 2],
    is_packed: bool,
}

impl Cursor {
    pub(super) fn new(bytes: Arc<dyn ReadAt>, column: Column, chunk: Chunk) -> Result<Self, Error> {
        let end = chunk.start.checked_add(chunk.length);
        let end = end.filter(|end| *end <= bytes.size() && chunk.start >= 4);
        let end = end.ok_or(Defect("the pages of a column are outside of the file"))?;
        Ok(Self {
            bytes,
            column,
            codec: chunk.codec,
            window: Vec::new(),
            used: 0,
            next: chunk.start,
            end,
            left: chunk.values,
            dictionary: None,
            page: Page {
                bytes: Vec::new(),
                defined: None,
                places: Places::Next(0),
                values: Arc::new(Values::Bools),
                generation: 0,
                left: 0,
            },
            levels: Vec::new(),
            generations: 0,
        })
    }

    /// The column.
    pub fn column(&self) -> &Column {
        &self.column
    }

    /// How many rows of the current page are left, after the next page was begun where the last one is over; 0 at the end.
    ///
    /// # Errors
    /// [`Error`] where there is no next page as it must be.
    pub fn ready(&mut self) -> Result<usize, Error> {
        while self.page.left == 0 && self.left > 0 {
            self.turn().map_err(|error| self.located(error))?;
        }
        Ok(self.page.left)
    }

    /// The values that places are among.
    pub fn values(&self) -> &Values {
        &self.page.values
    }

    /// A number that changes whenever the values do.
    pub fn generation(&self) -> u64 {
        self.page.generation
    }

    /// Puts the places of the values of the next rows into `places`; [`NULL`] where there is none. No more rows than are left
    /// of the page.
    ///
    /// # Errors
    /// [`Error`] where the page has fewer.
    pub fn read(&mut self, rows: usize, places: &mut Vec<u32>) -> Result<(), Error> {
        places.clear();
        self.places(rows, places)
            .map_err(|error| self.located(error.into()))
    }

    fn places(&mut self, rows: usize, places: &mut Vec<u32>) -> Result<(), Defect> {
        let page = &mut self.page;
        let rows = rows.min(page.left);
        page.left -= rows;
        let mut present = rows;
        if let Some(defined) = &mut page.defined {
            self.levels.clear();
            defined.read(&page.bytes, rows, &mut self.levels)?;
            let whole = u32::from(self.column.defined);
            present = self.levels.iter().filter(|level| **level == whole).count();
        }
        let known = page.values.len();
        match &mut page.places {
            Places::Told(told) => {
                told.read(&page.bytes, present, places)?;
                if places.iter().any(|place| *place as usize >= known) {
                    return Err(Defect("a value is outside of its dictionary"));
                }
            }
            Places::Next(next) => {
                if *next as usize + present > known {
                    return Err(Defect("a page has fewer values than it says"));
                }
                let first = *next;
                *next += u32::try_from(present).unwrap_or(0);
                places.extend(first..*next);
            }
        }
        if present < rows {
            self.spread(rows, places);
        }
        Ok(())
    }

    /// Puts the gaps between the places, from behind.
    fn spread(&self, rows: usize, places: &mut Vec<u32>) {
        let whole = u32::from(self.column.defined);
        let mut from = places.len();
        places.resize(rows, NULL);
        for (to, level) in self.levels.iter().enumerate().rev() {
            let mut place = NULL;
            if *level == whole {
                from = from.saturating_sub(1);
                place = places.get(from).copied().unwrap_or(NULL);
            }
            if let Some(slot) = places.get_mut(to) {
                *slot = place;
            }
        }
    }

    fn located(&self, error: Error) -> Error {
        let name = self.column.name();
        match error {
            Error::Damaged(why) => Error::Damaged(format!("column `{name}`: {why}")),
            other => other,
        }
    }

    /// Begins the next page, or takes in the dictionary.
    fn turn(&mut self) -> Result<(), Error> {
        let header = self.header()?;
        let size = usize::try_from(header.size)
            .ok()
            .filter(|size| *size <= MAX_PAGE);
        let size = size.ok_or(Defect("a page is too large"))?;
        let packed = usize::try_from(header.packed)
            .ok()
            .filter(|size| *size <= MAX_PAGE);
        let packed = packed.ok_or(Defect("a page is too large"))?;
        self.have(packed)?;
        let stored = self.window.get(self.used..self.used + packed);
        let stored = stored.ok_or(Defect("a page reaches over the end of its column"))?;
        if let Some(told) = header.checksum {
            let mut crc = Crc32::default();
            crc.update(stored);
            if crc.finish() != told {
                return Err(Defect("a page does not match its checksum").into());
            }
        }
        let mut bytes = std::mem::take(&mut self.page.bytes);
        bytes.clear();
        match header.kind {
            0 => {
                unpack(self.codec, stored, size, &mut bytes)?;
                self.used += packed;
                self.first_version(&header, bytes)
            }
            2 => {
                unpack(self.codec, stored, size, &mut bytes)?;
                self.used += packed;
                self.take_dictionary(&header, bytes)
            }
            3 => {
                let [repetition, definition] = header.levels;
                let levels = repetition.checked_add(definition);
                let levels = levels.and_then(|levels| usize::try_from(levels).ok());
                let levels = levels.filter(|levels| *levels <= stored.len() && *levels <= size);
                let levels = levels.ok_or(Defect("the levels of a page are too long"))?;
                let (levels, data) = stored.split_at(levels);
                bytes.extend_from_slice(levels);
                let codec = if header.is_packed { self.codec } else { 0 };
                // An empty page may be packed to nothing.
                if !(data.is_empty() && size == levels.len()) {
                    unpack(codec, data, size - levels.len(), &mut bytes)?;
                }
                self.used += packed;
                self.second_version(&header, bytes)
            }
            _ => {
                self.used += packed;
                Ok(())
            }
        }
    }

    fn first_version(&mut self, header: &Header, bytes: Vec<u8>) -> Result<(), Error> {
        let mut at = 0;
        let mut defined = None;
        if self.column.defined > 0 {
            if header.level_encoding != 3 {
                return Err(Error::Unsupported(
                    "its levels are in the old packed encoding".to_owned(),
                ));
            }
            let length = bytes.first_chunk::<4>().copied().ok_or(CUT)?;
            let end = (u32::from_le_bytes(length) as usize).checked_add(4);
            let end = end.filter(|end| *end <= bytes.len()).ok_or(CUT)?;
            defined = Some(Hybrid::new(self.level_width(), 4, end)?);
            at = end;
        }
        self.data(header, bytes, at, defined)
    }

    fn second_version(&mut self, header: &Header, bytes: Vec<u8>) -> Result<(), Error> {
        let [repetition, definition] = header.levels.map(|l| usize::try_from(l).unwrap_or(0));
        let at = repetition + definition;
        let defined = match self.column.defined {
            0 => None,
            _ => Some(Hybrid::new(self.level_width(), repetition, at)?),
        };
        self.data(header, bytes, at, defined)
    }

    fn level_width(&self) -> u32 {
        u16::BITS - self.column.defined.leading_zeros()
    }

    /// Begins a page whose levels are known.
    fn data(
        &mut self,
        header: &Header,
        bytes: Vec<u8>,
        at: usize,
        defined: Option<Hybrid>,
    ) -> Result<(), Error> {
        let left = header.values.min(self.left);
        if left < header.values {
            return Err(Defect("its pages have more values than the column").into());
        }
        self.left -= left;
        let left = usize::try_from(left).map_err(|_| Defect("a page has too many values"))?;
        self.page.left = left;
        self.page.defined = defined;
        let end = bytes.len();
        let is_bool = self.column.physical == 0;
        let page = &mut self.page;
        match header.encoding {
            2 | 8 => {
                let known = self.dictionary.clone();
                (page.generation, page.values) =
                    known.ok_or(Defect("a page lacks its dictionary"))?;
                // Where all rows are null there may be nothing.
                let width = bytes.get(at).copied().unwrap_or(0);
                let at = (at + 1).min(end);
                page.places = Places::Told(Hybrid::new(u32::from(width), at, end)?);
                page.bytes = bytes;
            }
            0 | 3 if is_bool => {
                self.generations += 1;
                (page.generation, page.values) = (self.generations, Arc::new(Values::Bools));
                page.places = Places::Told(match header.encoding {
                    0 => Hybrid::packed(1, at, end),
                    // Behind their length.
                    _ => Hybrid::new(1, (at + 4).min(end), end)?,
                });
                page.bytes = bytes;
            }
            encoding => {
                // The levels are needed beside the values.
                page.bytes = bytes.get(..at).unwrap_or_default().to_vec();
                let values = Values::read(bytes, at, (&self.column, encoding), left)?;
                self.generations += 1;
                (page.generation, page.values) = (self.generations, Arc::new(values));
                page.places = Places::Next(0);
            }
        }
        Ok(())
    }

    fn take_dictionary(&mut self, header: &Header, bytes: Vec<u8>) -> Result<(), Error> {
        let count = usize::try_from(header.values).unwrap_or(usize::MAX);
        let values = Values::read(bytes, 0, (&self.column, header.encoding), count)?;
        if self.dictionary.is_some() {
            return Err(Defect("it has two dictionaries").into());
        }
        if values.len() < count {
            return Err(Defect("its dictionary has fewer values than it says").into());
        }
        self.generations += 1;
        self.dictionary = Some((self.generations, Arc::new(values)));
        Ok(())
    }

    fn header(&mut self) -> Result<Header, Error> {
        let mut length = 512;
        loop {
            self.have(length)?;
            let at_hand = self.window.get(self.used..).unwrap_or_default();
            let mut thrift = Thrift::new(at_hand);
            match Header::read(&mut thrift) {
                Ok(header) => {
                    self.used += thrift.at();
                    return Ok(header);
                }
                // It may go on behind what is at hand.
                Err(_) if at_hand.len() >= length && length < MAX_HEADER => length *= 2,
                Err(defect) => return Err(defect.into()),
            }
        }
    }

    /// Sees to it that so many bytes are at hand, or all that there are.
    fn have(&mut self, length: usize) -> Result<(), Error> {
        let at_hand = self.window.len() - self.used;
        if at_hand >= length || self.next >= self.end {
            return Ok(());
        }
        self.window.drain(..self.used);
        self.used = 0;
        let more = (length - at_hand).max(PIECE) as u64;
        let more = usize::try_from(more.min(self.end - self.next)).unwrap_or(usize::MAX);
        self.window.resize(at_hand + more, 0);
        let room = self.window.get_mut(at_hand..).unwrap_or_default();
        self.bytes.read_at(self.next, room)?;
        self.next += more as u64;
        Ok(())
    }
}

const CUT: Defect = Defect("a page ends too early");

impl Header {
    fn read(thrift: &mut Thrift<'_>) -> Result<Self, Defect> {
        let mut header = Self {
            is_packed: true,
            level_encoding: 3,
            ..Self::default()
        };
        let mut told = false;
        thrift.fields(Kind::Struct, |thrift, id, kind| {
            match id {
                1 => header.kind = thrift.integer(kind)?,
                2 => header.size = thrift.size(kind)?,
                3 => header.packed = thrift.size(kind)?,
                4 => {
                    // Thirty-two bits that stand as if they had a sign.
                    let checksum = i32::try_from(thrift.integer(kind)?);
                    let checksum = checksum.map_err(|_| Defect("a checksum is too long"))?;
                    header.checksum = Some(checksum.cast_unsigned());
                }
                5 | 7 | 8 => {
                    told = true;
                    thrift.fields(kind, |thrift, field, kind| {
                        match (id, field) {
                            (_, 1) => header.values = thrift.size(kind)?,
                            (5 | 7, 2) | (8, 4) => header.encoding = thrift.integer(kind)?,
                            (5, 3) => header.level_encoding = thrift.integer(kind)?,
                            (8, 5) => header.levels[1] = thrift.size(kind)?,
                            (8, 6) => header.levels[0] = thrift.size(kind)?,
                            (8, 7) => header.is_packed = Thrift::truth(kind)?,
                            _ => return Ok(false),
                        }
                        Ok(true)
                    })?;
                }
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        match told || !matches!(header.kind, 0 | 2 | 3) {
            true => Ok(header),
            false => Err(Defect("a page does not say what it holds")),
        }
    }
}
