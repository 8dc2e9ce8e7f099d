//! A CSV export as a table: encoding, delimiter and header settled, every row kept, rejected or blank, and counted.

use std::sync::Arc;

use super::csv_text::{Cell, Fault, MAX_CELLS, Record, Records};
use super::stream::lines;
use super::value::{self, Reading};
use crate::kernel::arrange::Arrange as _;
use crate::kernel::crypto::{hex, sha256};
use crate::kernel::parquet;
use crate::kernel::source::{Source, Span};
use crate::review::error::ReviewError;
use crate::review::model::{Origin, Truth, When};
use crate::review::sheet::{Problem, SourceSheet};

/// The most bytes of a cell; a longer one is rejected with its row.
const MAX_CELL: usize = 32 << 10;

/// The delimiters tried, in this order where two recognise as many columns.
const DELIMITERS: [(u8, &str); 4] = [(b',', "`,`"), (b';', "`;`"), (b'\t', "tab"), (b'|', "`|`")];

/// A column that a connector knows.
#[derive(Debug)]
pub(super) struct Field {
    /// Its name in our model, and the first header it is known by.
    pub(super) name: &'static str,
    /// Other headers, the likeliest first, in lower-case letters and digits only.
    pub(super) aliases: &'static [&'static str],
}

impl Field {
    /// How well a header fits: 0 is best, None not at all.
    fn rank(&self, header: &str) -> Option<usize> {
        let header = simplify(header);
        if header == simplify(self.name) {
            return Some(0);
        }
        let alias = self.aliases.iter().position(|alias| *alias == header);
        alias.map(|index| index + 1)
    }
}

