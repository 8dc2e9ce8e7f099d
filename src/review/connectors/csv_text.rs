//! CSV records with the bytes of every cell (RFC 4180), read so that a damaged file cannot lose rows quietly.
//!
//! The crate `csv` reads the same texts to the same cells (a property below), but it takes an unclosed quote for a
//! cell that holds the rest of the file, and it does not say where a cell was.

use std::borrow::Cow;

use crate::kernel::source::Span;

/// The most cells kept of a record, so that a line of delimiters costs no memory.
pub(super) const MAX_CELLS: usize = 1_000;

/// One record.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Record<'a> {
    /// The cells, at most [`MAX_CELLS`].
    pub(super) cells: Vec<Cell<'a>>,
    /// How many cells there are.
    pub(super) width: usize,
    pub(super) span: Span,
    pub(super) fault: Option<Fault>,
}

/// One cell: its text without quotes, and its bytes with them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cell<'a> {
    pub(super) text: Cow<'a, str>,
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

    /// The text that is left.
    pub(super) fn text(&self) -> &'a str {
        self.rest()
    }

    /// The text before a span.
    pub(super) fn before(&self, span: Span) -> &'a [u8] {
        self.text
            .as_bytes()
            .get(..span.range().start)
            .unwrap_or_default()
    }

    /// Splits at another delimiter from here on.
    pub(super) fn split_at(&mut self, delimiter: u8) {
        self.delimiter = delimiter;
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Takes text up to the next delimiter or line end.
    fn unquoted(&mut self) -> &'a str {
        let rest = self.rest();
        let length = memchr::memchr3(self.delimiter, b'\r', b'\n', rest.as_bytes());
        let taken = rest.get(..length.unwrap_or(rest.len())).unwrap_or_default();
        self.at += taken.len();
        taken
    }

    /// Takes a quoted text, the opening quote being next.
    fn quoted(&mut self) -> (Cow<'a, str>, Option<Fault>) {
        let mut text = Cow::Borrowed("");
        self.at += 1;
        loop {
            let rest = self.rest();
            let Some(length) = memchr::memchr(b'"', rest.as_bytes()) else {
                push(&mut text, rest);
                self.at = self.text.len();
                return (text, Some(Fault::UnclosedQuote));
            };
            push(&mut text, rest.get(..length).unwrap_or_default());
            self.at += length + 1;
            if self.peek() != Some(b'"') {
                break;
            }
            text.to_mut().push('"');
            self.at += 1;
        }
        let fault = text
            .contains(['\r', '\n'])
            .then_some(Fault::LineEndInQuotes);
        match self.peek() {
            None | Some(b'\r' | b'\n') => (text, fault),
            Some(byte) if byte == self.delimiter => (text, fault),
            Some(_) => {
                push(&mut text, self.unquoted());
                (text, Some(Fault::TextAfterQuote))
            }
        }
    }

    /// Reads the next record into one whose room is used again. False at the end.
    pub(super) fn read(&mut self, record: &mut Record<'a>) -> bool {
        record.cells.clear();
        record.fault = None;
        record.width = 0;
        if self.peek().is_none() {
            return false;
        }
        let start = self.at;
        loop {
            let begin = self.at;
            let (text, fault) = match self.peek() {
                Some(b'"') => self.quoted(),
                _ => (Cow::Borrowed(self.unquoted()), None),
            };
            record.fault = record.fault.max(fault);
            record.width += 1;
            if record.cells.len() < MAX_CELLS {
                let span = Span::new(begin, self.at);
                record.cells.push(Cell { text, span });
            }
            if self.peek() != Some(self.delimiter) {
                break;
            }
            self.at += 1;
        }
        record.span = Span::new(start, self.at);
        if self.peek() == Some(b'\r') {
            self.at += 1;
        }
        if self.peek() == Some(b'\n') {
            self.at += 1;
        }
        true
    }
}

impl<'a> Iterator for Records<'a> {
    type Item = Record<'a>;

    fn next(&mut self) -> Option<Record<'a>> {
        let mut record = Record::default();
        self.read(&mut record).then_some(record)
    }
}

/// Adds to a text; the first piece of it is borrowed.
fn push<'a>(text: &mut Cow<'a, str>, more: &'a str) {
    match text.is_empty() {
        true => *text = Cow::Borrowed(more),
        false => text.to_mut().push_str(more),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn texts(text: &str) -> Vec<Vec<String>> {
        let text_of = |cell: Cell| cell.text.into_owned();
        let cells = |record: Record| record.cells.into_iter().map(text_of).collect();
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
