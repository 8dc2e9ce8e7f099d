//! Logs in Parquet: the columns that a format wants, and what their rows come to.
//!
//! Each value of a page or of a dictionary is judged once, however many rows have it: what is left for a row is to look up
//! what its values were found to be, and to count.

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use super::format::Format;
use super::instant;
use super::json::{self, SLOTS, Shape, Value, Values};
use super::reject::{MAX_NAME, Reject};
use crate::kernel::parquet::{self, Cursor, Error, Parquet, SharedFile, Type};

/// How many rows are looked at together.
pub(super) const ROWS: usize = 8_192;

/// A log of columns, of which several threads read each a row group.
pub(super) struct ColumnLog {
    file: Parquet,
    pub(super) slots: Vec<Slot>,
    /// The rows before each row group, and those in it.
    groups: Vec<(u64, u64)>,
    next: AtomicUsize,
    done: AtomicUsize,
    digest: Mutex<Option<(u64, String)>>,
}

/// What a column is read as.
#[derive(Debug)]
pub(super) enum Slot {
    /// The value of a slot.
    Whole(usize),
    /// JSON, of which members are the values of slots: by their place in the shape.
    Inside(Shape, Vec<usize>),
}

/// A part of the work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Digest,
    Group(usize),
}

impl ColumnLog {
    /// Finds the columns that the format wants.
    pub(super) fn open(
        bytes: Arc<SharedFile>,
        digest: Option<(u64, String)>,
        format: &Format,
    ) -> Result<Self, Error> {
        let mut file = Parquet::open(bytes)?;
        let (columns, slots) = wanted(&file, format)?;
        file.want(columns)?;
        let mut before = 0;
        let groups = file.groups().map(|rows| {
            let start = before;
            before += rows;
            (start, rows)
        });
        let groups = groups.collect();
        Ok(Self {
            groups,
            file,
            slots,
            next: AtomicUsize::new(0),
            done: AtomicUsize::new(0),
            digest: Mutex::new(digest),
        })
    }

    /// The next part of the work; none where all are taken.
    pub(super) fn take(&self) -> Option<Unit> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        match number.checked_sub(1) {
            None => Some(Unit::Digest),
            Some(group) => (group < self.groups.len()).then_some(Unit::Group(group)),
        }
    }

    /// Ends a part; the digest where it was the last.
    pub(super) fn end(&self) -> Option<(u64, String)> {
        let before = self.done.fetch_add(1, Ordering::AcqRel);
        let digest = || super::fold::lock(&self.digest).clone();
        if before == self.groups.len() {
            digest()
        } else {
            None
        }
    }

    /// Digests the file, where that was not done.
    pub(super) fn digest(&self) -> io::Result<()> {
        if super::fold::lock(&self.digest).is_some() {
            return Ok(());
        }
        let digest = parquet::digest(self.file.bytes())?;
        *super::fold::lock(&self.digest) = Some(digest);
        Ok(())
    }

    /// The rows before a row group and those in it, and its columns.
    pub(super) fn group(&self, index: usize) -> Result<((u64, u64), Vec<Cursor>), Error> {
        let rows = self.groups.get(index).copied().unwrap_or_default();
        Ok((rows, self.file.group(index)?))
    }
}

/// The columns that are wanted, and what each is read as.
fn wanted(file: &Parquet, format: &Format) -> Result<(Vec<usize>, Vec<Slot>), Error> {
    let paths = match format {
        Format::CloudTrail | Format::Generic(_) => format.paths(),
        other => {
            return Err(Error::Unsupported(format!(
                "it is Parquet, which is read as `cloudtrail` or `generic`, not as `{}`",
                other.name()
            )));
        }
    };
    let mut columns: Vec<usize> = Vec::new();
    let mut slots: Vec<Slot> = Vec::new();
    let mut inside: Vec<(usize, Vec<Vec<String>>, Vec<usize>)> = Vec::new();
    let mut found = 0;
    for (slot, path) in paths
        .iter()
        .enumerate()
        .filter(|(_, path)| !path.is_empty())
    {
        match (find(file, path)?, format) {
            (Some((column, length)), _) if length == path.len() => {
                columns.push(column);
                slots.push(Slot::Whole(slot));
                found += 1;
            }
            (Some((column, length)), _) => {
                let rest = path.iter().skip(length).cloned().collect();
                match inside.iter_mut().find(|(known, _, _)| *known == column) {
                    Some((_, paths, of)) => {
                        paths.push(rest);
                        of.push(slot);
                    }
                    None => inside.push((column, vec![rest], vec![slot])),
                }
                found += 1;
            }
            (None, Format::Generic(_)) => {
                let name = path.join(".");
                return Err(missing(file, &format!("no column `{name}`")));
            }
            (None, _) => {}
        }
    }
    if found == 0 {
        let wanted = format!("none of the columns of `{}`", format.name());
        return Err(missing(file, &wanted));
    }
    for (column, paths, of) in inside {
        columns.push(column);
        slots.push(Slot::Inside(Shape::new(&paths), of));
    }
    Ok((columns, slots))
}