/// Which column is which field.
#[derive(Debug)]
pub(super) struct Heading {
    pub(super) name: String,
    pub(super) columns: Vec<(&'static str, usize)>,
    pub(super) titles: Vec<String>,
    pub(super) delimiter: (u8, &'static str),
}

impl Heading {
    /// Finds the delimiter and the header, which is the first record that is not blank.
    pub(super) fn read(
        records: &mut Records,
        name: &str,
        fields: &'static [Field],
    ) -> Result<Self, ReviewError> {
        let delimiter = delimiter(records.text(), fields);
        records.split_at(delimiter.0);
        let mut header = records.filter(|record| !is_blank(record));
        let header = header
            .next()
            .ok_or_else(|| ReviewError::Empty(name.to_owned()))?;
        if header.fault == Some(Fault::UnclosedQuote) {
            return Err(unclosed(name, 1 + lines(records.before(header.span))));
        }
        if header.width > MAX_CELLS {
            return Err(ReviewError::TooMany {
                source_name: name.to_owned(),
                limit: MAX_CELLS,
                what: "columns",
            });
        }
        let titles: Vec<String> = header
            .cells
            .into_iter()
            .map(|cell| cell.text.into_owned())
            .collect();
        Ok(Self {
            columns: columns(name, &titles, fields)?,
            name: name.to_owned(),
            titles,
            delimiter,
        })
    }

    fn column(&self, field: &'static str) -> Option<usize> {
        let mut columns = self.columns.iter();
        let found = columns.find(|(known, _)| std::ptr::eq(*known, field) || *known == field);
        found.map(|(_, index)| *index)
    }

    /// Whether the export has a column for a field.
    pub(super) fn has(&self, field: &'static str) -> bool {
        self.column(field).is_some()
    }

    /// Refuses the table where a column is missing.
    pub(super) fn require(
        &self,
        field: &'static str,
        fields: &'static [Field],
    ) -> Result<(), ReviewError> {
        if self.has(field) {
            return Ok(());
        }
        let aliases = fields.iter().find(|known| known.name == field);
        let aliases = aliases.map_or(&[][..], |known| known.aliases);
        let names = std::iter::once(&field).chain(aliases).take(4);
        Err(ReviewError::MissingColumn {
            source_name: self.name.clone(),
            field,
            expected: names
                .map(|name| format!("`{name}`"))
                .collect::<Vec<_>>()
                .join(", "),
            delimiter: self.delimiter.1,
            header: shorten(&self.titles.join(" | ")),
        })
    }

    /// Whether a record has the header's shape; if not, it is blank, or rejected with its reason.
    pub(super) fn fits(
        &self,
        record: &mut Record,
        (line, end): (usize, usize),
        sheet: &mut SourceSheet,
    ) -> bool {
        sheet.read += 1;
        if record.width <= MAX_CELLS && record.cells.iter().all(|cell| cell.text.trim().is_empty())
        {
            sheet.blank += 1;
            return false;
        }
        let width = self.titles.len();
        let surplus = record.cells.get(width..).unwrap_or_default();
        if record.width <= MAX_CELLS && surplus.iter().all(|cell| cell.text.trim().is_empty()) {
            record.cells.truncate(width);
            record.width = record.cells.len();
        }
        let reason = match record.fault {
            Some(Fault::LineEndInQuotes) => Some(format!(
                "a quoted cell runs on to line {end}; if that is meant, export without line breaks in cells"
            )),
            Some(_) => Some("there is text after a closing quote".to_owned()),
            None if record.width != width => Some(format!(
                "{} cells, but the header has {width}",
                record.width
            )),
            None => record
                .cells
                .iter()
                .any(|cell| cell.text.len() > MAX_CELL)
                .then(|| format!("a cell of more than {MAX_CELL} bytes")),
        };
        match reason {
            Some(reason) => {
                sheet.reject(line, reason);
                false
            }
            None => true,
        }
    }

    pub(super) fn sheet(&self, role: &'static str) -> SourceSheet {
        let mut used: Vec<(usize, &'static str)> = self
            .columns
            .iter()
            .map(|(field, index)| (*index, *field))
            .collect();
        used.arrange();
        let title = |index: usize| {
            self.titles
                .get(index)
                .map_or("", |title| title.trim())
                .to_owned()
        };
        let unused =
            (0..self.titles.len()).filter(|index| used.iter().all(|(used, _)| used != index));
        SourceSheet {
            unused_columns: unused.map(title).collect(),
            columns: used
                .iter()
                .map(|(index, field)| (*field, title(*index)))
                .collect(),
            ..sheet_named(&self.name, role, self.delimiter.1)
        }
    }
}

/// An export that was read whole.
#[derive(Debug)]
pub(super) struct Table<'a> {
    pub(super) sheet: SourceSheet,
    source: &'a Arc<Source>,
    heading: Heading,
    rows: Vec<(Record<'a>, usize)>,
}

impl<'a> Table<'a> {
    /// Reads an export with the fields that its connector knows.
    pub(super) fn read(
        source: &'a Arc<Source>,
        role: &'static str,
        fields: &'static [Field],
    ) -> Result<Self, ReviewError> {
        let text = text(source)?;
        let begin = if text.starts_with('\u{feff}') { 3 } else { 0 };
        let mut records = Records::new(text, begin, b',');
        let heading = Heading::read(&mut records, source.name(), fields)?;
        let mut sheet = heading.sheet(role);
        sheet.sha256 = hex(&sha256(source.bytes()));
        sheet.bytes = source.bytes().len();
        let mut rows = Vec::new();
        let mut places = Places::new(text, 0, 1);
        for mut record in records.filter(|record| !is_blank(record)) {
            let place = places.of(&record);
            if record.fault == Some(Fault::UnclosedQuote) {
                return Err(unclosed(source.name(), place.0));
            }
            if heading.fits(&mut record, place, &mut sheet) {
                rows.push((record, place.0));
            }
        }
        Ok(Self {
            sheet,
            source,
            heading,
            rows,
        })
    }

    /// The rows, with access to their cells by field.
    pub(super) fn into_rows(self) -> (Rows<'a>, SourceSheet) {
        let rows = Rows {
            source: self.source,
            heading: self.heading,
            records: self.rows,
        };
        (rows, self.sheet)
    }

    /// As [`Heading::require`].
    pub(super) fn require(
        &self,
        field: &'static str,
        fields: &'static [Field],
    ) -> Result<(), ReviewError> {
        self.heading.require(field, fields)
    }

    /// Whether the export has a column for a field.
    pub(super) fn has(&self, field: &'static str) -> bool {
        self.heading.has(field)
    }
}

/// The rows of a table that have the header's shape.
#[derive(Debug)]
pub(super) struct Rows<'a> {
    source: &'a Arc<Source>,
    heading: Heading,
    records: Vec<(Record<'a>, usize)>,
}

impl Rows<'_> {
    /// Each row in turn; what cannot be read of it goes to the sheet.
    pub(super) fn iter(&self) -> impl Iterator<Item = Row<'_>> {
        self.records.iter().map(|(record, line)| Row {
            heading: &self.heading,
            record,
            line: *line,
        })
    }

    /// Where a row is, marked at a field.
    pub(super) fn origin(&self, row: Row, field: &'static str) -> Origin {
        let span = row.cell(field).map_or(row.record.span, |cell| cell.span);
        Origin {
            source: Arc::clone(self.source),
            span,
            line: row.line,
        }
    }
}

/// The lines of records, which come in their order.
pub(super) struct Places<'a> {
    text: &'a str,
    at: usize,
    line: usize,
}

