//! Redaction of a stream: line by line, in memory that does not grow with the input.
//!
//! A line waits for the next only while a token at its end may go on there. A line without end is cut where no token
//! can be; a run of a token's characters that is longer than any token is masked until it ends.

use std::io::{self, BufRead, Write};

use super::super::locate::{Waiting, is_hex_dump, is_token_byte, opens_a_token, unfinished};
use super::Redactor;

/// How much is held at most before it is written.
const MAX_HELD: usize = 2 << 20;

/// How many bytes of lines wait for the next one at most.
const MAX_WAITING: usize = 64 << 10;

/// What was copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Copied {
    /// The tokens that were redacted.
    pub tokens: u64,
    /// Lines of hexadecimal dumps that were left out, since a token may be in them.
    pub withheld: u64,
}

struct Filter<'a> {
    redactor: &'a Redactor,
    held: Vec<u8>,
    /// The token at its end that may go on.
    waiting: Option<Waiting>,
    written: Vec<u8>,
    copied: Copied,
    /// Whether the end of an overlong run is being masked, or copied.
    overlong: Option<bool>,
}

impl Redactor {
    /// Copies a stream, each token redacted in its place.
    ///
    /// # Errors
    /// What reading or writing comes to.
    pub fn copy(&self, input: &mut dyn BufRead, output: &mut dyn Write) -> io::Result<Copied> {
        let mut filter = Filter {
            redactor: self,
            held: Vec::new(),
            waiting: None,
            written: Vec::new(),
            copied: Copied::default(),
            overlong: None,
        };
        loop {
            let piece = match input.fill_buf() {
                Ok(piece) => piece,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            if piece.is_empty() {
                break;
            }
            let length = piece.len();
            filter.take(piece);
            input.consume(length);
            output.write_all(&filter.written)?;
            // Whoever follows a log sees each line when it comes.
            output.flush()?;
            filter.written.clear();
        }
        filter.withhold();
        filter.release(filter.held.len());
        output.write_all(&filter.written)?;
        Ok(filter.copied)
    }
}

impl Filter<'_> {
    fn take(&mut self, piece: &[u8]) {
        for line in piece.split_inclusive(|byte| *byte == b'\n') {
            let line = self.end_of_overlong(line);
            self.held.extend_from_slice(line);
            if line.ends_with(b"\n") {
                self.withhold();
                if self.held.len() <= MAX_WAITING {
                    self.waiting = unfinished(&self.held, self.waiting.take());
                } else {
                    self.waiting = None;
                }
                if self.waiting.is_none() {
                    self.release(self.held.len());
                }
            } else if self.held.len() > MAX_HELD {
                self.cut();
            }
        }
    }

    /// Leaves the last line out if it is one of a hexadecimal dump.
    fn withhold(&mut self) {
        let before = self.held.strip_suffix(b"\n").unwrap_or(&self.held);
        let start = memchr::memrchr(b'\n', before).map_or(0, |newline| newline + 1);
        if is_hex_dump(self.held.get(start..).unwrap_or_default()) {
            self.release(start);
            self.held.clear();
            self.copied.withheld += 1;
            self.written
                .extend_from_slice(b"(a line of a hexadecimal dump, left out)\n");
        }
    }

    /// Passes the rest of an overlong run, and gives what follows it.
    fn end_of_overlong<'a>(&mut self, line: &'a [u8]) -> &'a [u8] {
        let Some(masked) = self.overlong else {
            return line;
        };
        let length = line.iter().take_while(|byte| is_token_byte(**byte)).count();
        let (run, rest) = line.split_at(length);
        self.pass(run, masked);
        if !rest.is_empty() {
            self.overlong = None;
        }
        rest
    }

    fn pass(&mut self, run: &[u8], masked: bool) {
        if masked {
            self.written.extend(run.iter().map(|_| b'*'));
        } else {
            self.written.extend_from_slice(run);
        }
    }

    /// Writes as much of a line without end as no token can reach over.
    fn cut(&mut self) {
        // `%2E` and `\u002e` are dots.
        let holds = |byte: u8| is_token_byte(byte) || matches!(byte, b'%' | b'\\');
        let edge = self.held.iter().rposition(|byte| !holds(*byte));
        match edge {
            Some(edge) if edge > 0 && edge + 1 < self.held.len() => self.release(edge + 1),
            Some(edge) if edge + 1 == self.held.len() => self.release(edge + 1),
            _ => {
                let held = std::mem::take(&mut self.held);
                let start = held
                    .iter()
                    .take_while(|byte| !is_token_byte(**byte))
                    .count();
                let (before, run) = held.split_at(start);
                self.written.extend_from_slice(before);
                let opens = |at| run.get(at..).is_some_and(opens_a_token);
                let masked = memchr::memchr_iter(b'e', run).any(opens) || run.starts_with(b"ZX");
                self.copied.tokens += u64::from(masked);
                self.pass(run, masked);
                self.overlong = Some(masked);
            }
        }
    }

    fn release(&mut self, length: usize) {
        self.waiting = None;
        let rest = self.held.split_off(length);
        let held = std::mem::replace(&mut self.held, rest);
        if is_hex_dump(&held) {
            self.copied.withheld += 1;
            self.written
                .extend_from_slice(b"(a line of a hexadecimal dump, left out)\n");
            return;
        }
        self.copied.tokens += self.redactor.text(&held, &mut self.written);
    }
}
