//! Exports as systems write them, one connector a file. Each yields part of the model and a source sheet.
//!
//! Headers are matched without regard to case, spaces, underscores and marks in brackets; of several headers for one
//! field the one nearest to the field's own name is taken. The delimiter (`,` `;` tab `|`) is found by which one makes
//! the header known. Text must be UTF-8, with or without a byte order mark.

mod csv_text;
pub mod grants;
pub mod hr_roster;
mod table;
mod value;

use std::collections::HashMap;

use super::sheet::SourceSheet;
use table::Row;

/// Rows that were seen, to tell repeated ones.
#[derive(Default)]
struct Seen<'a>(HashMap<Vec<&'a str>, usize>);

impl<'a> Seen<'a> {
    /// Whether the same row was there before; it is counted in the sheet.
    fn repeats(&mut self, row: Row<'a>, sheet: &mut SourceSheet) -> bool {
        let repeats = self.0.insert(row.texts(), row.line()).is_some();
        sheet.duplicates += usize::from(repeats);
        repeats
    }
}

#[cfg(test)]
mod tests;