impl<'a> Places<'a> {
    pub(super) fn new(text: &'a str, at: usize, line: usize) -> Self {
        Self { text, at, line }
    }

    /// The lines in which a record begins and ends.
    pub(super) fn of(&mut self, record: &Record) -> (usize, usize) {
        let span = record.span.range();
        let bytes = self.text.as_bytes();
        self.line += lines(bytes.get(self.at..span.start).unwrap_or_default());
        self.at = span.start;
        let inside = match record.fault {
            None => 0,
            Some(_) => lines(bytes.get(span).unwrap_or_default()),
        };
        (self.line, self.line + inside)
    }
}

/// One row.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row<'a> {
    pub(super) heading: &'a Heading,
    pub(super) record: &'a Record<'a>,
    pub(super) line: usize,
}

impl<'a> Row<'a> {
    fn cell(&self, field: &'static str) -> Option<&'a Cell<'a>> {
        self.record.cells.get(self.heading.column(field)?)
    }

    /// The text of a field, without white space around it; empty where there is no such column.
    pub(super) fn text(&self, field: &'static str) -> &'a str {
        self.cell(field).map_or("", |cell| cell.text.trim())
    }

    /// The text of a field, if there is any.
    pub(super) fn filled(&self, field: &'static str) -> Option<String> {
        let text = self.text(field);
        (!value::is_nothing(text)).then(|| text.to_owned())
    }

    /// As [`Row::filled`], into a place that is taken only once.
    pub(super) fn fill(&self, field: &'static str, into: &mut Option<String>) {
        if into.is_none() {
            *into = self.filled(field);
        }
    }

    /// A cell as `read` understands it; another text is reported and unknown.
    pub(super) fn read<T>(
        &self,
        field: &'static str,
        (read, unknown): (fn(&str) -> Reading<T>, T),
        sheet: &mut SourceSheet,
    ) -> T {
        match read(self.text(field)) {
            Reading::Read(value) => value,
            Reading::Unreadable(why) => {
                self.report(field, why, sheet);
                unknown
            }
        }
    }

    /// A time; a text that is none is reported and not guessed.
    pub(super) fn when(&self, field: &'static str, sheet: &mut SourceSheet) -> When {
        self.read(field, (value::when, When::Unreadable), sheet)
    }

    /// A time as the system is known to write it, year first.
    pub(super) fn stamp(&self, field: &'static str, sheet: &mut SourceSheet) -> When {
        self.read(field, (value::stamp, When::Unreadable), sheet)
    }

    /// Yes or no; another text is reported and unknown.
    pub(super) fn truth(&self, field: &'static str, sheet: &mut SourceSheet) -> Truth {
        self.read(field, (value::truth, Truth::Unknown), sheet)
    }

    /// Reports a cell that could not be read though its row is kept.
    pub(super) fn report(&self, field: &'static str, why: String, sheet: &mut SourceSheet) {
        let column = self.heading.column(field);
        let column = column.and_then(|index| self.heading.titles.get(index));
        sheet.problems.push(Problem {
            line: self.line(),
            column: column.map(|header| header.trim().to_owned()),
            reason: why,
            rejected: false,
        });
    }

    /// The line in which the row begins, as facts keep it.
    pub(super) fn number(&self) -> u32 {
        u32::try_from(self.line()).unwrap_or(u32::MAX)
    }

    /// The line in which the row begins.
    pub(super) fn line(&self) -> usize {
        self.line
    }

    /// All cells, to compare rows by.
    pub(super) fn texts(&self) -> impl Iterator<Item = &'a str> {
        let cells = self.record.cells.iter();
        cells.map(|cell| cell.text.trim())
    }
}

