//! The footer of a Parquet file: its columns, and where the pages of each are.

use std::sync::Arc;

use super::thrift::{Kind, Thrift};
use super::{Column, Defect, Type};

/// The most elements of a schema.
const MAX_ELEMENTS: usize = 20_000;
/// The most names on the way to a column.
const MAX_DEPTH: usize = 32;

/// What the footer says.
#[derive(Debug)]
pub(super) struct Footer {
    pub(super) rows: u64,
    pub(super) columns: Vec<Column>,
    pub(super) encrypted: bool,
}

/// The pages of a column in a row group.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Chunk {
    pub(super) codec: i64,
    pub(super) values: u64,
    pub(super) start: u64,
    pub(super) length: u64,
}

/// Rows that stand together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Group {
    pub(super) rows: u64,
    /// Those of the wanted columns, in their order.
    pub(super) chunks: Vec<Chunk>,
}

/// One element of the schema, which is a tree in depth-first order.
#[derive(Debug, Default)]
struct Element {
    physical: Option<i64>,
    length: u64,
    repetition: i64,
    name: String,
    children: u64,
    converted: Option<i64>,
    logical: Option<Logical>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Logical {
    Text,
    Date,
    /// Units of it that make a second.
    Timestamp(i64),
    Integer {
        signed: bool,
    },
    Uuid,
    Other,
}

impl Footer {
    /// Reads the schema.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, Defect> {
        let mut footer = Self {
            rows: 0,
            columns: Vec::new(),
            encrypted: false,
        };
        let mut elements = Vec::new();
        Thrift::new(bytes).fields(Kind::Struct, |thrift, id, kind| {
            match id {
                2 => {
                    let (of, count) = thrift.list(kind)?;
                    for _element in 0..count {
                        if elements.len() >= MAX_ELEMENTS {
                            return Err(Defect("it has too many columns"));
                        }
                        elements.push(Element::read(thrift, of)?);
                    }
                }
                3 => footer.rows = thrift.size(kind)?,
                8 => {
                    footer.encrypted = true;
                    return Ok(false);
                }
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        footer.columns = columns(elements)?;
        Ok(footer)
    }

    /// Reads the row groups; `wanted` are places among the columns.
    pub(super) fn groups(
        bytes: &[u8],
        columns: usize,
        wanted: &[usize],
    ) -> Result<Vec<Group>, Defect> {
        let mut groups = Vec::new();
        Thrift::new(bytes).fields(Kind::Struct, |thrift, id, kind| {
            if id != 4 {
                return Ok(false);
            }
            let (of, count) = thrift.list(kind)?;
            for _group in 0..count {
                groups.push(Group::read(thrift, of, (columns, wanted))?);
            }
            Ok(true)
        })?;
        Ok(groups)
    }
}

impl Element {
    fn read(thrift: &mut Thrift<'_>, kind: Kind) -> Result<Self, Defect> {
        let mut element = Self::default();
        thrift.fields(kind, |thrift, id, kind| {
            match id {
                1 => element.physical = Some(thrift.integer(kind)?),
                2 => element.length = thrift.size(kind)?,
                3 => element.repetition = thrift.integer(kind)?,
                4 => thrift.text(kind)?.clone_into(&mut element.name),
                5 => element.children = thrift.size(kind)?,
                6 => element.converted = Some(thrift.integer(kind)?),
                10 => element.logical = Some(Logical::read(thrift, kind)?),
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        Ok(element)
    }

    /// What its values are.
    fn value_type(&self) -> Type {
        let logical = self
            .logical
            .or(self.converted.map(|converted| match converted {
                0 | 4 | 19 => Logical::Text,
                6 => Logical::Date,
                9 => Logical::Timestamp(1_000),
                10 => Logical::Timestamp(1_000_000),
                11..=14 => Logical::Integer { signed: false },
                15..=18 => Logical::Integer { signed: true },
                _ => Logical::Other,
            }));
        match (self.physical, logical) {
            (Some(0), None) => Type::Bool,
            (Some(1 | 2), None | Some(Logical::Integer { signed: true })) => Type::Integer,
            (Some(1 | 2), Some(Logical::Integer { signed: false })) => Type::Unsigned,
            (Some(1), Some(Logical::Date)) => Type::Date,
            (Some(2), Some(Logical::Timestamp(unit))) => Type::Timestamp(unit),
            // Impala and older Spark: nanoseconds of a Julian day.
            (Some(3), None) => Type::Timestamp(1_000_000_000),
            (Some(4 | 5), None) => Type::Float,
            (Some(6 | 7), None | Some(Logical::Text)) => Type::Text,
            (Some(7), Some(Logical::Uuid)) if self.length == 16 => Type::Uuid,
            _ => Type::Other,
        }
    }
}

impl Logical {
    fn read(thrift: &mut Thrift<'_>, kind: Kind) -> Result<Self, Defect> {
        let mut logical = Self::Other;
        thrift.fields(kind, |thrift, id, kind| {
            logical = match id {
                1 | 4 | 12 => Self::Text,
                6 => Self::Date,
                8 => {
                    let mut unit = None;
                    thrift.fields(kind, |thrift, id, kind| {
                        if id != 2 {
                            return Ok(false);
                        }
                        thrift.fields(kind, |_, id, _| {
                            unit = [1_000, 1_000_000, 1_000_000_000]
                                .into_iter()
                                .zip(1..)
                                .find_map(|(unit, known)| (known == id).then_some(unit));
                            Ok(false)
                        })?;
                        Ok(true)
                    })?;
                    logical = unit.map_or(Self::Other, Self::Timestamp);
                    return Ok(true);
                }
                10 => {
                    let mut signed = true;
                    thrift.fields(kind, |_, id, kind| {
                        if id == 2 {
                            signed = Thrift::truth(kind)?;
                        }
                        Ok(id == 2)
                    })?;
                    logical = Self::Integer { signed };
                    return Ok(true);
                }
                14 => Self::Uuid,
                _ => Self::Other,
            };
            Ok(false)
        })?;
        Ok(logical)
    }
}

/// The columns that a schema's leaves are.
fn columns(elements: Vec<Element>) -> Result<Vec<Column>, Defect> {
    struct Parent {
        left: u64,
        names: usize,
        defined: u16,
        repeated: u16,
    }
    let mut elements = elements.into_iter();
    let root = elements.next().ok_or(Defect("it has no schema"))?;
    let mut parents = vec![Parent {
        left: root.children,
        names: 0,
        defined: 0,
        repeated: 0,
    }];
    let mut path: Vec<Arc<str>> = Vec::new();
    let mut columns = Vec::new();
    for element in elements {
        while parents.last().is_some_and(|parent| parent.left == 0) {
            parents.pop();
        }
        let Some(parent) = parents.last_mut() else {
            return Err(Defect("its schema is no tree"));
        };
        parent.left -= 1;
        path.truncate(parent.names);
        let defined = parent.defined + u16::from(element.repetition != 0);
        let repeated = parent.repeated + u16::from(element.repetition == 2);
        path.push(Arc::from(element.name.as_str()));
        if path.len() > MAX_DEPTH {
            return Err(Defect("its columns are nested too deeply"));
        }
        match element.physical {
            Some(physical) => columns.push(Column {
                path: path.clone(),
                kind: element.value_type(),
                physical,
                length: usize::try_from(element.length).unwrap_or(usize::MAX),
                defined,
                repeated,
            }),
            None => parents.push(Parent {
                left: element.children,
                names: path.len(),
                defined,
                repeated,
            }),
        }
    }
    match parents.iter().all(|parent| parent.left == 0) {
        true => Ok(columns),
        false => Err(Defect("its schema ends too early")),
    }
}

impl Group {
    fn read(
        thrift: &mut Thrift<'_>,
        kind: Kind,
        (columns, wanted): (usize, &[usize]),
    ) -> Result<Self, Defect> {
        let mut rows = None;
        let mut chunks = vec![None; wanted.len()];
        let mut seen = 0;
        thrift.fields(kind, |thrift, id, kind| {
            match id {
                1 => {
                    let (of, count) = thrift.list(kind)?;
                    for index in 0..count {
                        let chunk = Chunk::read(thrift, of)?;
                        for (place, _) in chunks
                            .iter_mut()
                            .zip(wanted)
                            .filter(|(_, wanted)| **wanted as u64 == index)
                        {
                            *place = Some(chunk.ok_or(Defect("a column has no description"))?);
                        }
                        seen += 1;
                    }
                }
                3 => rows = Some(thrift.size(kind)?),
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        let chunks: Option<Vec<Chunk>> = chunks.into_iter().collect();
        match (rows, chunks, seen == columns) {
            (Some(rows), Some(chunks), true) => Ok(Self { rows, chunks }),
            _ => Err(Defect(
                "a row group does not have the columns of the schema",
            )),
        }
    }
}

impl Chunk {
    /// Reads a column's description; none where it is encrypted.
    fn read(thrift: &mut Thrift<'_>, kind: Kind) -> Result<Option<Self>, Defect> {
        let mut found = None;
        let mut elsewhere = false;
        thrift.fields(kind, |thrift, id, kind| {
            match id {
                1 => elsewhere = !thrift.text(kind)?.is_empty(),
                3 => found = Some(Self::description(thrift, kind)?),
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        match elsewhere {
            true => Err(Defect("its pages are in another file")),
            false => Ok(found),
        }
    }

    fn description(thrift: &mut Thrift<'_>, kind: Kind) -> Result<Self, Defect> {
        let mut chunk = Self::default();
        let mut data = None;
        let mut dictionary = None;
        thrift.fields(kind, |thrift, id, kind| {
            match id {
                4 => chunk.codec = thrift.integer(kind)?,
                5 => chunk.values = thrift.size(kind)?,
                7 => chunk.length = thrift.size(kind)?,
                9 => data = Some(thrift.size(kind)?),
                11 => dictionary = Some(thrift.size(kind)?),
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        let data = data.ok_or(Defect("a column does not say where its pages are"))?;
        // Some writers say 0 where there is no dictionary.
        chunk.start = match dictionary {
            Some(dictionary) if dictionary > 0 => data.min(dictionary),
            _ => data,
        };
        Ok(chunk)
    }
}
