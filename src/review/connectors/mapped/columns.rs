//! A mapped export in Parquet: a column for each field, and a row for each grant.

use std::borrow::Cow;

use super::{FIELDS, Fields, Mapping, Origin, Plan, take};
use crate::kernel::parquet::{self, Cursor, Error, NULL, Parquet};
use crate::review::connectors::table::sheet_named;
use crate::review::connectors::{Export, Rows};
use crate::review::error::ReviewError;
use crate::review::model::facts::{Facts, count};
use crate::review::sheet::SourceSheet;
use crate::review::usage::Input;

/// How many rows are taken in at a time.
const ROWS: usize = 4_096;

#[derive(Debug)]
struct Columns {
    file: Parquet,
    /// The field of each column that is read, by its place in [`FIELDS`].
    fields: Vec<usize>,
    groups: std::ops::Range<usize>,
    cursors: Vec<Cursor>,
    places: Vec<Vec<u32>>,
    row: u64,
    sheet: SourceSheet,
    plan: Plan,
}

/// Opens an export: it must be a file, since it is read from its end.
pub(super) fn open(input: Input, mapping: &Mapping, plan: Plan) -> Result<Export, ReviewError> {
    let mut sheet = sheet_named(&input.name, "mapped Parquet", "Parquet");
    let unreadable = |reason: String| ReviewError::Unreadable {
        source_name: input.name.clone(),
        reason,
    };
    let Some(bytes) = input.seekable() else {
        let why = "Parquet is read from its end: give a file, not a stream";
        return Err(unreadable(why.to_owned()));
    };
    let mut file = Parquet::open(std::sync::Arc::new(bytes)).map_err(|e| told(&input.name, e))?;
    let (size, sha256) =
        parquet::digest(file.bytes()).map_err(|error| told(&input.name, Error::Io(error)))?;
    sheet.bytes = usize::try_from(size).unwrap_or(usize::MAX);
    sheet.sha256 = sha256;
    let mut wanted = Vec::new();
    let mut fields = Vec::new();
    for (index, field) in FIELDS.iter().enumerate() {
        let Some(name) = mapping.columns.get(*field) else {
            continue;
        };
        let mut named = file.columns().iter().enumerate();
        let column = named.find(|(_, column)| column.name() == *name);
        let Some((column, _)) = column else {
            let names = file.columns().iter().take(20).map(parquet::Column::name);
            return Err(ReviewError::MissingColumn {
                source_name: input.name.clone(),
                field: "mapping",
                expected: format!("`{name}`"),
                delimiter: "its schema",
                header: names.collect::<Vec<_>>().join(" | "),
            });
        };
        wanted.push(column);
        fields.push(index);
    }
    file.want(wanted)
        .map_err(|error| told(&input.name, error))?;
    if file.rows() == 0 {
        return Err(ReviewError::Empty(input.name.clone()));
    }
    let facts = Facts::new(sheet.clone(), mapping.knows());
    let groups = file.groups().len();
    let columns = Columns {
        groups: 0..groups,
        places: vec![Vec::new(); fields.len()],
        file,
        fields,
        cursors: Vec::new(),
        row: 0,
        sheet,
        plan,
    };
    Ok(Export::in_pieces(facts, Box::new(columns)))
}

fn told(name: &str, error: Error) -> ReviewError {
    ReviewError::Unreadable {
        source_name: name.to_owned(),
        reason: match error {
            Error::Io(error) => crate::kernel::fs::describe(&error),
            other => other.to_string(),
        },
    }
}

impl Columns {
    /// The next rows of all columns; 0 after the last.
    fn next(&mut self) -> Result<usize, Error> {
        loop {
            let mut rows = ROWS;
            for cursor in &mut self.cursors {
                rows = rows.min(cursor.ready()?);
            }
            if rows > 0 && !self.cursors.is_empty() {
                for (cursor, places) in self.cursors.iter_mut().zip(&mut self.places) {
                    cursor.read(rows, places)?;
                }
                return Ok(rows);
            }
            match self.groups.next() {
                Some(group) => self.cursors = self.file.group(group)?,
                None if self.row == self.file.rows() => return Ok(0),
                None => {
                    return Err(Error::Damaged(format!("it ends after row {}", self.row)));
                }
            }
        }
    }
}

impl Rows for Columns {
    fn read(&mut self, facts: &mut Facts) -> Result<bool, ReviewError> {
        let rows = self.next();
        let rows = rows.map_err(|error| told(&self.sheet.name, error))?;
        if rows == 0 {
            facts.sheet = self.sheet.clone();
            return Ok(false);
        }
        for row in 0..rows {
            self.row += 1;
            self.sheet.read += 1;
            let number = count(usize::try_from(self.row).unwrap_or(usize::MAX));
            match texts(&self.cursors, &self.places, row) {
                Ok(texts) => {
                    let fields = self.plan.fields(|field, _: &Origin| {
                        let mut of = self.fields.iter().zip(&texts);
                        of.find(|(index, _)| FIELDS.get(**index) == Some(&field))
                            .and_then(|(_, text)| text.clone())
                    });
                    let fields: Fields<'_> = fields;
                    take(&self.plan, &fields, number, (facts, &mut self.sheet));
                }
                Err(column) => self
                    .sheet
                    .reject(number as usize, format!("`{column}` is no text")),
            }
        }
        Ok(true)
    }
}

/// The values of a row as texts; or the name of the column that has none.
fn texts<'c>(
    cursors: &'c [Cursor],
    places: &[Vec<u32>],
    row: usize,
) -> Result<Vec<Option<Cow<'c, str>>>, String> {
    let mut texts = Vec::with_capacity(cursors.len());
    for (cursor, places) in cursors.iter().zip(places) {
        let place = places.get(row).copied().unwrap_or(NULL);
        texts.push(match cursor.values().get(place) {
            None => None,
            Some(value) => match cursor.column().kind.text(value) {
                Some(text) => Some(text),
                None => return Err(cursor.column().name()),
            },
        });
    }
    Ok(texts)
}