pub(super) fn text(source: &Arc<Source>) -> Result<&str, ReviewError> {
    let bytes = source.bytes();
    foreign(source.name(), bytes)?;
    source.text().map_err(|error| {
        let bad = std::str::from_utf8(bytes).map_or_else(|e| e.valid_up_to(), |_| 0);
        ReviewError::Source {
            error,
            line: Some(source.position(Span::new(bad, bad).start).line),
        }
    })
}

/// Refuses what is no text in UTF-8 at first sight.
pub(super) fn foreign(name: &str, bytes: &[u8]) -> Result<(), ReviewError> {
    let nul_at = |parity: usize| {
        let head = bytes.iter().take(64).skip(parity).step_by(2);
        head.clone().count() > 1 && head.clone().all(|byte| *byte == 0)
    };
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") || nul_at(0) || nul_at(1) {
        return Err(ReviewError::Utf16(name.to_owned()));
    }
    // A zip archive or an OLE compound file: the two shapes of Excel's workbooks.
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"\xd0\xcf\x11\xe0") {
        return Err(ReviewError::Workbook(name.to_owned()));
    }
    if bytes.starts_with(&parquet::MAGIC) {
        return Err(ReviewError::Unreadable {
            source_name: name.to_owned(),
            reason:
                "it is Parquet; import it as `mapped`, by a mapping with `format = \"parquet\"`"
                    .to_owned(),
        });
    }
    Ok(())
}

/// The delimiter under which the header has the most columns that the connector knows.
fn delimiter(text: &str, fields: &[Field]) -> (u8, &'static str) {
    let known = |delimiter: u8| {
        let mut records = Records::new(text, 0, delimiter).filter(|record| !is_blank(record));
        let header = records.next().map_or(Vec::new(), |record| record.cells);
        let knows = |field: &&Field| header.iter().any(|cell| field.rank(&cell.text).is_some());
        (fields.iter().filter(knows).count(), header.len())
    };
    let mut best = DELIMITERS[0];
    for candidate in DELIMITERS {
        if known(candidate.0) > known(best.0) {
            best = candidate;
        }
    }
    best
}

fn columns(
    name: &str,
    header: &[String],
    fields: &'static [Field],
) -> Result<Vec<(&'static str, usize)>, ReviewError> {
    let mut columns = Vec::new();
    for field in fields {
        let ranked = header.iter().enumerate();
        let mut ranked: Vec<(usize, usize)> = ranked
            .filter_map(|(index, title)| Some((field.rank(title)?, index)))
            .collect();
        ranked.arrange();
        match ranked.as_slice() {
            [] => {}
            [(first, _), (second, index), ..] if first == second => {
                return Err(ReviewError::DuplicateColumn {
                    source_name: name.to_owned(),
                    column: header.get(*index).cloned().unwrap_or_default(),
                });
            }
            [(_, index), ..] => {
                columns.push((field.name, *index));
            }
        }
    }
    Ok(columns)
}

