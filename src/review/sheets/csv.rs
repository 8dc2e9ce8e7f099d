//! A reviewer's rows as CSV: every cell guarded against formulas, ids as text that no spreadsheet turns into a number.

use std::io;

use super::{Row, header};
use crate::kernel::report::csv::Writer;

/// Writes the rows.
///
/// # Errors
/// What writing to `out` yields.
pub fn csv(rows: &[Row], out: &mut dyn io::Write) -> io::Result<()> {
    let mut writer = Writer::new(out, &header())?;
    for row in rows {
        writer.row(&row.cells())?;
    }
    writer.finish()
}
