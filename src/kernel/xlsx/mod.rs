//! Spreadsheets (ECMA-376, `.xlsx`): written so that nothing in them is a formula; those of one sheet are read back.
//!
//! Text is written as text, in cells that stay text when someone edits them, so that neither `=cmd` nor `1E5` nor `007`
//! becomes something else. The same sheet gives the same bytes. What is read may come from Excel, LibreOffice or openpyxl, and
//! from someone who means harm: sizes are bounded, and a formula is refused, since its value is not what someone wrote.
//!
//! ```
//! use countersign::kernel::xlsx::{Cell, Sheet, read, write};
//!
//! let rows = vec![vec![Cell::Text("=1+1".to_owned()), Cell::Number(2.5), Cell::Bool(true)]];
//! let sheet = Sheet { name: "review".to_owned(), rows };
//! assert_eq!(read(&write(&sheet)?)?, sheet);
//! # Ok::<(), countersign::kernel::xlsx::XlsxError>(())
//! ```

mod read;
mod write;
mod xml;
mod zip;

use std::borrow::Cow;

pub use read::read;
pub use write::{Look, write, write_book};

/// The most rows of a sheet.
pub const MAX_ROWS: usize = 1_048_576;
/// The most columns.
pub const MAX_COLUMNS: usize = 16_384;
/// The most characters of a cell, in UTF-16 code units.
pub const MAX_TEXT: usize = 32_767;
/// The most cells that are read, empty ones before others counted.
pub const MAX_CELLS: usize = 20_000_000;

/// One sheet.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sheet {
    /// Its name.
    pub name: String,
    /// Its rows, from the first; cells behind the last that holds something may be absent.
    pub rows: Vec<Vec<Cell>>,
}

/// What a cell holds.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Cell {
    /// Nothing.
    #[default]
    Empty,
    /// Text.
    Text(String),
    /// A number; a date is one too, since 1899-12-30.
    Number(f64),
    /// A truth value.
    Bool(bool),
}

impl Cell {
    /// What it holds as text: nothing as no text, `TRUE` and `FALSE`, numbers as short as they can be told.
    pub fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Empty => Cow::Borrowed(""),
            Self::Text(text) => Cow::Borrowed(text),
            Self::Number(number) => Cow::Owned(number.to_string()),
            Self::Bool(true) => Cow::Borrowed("TRUE"),
            Self::Bool(false) => Cow::Borrowed("FALSE"),
        }
    }
}

/// Why a spreadsheet cannot be written or read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum XlsxError {
    /// More than a sheet can hold.
    #[error("{0} is more than a spreadsheet can hold")]
    TooMuch(&'static str),
    /// A number that is none.
    #[error("{0} holds a number that a spreadsheet cannot hold")]
    NotFinite(String),
    /// Not a spreadsheet.
    #[error("it is no .xlsx file")]
    Foreign,
    /// An older or an encrypted spreadsheet.
    #[error("it is an .xls file, or protected by a password; save it as .xlsx without one")]
    Old,
    /// Damaged, or made by someone who means harm.
    #[error("it is damaged: {0}")]
    Damaged(String),
    /// More than one sheet.
    #[error("it holds {0} sheets; leave the one that was handed out")]
    Sheets(usize),
    /// A formula.
    #[error("cell {0} holds a formula or its failure; write the value itself")]
    Formula(String),
}

/// The name of a cell, such as `B2`, from its row and column, both from 0.
pub fn cell_name(row: usize, column: usize) -> String {
    let mut letters = Vec::new();
    let mut rest = column + 1;
    while rest > 0 {
        let letter = u8::try_from((rest - 1) % 26).unwrap_or(0);
        letters.push(char::from(b'A' + letter));
        rest = (rest - 1) / 26;
    }
    let letters: String = letters.into_iter().rev().collect();
    format!("{letters}{}", row + 1)
}

/// The row and column of a cell's name, both from 0.
fn cell_place(name: &str) -> Option<(usize, usize)> {
    let letters = name.bytes().take_while(u8::is_ascii_uppercase).count();
    let (letters, digits) = name.split_at(letters);
    if letters.is_empty() || letters.len() > 3 {
        return None;
    }
    let column = letters
        .bytes()
        .fold(0, |sum, letter| sum * 26 + usize::from(letter - b'A') + 1);
    let row: usize = digits.parse().ok()?;
    let place = (row.checked_sub(1)?, column.checked_sub(1)?);
    (place.0 < MAX_ROWS && place.1 < MAX_COLUMNS).then_some(place)
}

#[cfg(test)]
mod tests;