/// The cells of named columns, row by row with its line: of a sheet of our own, whatever delimiter it came back with.
pub(in crate::review) fn cells(
    source: &Arc<Source>,
    names: &[&str],
) -> Result<Vec<(usize, Vec<String>)>, ReviewError> {
    let text = text(source)?;
    let begin = if text.starts_with('\u{feff}') { 3 } else { 0 };
    let mut best: Option<(usize, u8, Vec<Option<usize>>)> = None;
    for (delimiter, _) in DELIMITERS {
        let header = Records::new(text, begin, delimiter).next();
        let header = header.map_or(Vec::new(), |record| record.cells);
        let at = |name: &&str| header.iter().position(|cell| cell.text.trim() == *name);
        let columns: Vec<Option<usize>> = names.iter().map(at).collect();
        let known = columns.iter().flatten().count();
        if best.as_ref().is_none_or(|(most, ..)| known > *most) {
            best = Some((known, delimiter, columns));
        }
    }
    let (_, delimiter, columns) =
        best.ok_or_else(|| ReviewError::Empty(source.name().to_owned()))?;
    if let Some(missing) = columns.iter().position(Option::is_none) {
        return Err(ReviewError::OtherKind {
            source_name: source.name().to_owned(),
            expected: "a sheet that came back",
            found: format!("it has no column `{}`", names.get(missing).unwrap_or(&"")),
        });
    }
    let mut rows = Vec::new();
    for record in Records::new(text, begin, delimiter).skip(1) {
        let line = source.position(record.span.start).line;
        if record.fault == Some(Fault::UnclosedQuote) {
            return Err(unclosed(source.name(), line));
        }
        if record.cells.iter().all(|cell| cell.text.trim().is_empty()) {
            continue;
        }
        let of = |column: &Option<usize>| column.and_then(|index| record.cells.get(index));
        let cells = columns
            .iter()
            .map(|column| of(column).map_or(String::new(), |cell| cell.text.clone().into_owned()));
        rows.push((line, cells.collect()));
    }
    Ok(rows)
}

/// A sheet without counts yet.
pub(super) fn sheet_of(
    source: &Source,
    role: &'static str,
    delimiter: &'static str,
) -> SourceSheet {
    SourceSheet {
        sha256: hex(&sha256(source.bytes())),
        bytes: source.bytes().len(),
        ..sheet_named(source.name(), role, delimiter)
    }
}

/// The same, of an export that is not read yet.
pub(super) fn sheet_named(name: &str, role: &'static str, delimiter: &'static str) -> SourceSheet {
    SourceSheet {
        role,
        name: name.to_owned(),
        sha256: String::new(),
        bytes: 0,
        delimiter,
        columns: Vec::new(),
        unused_columns: Vec::new(),
        read: 0,
        kept: 0,
        rejected: 0,
        duplicates: 0,
        blank: 0,
        problems: Vec::new(),
    }
}

pub(super) fn unclosed(name: &str, line: usize) -> ReviewError {
    ReviewError::UnclosedQuote {
        source_name: name.to_owned(),
        line,
    }
}

pub(super) fn is_blank(record: &Record) -> bool {
    matches!(record.cells.as_slice(), [only] if only.text.is_empty())
}

/// A header without case, spaces, underscores and marks such as Google's `[READ ONLY]`.
fn simplify(header: &str) -> String {
    let header = header.split('[').next().unwrap_or_default();
    let letters = header.chars().filter(|c| c.is_alphanumeric());
    letters.flat_map(char::to_lowercase).collect()
}

fn shorten(text: &str) -> String {
    let text = crate::kernel::report::sanitize::line(text);
    crate::kernel::report::sanitize::shorten(&text, 200).into_owned()
}
