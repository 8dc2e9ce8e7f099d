//! A table of any size: its rows pass by, and none is kept.

use super::csv_text::{Fault, Record, Records};
use super::stream::Stream;
use super::table::{Field, Heading, Places, Row, is_blank, unclosed};
use crate::kernel::source::MAX_SOURCE_BYTES;
use crate::review::error::ReviewError;
use crate::review::sheet::SourceSheet;
use crate::review::usage::Input;

/// A table of any size: its rows pass by, and none is kept.
#[derive(Debug)]
pub(super) struct RowStream {
    stream: Stream,
    pub(super) heading: Heading,
    pub(super) sheet: SourceSheet,
    /// Whether the header was passed.
    begun: bool,
}

impl RowStream {
    /// Opens an export with the fields that its connector knows.
    pub(super) fn open(
        input: Input,
        role: &'static str,
        fields: &'static [Field],
    ) -> Result<Self, ReviewError> {
        Self::begin(input, role, |records, name| {
            Heading::read(records, name, fields)
        })
    }

    /// Opens an export whose columns are named by whoever imports it: field and header.
    pub(super) fn named(
        input: Input,
        delimiter: u8,
        named: &[(&'static str, String)],
    ) -> Result<Self, ReviewError> {
        Self::begin(input, "mapped CSV", |records, name| {
            records.split_at(delimiter);
            let header = records.find(|record| !is_blank(record));
            let header = header.ok_or_else(|| ReviewError::Empty(name.to_owned()))?;
            let titles = header.cells.iter().map(|cell| cell.text.trim().to_owned());
            let titles: Vec<String> = titles.collect();
            let mut columns = Vec::new();
            for (field, column) in named {
                columns.push((*field, sole(name, &titles, column)?));
            }
            Ok(Heading {
                name: name.to_owned(),
                columns,
                titles,
                delimiter: (delimiter, "the mapping's delimiter"),
            })
        })
    }

    fn begin(
        input: Input,
        role: &'static str,
        heading: impl FnOnce(&mut Records, &str) -> Result<Heading, ReviewError>,
    ) -> Result<Self, ReviewError> {
        let mut stream = Stream::new(input)?;
        let name = stream.name().to_owned();
        let piece = stream
            .next()?
            .ok_or_else(|| ReviewError::Empty(name.clone()))?;
        let heading = heading(&mut Records::new(piece.text, 0, b','), &name)?;
        stream.keep_from(0);
        Ok(Self {
            stream,
            sheet: heading.sheet(role),
            heading,
            begun: false,
        })
    }

    /// Goes through the rows of one more piece. False at the end, when the sheet is whole.
    pub(super) fn piece(
        &mut self,
        mut each: impl FnMut(Row, &mut SourceSheet),
    ) -> Result<bool, ReviewError> {
        let Some(piece) = self.stream.next()? else {
            self.stream.finish(&mut self.sheet)?;
            return Ok(false);
        };
        let mut records = Records::new(piece.text, 0, self.heading.delimiter.0);
        let mut places = Places::new(piece.text, 0, piece.line);
        let mut record = Record::default();
        let mut open = None;
        while records.read(&mut record) {
            if is_blank(&record) {
                continue;
            }
            if record.fault == Some(Fault::UnclosedQuote) {
                open = Some((record.span.range().start, places.of(&record).0));
                break;
            }
            if !std::mem::replace(&mut self.begun, true) {
                continue;
            }
            let place = places.of(&record);
            if self.heading.fits(&mut record, place, &mut self.sheet) {
                let row = Row {
                    heading: &self.heading,
                    record: &record,
                    line: place.0,
                };
                each(row, &mut self.sheet);
            }
        }
        match open {
            // What closes the quote may follow.
            Some((at, line)) if piece.is_last || piece.text.len() - at >= MAX_SOURCE_BYTES => {
                Err(unclosed(&self.heading.name, line))
            }
            Some((at, _)) => {
                self.stream.keep_from(at);
                Ok(true)
            }
            None => Ok(true),
        }
    }
}

/// The one column with a header.
fn sole(name: &str, titles: &[String], column: &str) -> Result<usize, ReviewError> {
    let same = titles
        .iter()
        .enumerate()
        .filter(|(_, title)| *title == column);
    let found: Vec<usize> = same.map(|(index, _)| index).collect();
    match found.as_slice() {
        [index] => Ok(*index),
        [] => Err(ReviewError::MissingColumn {
            source_name: name.to_owned(),
            field: "mapping",
            expected: format!("`{column}`"),
            delimiter: "the mapping's delimiter",
            header: titles
                .iter()
                .take(20)
                .cloned()
                .collect::<Vec<_>>()
                .join(" | "),
        }),
        _ => Err(ReviewError::DuplicateColumn {
            source_name: name.to_owned(),
            column: column.to_owned(),
        }),
    }
}