fn missing(file: &Parquet, what: &str) -> Error {
    let names = file.columns().iter().take(20);
    let names: Vec<String> = names.map(|column| format!("`{}`", column.name())).collect();
    let more = if file.columns().len() > 20 {
        ", …"
    } else {
        ""
    };
    Error::Unsupported(format!("it has {what}; it has {}{more}", names.join(", ")))
}

/// The column at a path, or one of texts on the way to it; with how many names of the path it takes.
fn find(file: &Parquet, path: &[String]) -> Result<Option<(usize, usize)>, Error> {
    let columns = || file.columns().iter().enumerate();
    // Names as they are first: Hive and Athena know no capitals.
    let exactly = |name: &str, wanted: &str| name == wanted;
    let roughly = |name: &str, wanted: &str| name.eq_ignore_ascii_case(wanted);
    for same in [&exactly as &dyn Fn(&str, &str) -> bool, &roughly] {
        let is = |names: &[Arc<str>], path: &[String]| {
            let mut pairs = names.iter().zip(path);
            names.len() <= path.len() && pairs.all(|(name, wanted)| same(name, wanted))
        };
        let fits = |column: &parquet::Column| {
            let whole = column.path.len() == path.len();
            (whole || column.kind == Type::Text) && is(&column.path, path)
        };
        let mut fitting = columns().filter(|(_, column)| fits(column));
        match (fitting.next(), fitting.next()) {
            (Some((index, column)), None) => return Ok(Some((index, column.path.len()))),
            (Some((_, one)), Some((_, other))) => {
                let (one, other) = (one.name(), other.name());
                return Err(Error::Unsupported(format!(
                    "the columns `{one}` and `{other}` are one and the same here"
                )));
            }
            _ => {}
        }
        let above = |column: &parquet::Column| {
            let mut pairs = column.path.iter().zip(path);
            column.path.len() > path.len() && pairs.all(|(name, wanted)| same(name, wanted))
        };
        if let Some((_, column)) = columns().find(|(_, column)| above(column)) {
            let (wanted, name) = (path.join("."), column.name());
            return Err(Error::Unsupported(format!(
                "`{wanted}` is no single column: `{name}` is in it"
            )));
        }
    }
    Ok(None)
}

/// What a value of a column is to the formats.
pub(super) fn value<'v>(
    kind: Type,
    value: parquet::Value<'v>,
    written: &'v mut Vec<u8>,
) -> Result<Value<'v>, Reject> {
    Ok(match (kind, value) {
        (Type::Timestamp(unit), parquet::Value::Integer(count)) => {
            Value::Instant(u32::try_from(count.div_euclid(unit.max(1))).ok())
        }
        (_, parquet::Value::Bool(truth)) => Value::Bool(truth),
        (Type::Integer | Type::Unsigned | Type::Float, number) => {
            written.clear();
            let text = kind.text(number).ok_or(Reject::NotText)?;
            written.extend_from_slice(text.as_bytes());
            Value::Number(written)
        }
        (Type::Text, parquet::Value::Bytes(bytes)) => match std::str::from_utf8(bytes) {
            Ok(_) => Value::plain(bytes),
            Err(_) => return Err(Reject::NotUtf8),
        },
        (_, other) => {
            written.clear();
            let text = kind.text(other).ok_or(Reject::NotText)?;
            written.extend_from_slice(text.as_bytes());
            Value::plain(written)
        }
    })
}

/// The values of one row, for formats that look at many columns.
pub(super) fn row<'v>(
    columns: &'v [(&Cursor, &Slot, u32)],
    written: &'v mut [Vec<u8>],
    values: &mut Values<'v>,
) -> Result<(), Reject> {
    for ((cursor, slot, place), written) in columns.iter().zip(written) {
        let Some(found) = cursor.values().get(*place) else {
            continue;
        };
        let found = value(cursor.column().kind, found, written)?;
        match (slot, found) {
            (Slot::Whole(slot), found) => {
                if let Some(place) = values.get_mut(*slot) {
                    *place = Some(found);
                }
            }
            (Slot::Inside(shape, of), Value::Text(text)) if !text.is_empty() => {
                let mut members = [None; SLOTS];
                json::read(text.raw(), shape, &mut members).map_err(|defect| match defect {
                    json::Defect::Syntax(_) => Reject::NotJson,
                    json::Defect::TooDeep(_) => Reject::TooDeep,
                    json::Defect::Duplicate(_) => Reject::DuplicateMember,
                })?;
                for (member, slot) in members.into_iter().zip(of) {
                    if let Some(place) = values.get_mut(*slot) {
                        *place = member;
                    }
                }
            }
            (Slot::Inside(..), _) => {}
        }
    }
    Ok(())
}

