//! A reviewer's rows as a workbook, and its rows when it comes back.
//!
//! Every cell is text and stays it; one that would begin like a formula is guarded as in CSV, since not every program keeps
//! the look that says so. The first column offers the answers.

use std::sync::Arc;

use super::{Row, header};
use crate::kernel::report::sanitize::csv_cell;
use crate::kernel::source::Source;
use crate::kernel::xlsx::{self, Cell, Look, XlsxError};
use crate::review::error::ReviewError;

/// What may be chosen: the names of the answers.
const ANSWERS: [&str; 4] = ["accept", "revoke", "reduce", "not-decided"];

/// Writes the rows.
///
/// # Errors
/// [`XlsxError`] for more than a sheet holds.
pub fn xlsx(rows: &[Row]) -> Result<Vec<u8>, XlsxError> {
    let text = |text: &str| match text {
        "" => Cell::Empty,
        text => Cell::Text(csv_cell(text).into_owned()),
    };
    let mut cells = vec![header().iter().map(|name| text(name)).collect()];
    cells.extend(
        rows.iter()
            .map(|row| row.cells().into_iter().map(text).collect()),
    );
    let sheet = xlsx::Sheet {
        name: "review".to_owned(),
        rows: cells,
    };
    let look = Look {
        choices: Some((0, &ANSWERS)),
        filter: true,
    };
    xlsx::write_book(&[(&sheet, look)])
}

/// Whether something is a workbook, or an old one.
pub(super) fn is_workbook(source: &Source) -> bool {
    let marks: [&[u8]; 2] = [b"PK\x03\x04", b"\xd0\xcf\x11\xe0"];
    marks.iter().any(|mark| source.bytes().starts_with(mark))
}

/// The cells under some headers, with the number of their row; empty rows are left out.
pub(super) fn cells(
    source: &Arc<Source>,
    names: &[&str],
) -> Result<Vec<(usize, Vec<String>)>, ReviewError> {
    let sheet = xlsx::read(source.bytes()).map_err(|error| ReviewError::Sheet {
        source_name: source.name().to_owned(),
        problem: error.to_string(),
    })?;
    let head = sheet.rows.first().map_or(&[][..], Vec::as_slice);
    let mut columns = Vec::with_capacity(names.len());
    for name in names {
        let at = head.iter().position(|cell| cell.text().trim() == *name);
        columns.push(at.ok_or_else(|| ReviewError::OtherKind {
            source_name: source.name().to_owned(),
            expected: "a sheet that came back",
            found: format!("it has no column `{name}`"),
        })?);
    }
    let rows = (1_usize..).zip(&sheet.rows).skip(1);
    let rows = rows.filter(|(_, row)| row.iter().any(|cell| !cell.text().trim().is_empty()));
    let of = |row: &[Cell], column: &usize| {
        let cell = row.get(*column);
        cell.map_or(String::new(), |cell| cell.text().into_owned())
    };
    Ok(rows
        .map(|(line, row)| (line, columns.iter().map(|column| of(row, column)).collect()))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::super::{SHOWN, SIGNED};
    use super::*;
    use crate::review::store::Answer;

    #[test]
    fn the_answers_are_those_that_are_read() {
        assert_eq!(ANSWERS, Answer::ALL.map(Answer::name));
        assert_eq!(header().len(), 2 + SHOWN.len() + SIGNED.len() + 1);
    }
}
