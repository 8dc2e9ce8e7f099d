//! A reviewer's rows as CSV: every cell guarded against formulas, ids as text that no spreadsheet turns into a number.

use std::io;

use super::{Row, SHOWN, SIGNED};
use crate::kernel::report::csv::Writer;

/// Writes the rows.
///
/// # Errors
/// What writing to `out` yields.
pub fn csv(rows: &[Row], out: &mut dyn io::Write) -> io::Result<()> {
    let mut header = vec!["decision", "justification"];
    header.extend(SHOWN.iter().take(3));
    header.extend(SIGNED);
    header.extend(SHOWN.iter().skip(3));
    header.push("key");
    let mut writer = Writer::new(out, &header)?;
    for row in rows {
        let mut cells: Vec<&str> = vec![&row.decision, &row.justification];
        cells.extend(row.shown.iter().take(3).map(String::as_str));
        cells.extend(row.signed.iter().map(String::as_str));
        cells.extend(row.shown.iter().skip(3).map(String::as_str));
        cells.push(&row.key);
        writer.row(&cells)?;
    }
    writer.finish()
}
