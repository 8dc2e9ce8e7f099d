//! CSV records with the bytes of every cell (RFC 4180), read so that a damaged file cannot lose rows quietly.
//!
//! The crate `csv` reads the same texts to the same cells (a property below), but it takes an unclosed quote for a
//! cell that holds the rest of the file, and it does not say where a cell was.

use crate::kernel::source::Span;

/// The most cells kept of a record, so that a line of delimiters costs no memory.
pub(super) const MAX_CELLS: usize = 1_000;

/// One record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Record {
    /// The cells, at most [`MAX_CELLS`].
    pub(super) cells: Vec<Cell>,
    /// How many cells there are.
    pub(super) width: usize,
    pub(super) span: Span,
    pub(super) fault: Option<Fault>,
}

/// One cell: its text without quotes, and its bytes with them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cell {
    pub(super) text: String,
    pub(super) span: Span,
}

/// What makes a record doubtful; the worst of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fault {
    /// A quoted cell runs over a line end: perhaps meant, perhaps a missing quote that swallowed rows.
    LineEndInQuotes,
    /// Something between a closing quote and the next delimiter.
    TextAfterQuote,
    /// A quote that is never closed.
    UnclosedQuote,
}

/// The records of a text, blank lines included as records of one empty cell.
pub(super) struct Records<'a> {
    text: &'a str,
    at: usize,
    delimiter: u8,
}

impl<'a> Records<'a> {
    /// Begins at byte `at` of the text. The delimiter is ASCII.
    pub(super) fn new(text: &'a str, at: usize, delimiter: u8) -> Self {
        Self {
            text,
            at,
            delimiter,
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Takes text up to the next delimiter or line end.
    fn unquoted(&mut self, into: &mut String) {
        let rest = self.rest();
        let length = memchr::memchr3(self.delimiter, b'\r', b'\n', rest.as_bytes());
        let taken = rest.get(..length.unwrap_or(rest.len())).unwrap_or_default();
        into.push_str(taken);
        self.at += taken.len();
    }

    /// Takes a quoted text, the opening quote being next.
    fn quoted(&mut self, into: &mut String) -> Option<Fault> {
        let begin = into.len();
        self.at += 1;
        loop {
            let rest = self.rest();
            let Some(length) = memchr::memchr(b'"', rest.as_bytes()) else {
                into.push_str(rest);
                self.at = self.text.len();
                return Some(Fault::UnclosedQuote);
            };
            into.push_str(rest.get(..length).unwrap_or_default());
            self.at += length + 1;
            if self.peek() != Some(b'"') {
                break;
            }
            into.push('"');
            self.at += 1;
        }
        let inside = into.get(begin..).unwrap_or_default();
        let fault = inside
            .contains(['\r', '\n'])
            .then_some(Fault::LineEndInQuotes);
        match self.peek() {
            None | Some(b'\r' | b'\n') => fault,
            Some(byte) if byte == self.delimiter => fault,
            Some(_) => {
                self.unquoted(into);
                Some(Fault::TextAfterQuote)
            }
        }
    }
}

impl Iterator for Records<'_> {
    type Item = Record;

    fn next(&mut self) -> Option<Record> {
        self.peek()?;
        let start = self.at;
        let mut cells = Vec::new();
        let mut fault = None;
        let mut width = 0;
        loop {
            let begin = self.at;
            let mut text = String::new();
            if self.peek() == Some(b'"') {
                fault = fault.max(self.quoted(&mut text));
            } else {
                self.unquoted(&mut text);
            }
            let span = Span::new(begin, self.at);
            width += 1;
            if cells.len() < MAX_CELLS {
                cells.push(Cell { text, span });
            }
            if self.peek() != Some(self.delimiter) {
                break;
            }
            self.at += 1;
        }
        let span = Span::new(start, self.at);
        if self.peek() == Some(b'\r') {
            self.at += 1;
        }
        if self.peek() == Some(b'\n') {
            self.at += 1;
        }
        Some(Record {
            cells,
            width,
            span,
            fault,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn texts(text: &str) -> Vec<Vec<String>> {
        let cells = |record: Record| record.cells.into_iter().map(|cell| cell.text).collect();
        Records::new(text, 0, b',').map(cells).collect()
    }

    #[test]
    fn quotes_and_line_ends_are_rfc_4180() {
        assert_eq!(
            texts("a,\"b \"\"c\"\", d\"\r\n\r\n,\n"),
            [vec!["a", "b \"c\", d"], vec![""], vec!["", ""]]
        );
        let text = "x,\"ä\"\ny";
        let record = Records::new(text, 0, b',').next().unwrap();
        assert_eq!(&text[record.cells[1].span.range()], "\"ä\"");
        assert_eq!(record.fault, None);
    }

    #[test]
    fn a_line_of_delimiters_costs_no_memory() {
        let text = ",".repeat(500_000);
        let record = Records::new(&text, 0, b',').next().unwrap();
        assert_eq!((record.cells.len(), record.width), (MAX_CELLS, 500_001));
    }

    #[test]
    fn damaged_quotes_are_seen() {
        let fault = |text| Records::new(text, 0, b',').next().unwrap().fault;
        assert_eq!(fault("a,\"b\nc,d"), Some(Fault::UnclosedQuote));
        assert_eq!(fault("a,\"b\"c,d"), Some(Fault::TextAfterQuote));
        assert_eq!(fault("a,\"b\nc\",d"), Some(Fault::LineEndInQuotes));
        assert_eq!(fault("a,b\"c,d"), None);
    }

    proptest! {
        #[test]
        fn reads_what_the_crate_csv_reads(text in "[ab,;\"\r\n]{0,40}") {
            prop_assume!(Records::new(&text, 0, b',').all(|r| r.fault < Some(Fault::TextAfterQuote)));
            let ours: Vec<Vec<String>> =
                texts(&text).into_iter().filter(|r| r != &[""]).collect();
            let mut reader = csv::ReaderBuilder::new()
                .has_headers(false)
                .flexible(true)
                .from_reader(text.as_bytes());
            let theirs: Vec<Vec<String>> = reader
                .records()
                .map(|r| r.unwrap().iter().map(str::to_owned).collect::<Vec<_>>())
                .filter(|r| r != &[""])
                .collect();
            prop_assert_eq!(ours, theirs);
        }

        #[test]
        fn every_byte_belongs_to_a_record(text in any::<String>(), delimiter in "[,;|\t]") {
            let mut end = 0;
            for record in Records::new(&text, 0, delimiter.as_bytes()[0]) {
                let between = &text[end..record.span.range().start];
                prop_assert!(between.chars().all(|c| c == '\r' || c == '\n'));
                end = record.span.range().end;
            }
            prop_assert!(text[end..].chars().all(|c| c == '\r' || c == '\n'));
        }
    }
}
