//! The values of a page or of a dictionary, each once.

use std::borrow::Cow;

use super::{Column, Defect, Error, Type, delta};
use crate::kernel::time::Timestamp;

/// The largest page, unpacked.
pub(super) const MAX_PAGE: usize = 128 << 20;
/// The most values of a page that are kept at once.
pub(super) const MAX_VALUES: usize = 1 << 24;

const CUT: Defect = Defect("a page has fewer values than it says");

/// Values of one column.
#[derive(Debug)]
pub enum Values {
    /// Texts, by where each begins and ends.
    Bytes {
        /// The bytes.
        data: Vec<u8>,
        /// Where each text begins and ends.
        spans: Vec<(u32, u32)>,
    },
    /// Numbers, days and times.
    Integers(Vec<i64>),
    /// Numbers with fractions.
    Floats(Vec<f64>),
    /// False and true.
    Bools,
}

/// One value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value<'v> {
    /// A text, or sixteen bytes.
    Bytes(&'v [u8]),
    /// A number, or a time in the units of its column.
    Integer(i64),
    /// A number with a fraction.
    Float(f64),
    /// True or false.
    Bool(bool),
}

impl Values {
    /// How many there are.
    pub fn len(&self) -> usize {
        match self {
            Self::Bytes { spans, .. } => spans.len(),
            Self::Integers(numbers) => numbers.len(),
            Self::Floats(numbers) => numbers.len(),
            Self::Bools => 2,
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The value at a place.
    pub fn get(&self, place: u32) -> Option<Value<'_>> {
        let place = place as usize;
        match self {
            Self::Bytes { data, spans } => {
                let (start, end) = *spans.get(place)?;
                data.get(start as usize..end as usize).map(Value::Bytes)
            }
            Self::Integers(numbers) => numbers.get(place).copied().map(Value::Integer),
            Self::Floats(numbers) => numbers.get(place).copied().map(Value::Float),
            Self::Bools => (place < 2).then_some(Value::Bool(place == 1)),
        }
    }

    /// A place in a page's bytes, which are fewer than `u32` counts.
    pub(super) fn span(start: usize, end: usize) -> (u32, u32) {
        let place = |at| u32::try_from(at).unwrap_or(u32::MAX);
        (place(start), place(end))
    }

    /// Reads the values that begin at a byte, at most `count`.
    pub(super) fn read(
        bytes: Vec<u8>,
        at: usize,
        (column, encoding): (&Column, i64),
        count: usize,
    ) -> Result<Self, Error> {
        let count = count.min(MAX_VALUES);
        // Data pages say PLAIN_DICTIONARY only where places follow: the dictionary page that says so is plain.
        let values = match (encoding, column.physical) {
            (0 | 2, 6) => plain_texts(bytes, at, count)?,
            (0 | 2, 7) => fixed(bytes, at, column.length)?,
            (0 | 2, _) => plain(&bytes, at, column)?,
            (5, 1 | 2) => {
                let (mut numbers, _) = delta::integers(&bytes, at)?;
                if column.physical == 1 {
                    for number in &mut numbers {
                        // Differences of 32 bits wrap at 32 bits.
                        *number = i64::from(*number as i32);
                    }
                }
                Self::Integers(unsigned(numbers, column))
            }
            (6, 6) => delta::texts(bytes, at)?,
            (7, 6 | 7) => delta::prefixed(&bytes, at)?,
            (9, physical) => {
                let width = width(physical, column.length);
                let joined = joined(bytes.get(at..).unwrap_or_default(), width)?;
                match physical {
                    7 => fixed(joined, 0, column.length)?,
                    _ => plain(&joined, 0, column)?,
                }
            }
            _ => {
                let name = column.name();
                return Err(Error::Unsupported(format!(
                    "the column `{name}` is in an encoding that is not read here ({encoding})"
                )));
            }
        };
        match values.len() <= MAX_VALUES {
            true => Ok(values),
            false => Err(Defect("a page has too many values").into()),
        }
    }
}

fn width(physical: i64, length: usize) -> usize {
    match physical {
        1 | 4 => 4,
        2 | 5 => 8,
        3 => 12,
        _ => length,
    }
}

fn plain_texts(bytes: Vec<u8>, mut at: usize, count: usize) -> Result<Values, Defect> {
    let mut spans = Vec::new();
    while spans.len() < count && at < bytes.len() {
        let length = bytes
            .get(at..)
            .and_then(<[u8]>::first_chunk::<4>)
            .ok_or(CUT)?;
        let start = at + 4;
        let end = start.checked_add(u32::from_le_bytes(*length) as usize);
        let end = end.filter(|end| *end <= bytes.len()).ok_or(CUT)?;
        spans.push(Values::span(start, end));
        at = end;
    }
    Ok(Values::Bytes { data: bytes, spans })
}

fn fixed(bytes: Vec<u8>, at: usize, length: usize) -> Result<Values, Defect> {
    if length == 0 {
        return Err(Defect("a column of texts without length"));
    }
    let count = bytes.len().saturating_sub(at) / length;
    let starts = (0..count).map(|index| at + index * length);
    let spans = starts
        .map(|start| Values::span(start, start + length))
        .collect();
    Ok(Values::Bytes { data: bytes, spans })
}

fn plain(bytes: &[u8], at: usize, column: &Column) -> Result<Values, Defect> {
    let bytes = bytes.get(at..).unwrap_or_default();
    let four = || bytes.as_chunks::<4>().0.iter().copied();
    let eight = || bytes.as_chunks::<8>().0.iter().copied();
    Ok(match column.physical {
        1 => {
            let numbers = four().map(|four| i64::from(i32::from_le_bytes(four)));
            Values::Integers(unsigned(numbers.collect(), column))
        }
        2 => Values::Integers(eight().map(i64::from_le_bytes).collect()),
        3 => Values::Integers(
            bytes
                .as_chunks::<12>()
                .0
                .iter()
                .map(|all| moment(*all))
                .collect(),
        ),
        4 => Values::Floats(
            four()
                .map(|four| f64::from(f32::from_le_bytes(four)))
                .collect(),
        ),
        5 => Values::Floats(eight().map(f64::from_le_bytes).collect()),
        _ => return Err(Defect("a page does not fit the type of its column")),
    })
}

/// Numbers of 32 bits without sign stand as if they had one.
fn unsigned(mut numbers: Vec<i64>, column: &Column) -> Vec<i64> {
    if column.kind == Type::Unsigned && column.physical == 1 {
        for number in &mut numbers {
            *number &= i64::from(u32::MAX);
        }
    }
    numbers
}

/// Nanoseconds since 1970 of twelve bytes: nanoseconds of a day, and its Julian number. What is out of reach is as far as
/// can be reached.
fn moment([a, b, c, d, e, f, g, h, day @ ..]: [u8; 12]) -> i64 {
    const DAY: i64 = 86_400_000_000_000;
    const EPOCH: i64 = 2_440_588;
    let day = i64::from(u32::from_le_bytes(day)) - EPOCH;
    let of_day = i64::from_le_bytes([a, b, c, d, e, f, g, h]);
    day.saturating_mul(DAY).saturating_add(of_day)
}

/// Undoes BYTE_STREAM_SPLIT: all first bytes, then all second ones, and so on.
fn joined(bytes: &[u8], width: usize) -> Result<Vec<u8>, Defect> {
    if width == 0 || !bytes.len().is_multiple_of(width) {
        return Err(Defect("a page of split values has a wrong size"));
    }
    let count = bytes.len() / width;
    let mut joined = vec![0; bytes.len()];
    for (index, byte) in bytes.iter().enumerate() {
        if let Some(place) = joined.get_mut(index % count * width + index / count) {
            *place = *byte;
        }
    }
    Ok(joined)
}

impl Type {
    /// A value as a text, as people write it; none where there is no such text.
    pub fn text(self, value: Value<'_>) -> Option<Cow<'_, str>> {
        let text = match (self, value) {
            (Self::Uuid, Value::Bytes(bytes)) => {
                let hex = crate::kernel::crypto::hex(bytes);
                let part = |range| hex.get(range).unwrap_or_default();
                let parts = [
                    part(0..8),
                    part(8..12),
                    part(12..16),
                    part(16..20),
                    part(20..32),
                ];
                parts.join("-")
            }
            (_, Value::Bytes(bytes)) => return std::str::from_utf8(bytes).ok().map(Cow::Borrowed),
            (Self::Timestamp(unit), Value::Integer(count)) => {
                Timestamp::from_unix(count.div_euclid(unit.max(1)))?.to_string()
            }
            (Self::Date, Value::Integer(days)) => {
                let day = Timestamp::from_unix(days.checked_mul(86_400)?)?.to_string();
                day.get(..10)?.to_owned()
            }
            (Self::Unsigned, Value::Integer(number)) => number.cast_unsigned().to_string(),
            (_, Value::Integer(number)) => number.to_string(),
            (_, Value::Float(number)) => number.to_string(),
            (_, Value::Bool(truth)) => truth.to_string(),
        };
        Some(Cow::Owned(text))
    }
}