/// What a value was found to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    /// Nobody has looked.
    Unknown,
    /// A number: of a name, of seconds, or a truth.
    Number(u32),
    /// Nothing that can be used.
    Not(Reject),
}

/// What the values of a column were found to be, by place.
#[derive(Debug, Default)]
pub(super) struct Cache {
    generation: Option<u64>,
    known: Vec<Found>,
}

impl Cache {
    /// Forgets what was found of other values than these.
    pub(super) fn fit(&mut self, cursor: &Cursor) {
        if self.generation != Some(cursor.generation()) {
            self.generation = Some(cursor.generation());
            self.known.clear();
            self.known.resize(cursor.values().len(), Found::Unknown);
        }
    }

    /// Forgets everything.
    pub(super) fn forget(&mut self) {
        self.generation = None;
    }

    /// What the value at a place is; `look` finds it out.
    pub(super) fn get(&mut self, place: u32, look: impl FnOnce() -> Found) -> Found {
        match self.known.get_mut(place as usize) {
            Some(Found::Unknown) => {
                let found = look();
                if let Some(known) = self.known.get_mut(place as usize) {
                    *known = found;
                }
                found
            }
            Some(known) => *known,
            None => look(),
        }
    }
}

/// A name that is not empty and not too long, as `number` numbers it.
pub(super) fn name(
    cursor: &Cursor,
    place: u32,
    none: Reject,
    number: impl FnOnce(&[u8]) -> u32,
) -> Found {
    let mut written = Vec::new();
    match scalar(cursor, place, &mut written) {
        Err(reject) => Found::Not(reject),
        Ok(None) => Found::Not(none),
        Ok(Some(name)) if name.len() > MAX_NAME => Found::Not(Reject::LongName),
        Ok(Some(name)) => Found::Number(number(name)),
    }
}

/// The text of a value, or how a number or a truth is written; none where it is null or empty.
pub(super) fn scalar<'v>(
    cursor: &'v Cursor,
    place: u32,
    written: &'v mut Vec<u8>,
) -> Result<Option<&'v [u8]>, Reject> {
    let Some(found) = cursor.values().get(place) else {
        return Ok(None);
    };
    if let (Type::Timestamp(_), parquet::Value::Integer(_)) = (cursor.column().kind, found) {
        // As it would be written in JSON.
        written.clear();
        let text = cursor.column().kind.text(found).ok_or(Reject::NotText)?;
        written.extend_from_slice(text.as_bytes());
        return Ok(Some(written));
    }
    let found = value(cursor.column().kind, found, written)?;
    Ok(found.scalar().map(json::Text::raw))
}

/// The second of a value.
pub(super) fn second(cursor: &Cursor, place: u32, unit: Option<instant::Unit>) -> Found {
    let Some(found) = cursor.values().get(place) else {
        return Found::Not(Reject::NoTime);
    };
    let kind = cursor.column().kind;
    let second = match (kind, found, unit) {
        (Type::Timestamp(per), parquet::Value::Integer(count), _) => {
            u32::try_from(count.div_euclid(per.max(1))).ok()
        }
        (Type::Integer, parquet::Value::Integer(count), Some(unit)) => {
            let count = u64::try_from(count).ok();
            count.and_then(|count| u32::try_from(count / unit.per_second()).ok())
        }
        (Type::Unsigned, parquet::Value::Integer(count), Some(unit)) => {
            u32::try_from(count.cast_unsigned() / unit.per_second()).ok()
        }
        (Type::Float, found, Some(unit)) => {
            let text = kind.text(found);
            text.and_then(|text| instant::count(text.as_bytes(), unit))
        }
        (Type::Text, parquet::Value::Bytes(bytes), _) => match std::str::from_utf8(bytes) {
            Err(_) => return Found::Not(Reject::NotUtf8),
            Ok("") => return Found::Not(Reject::BadTime),
            Ok(_) => instant::rfc3339(bytes),
        },
        _ => None,
    };
    second.map_or(Found::Not(Reject::BadTime), Found::Number)
}
