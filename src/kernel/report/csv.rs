//! CSV as RFC 4180 has it, with every cell guarded against formulas.
//!
//! Every cell is quoted: a spreadsheet that splits at `;` instead of `,` then finds no cell that begins with `=`.

use std::io;

use csv::{QuoteStyle, Terminator, WriterBuilder};

use super::sanitize::csv_cell;

/// Writes guarded cells, lines ended by CR LF.
pub struct Writer<W: io::Write> {
    inner: csv::Writer<W>,
    columns: usize,
}

impl<W: io::Write> std::fmt::Debug for Writer<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Writer")
    }
}

impl<W: io::Write> Writer<W> {
    /// Starts a table with its header.
    ///
    /// # Errors
    /// What writing to `out` yields.
    pub fn new(out: W, header: &[&str]) -> io::Result<Self> {
        let inner = WriterBuilder::new()
            .quote_style(QuoteStyle::Always)
            .terminator(Terminator::CRLF)
            .from_writer(out);
        let mut writer = Self {
            inner,
            columns: header.len(),
        };
        writer.row(header)?;
        Ok(writer)
    }

    /// Writes a row. All rows have as many cells as the header.
    ///
    /// # Errors
    /// What writing yields; a row of another length is [`io::ErrorKind::InvalidInput`].
    pub fn row<S: AsRef<str>>(&mut self, cells: &[S]) -> io::Result<()> {
        if cells.len() != self.columns {
            let message = format!("{} cells for {} columns", cells.len(), self.columns);
            return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
        }
        let cells = cells.iter().map(|cell| csv_cell(cell.as_ref()));
        self.inner
            .write_record(cells.map(|cell| cell.into_owned().into_bytes()))
            .map_err(io::Error::other)
    }

    /// Ends the table.
    ///
    /// # Errors
    /// What flushing yields.
    pub fn finish(mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_and_guarded() {
        let mut out = Vec::new();
        let mut writer = Writer::new(&mut out, &["name", "note"]).unwrap();
        writer
            .row(&["=cmd|' /C calc'!A0", "say \"hi\", a;=1"])
            .unwrap();
        assert!(writer.row(&["one"]).is_err());
        writer.finish().unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "\"name\",\"note\"\r\n\"'=cmd|' /C calc'!A0\",\"say \"\"hi\"\", a;=1\"\r\n"
        );
    }
}
