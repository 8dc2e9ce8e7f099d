//! Records that stand in an array: `[…]`, or `{"Records": […]}`, one such document after another.
//!
//! A document may be far larger than memory: it is read piece by piece, and one record at a time is whole. Between records
//! the grammar is held to; what is wrong inside one is told of that record, and the next is still found.

use std::io;
use std::ops::Range;

use super::input::{BLOCK, MAX_ROW, Unpacked, fill};
use super::json::{self, SLOTS, Shape};

/// Why no further record can be found.
#[derive(Debug)]
pub(super) enum Stop {
    /// Reading failed.
    Io(io::Error),
    /// It ends inside a document.
    Truncated,
    /// Something stands where it cannot.
    Malformed(u64),
    /// A record is longer than a row may be.
    TooLong(u64),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Before a document.
    Outside,
    /// Behind a member of the wrapper, or its brace.
    Wrapper { members: u32, found: bool },
    /// Behind a record, or the bracket.
    Array { records: bool, wrapped: bool },
}

/// The records of documents.
pub(super) struct Records {
    stream: Unpacked,
    wrapper: Option<&'static str>,
    buffer: Vec<u8>,
    at: usize,
    /// The bytes before the buffer.
    before: u64,
    over: bool,
    state: State,
    /// Why the stream ends before its end: told once the records before that are given.
    failed: Option<io::Error>,
}

/// How far a value was followed.
#[derive(Debug, Default)]
struct Scan {
    seen: usize,
    depth: u32,
    in_text: bool,
}

impl Scan {
    /// The end of the value, if it is in these bytes, which begin with it.
    fn end(&mut self, value: &[u8], over: bool) -> Option<usize> {
        while let Some(byte) = value.get(self.seen) {
            let start = self.seen;
            self.seen += 1;
            if self.in_text {
                match byte {
                    b'"' => self.in_text = false,
                    b'\\' if value.len() == self.seen => {
                        // The escaped byte is not here yet.
                        self.seen = start;
                        return None;
                    }
                    b'\\' => self.seen += 1,
                    _ => {
                        let rest = value.get(self.seen..).unwrap_or_default();
                        let next = memchr::memchr2(b'"', b'\\', rest);
                        self.seen += next.unwrap_or(rest.len());
                        continue;
                    }
                }
                if !self.in_text && self.depth == 0 {
                    return Some(self.seen);
                }
                continue;
            }
            match byte {
                b'"' => self.in_text = true,
                b'{' | b'[' => self.depth += 1,
                b'}' | b']' | b',' | b' ' | b'\t' | b'\r' | b'\n' | b':' if self.depth == 0 => {
                    return Some(start);
                }
                b'}' | b']' => {
                    self.depth -= 1;
                    if self.depth == 0 {
                        return Some(self.seen);
                    }
                }
                _ => {}
            }
        }
        (over && self.depth == 0 && !self.in_text).then_some(self.seen)
    }
}

impl Records {
    pub(super) fn new(stream: Unpacked, wrapper: Option<&'static str>) -> Self {
        Self {
            stream,
            wrapper,
            buffer: Vec::new(),
            at: 0,
            before: 0,
            over: false,
            state: State::Outside,
            failed: None,
        }
    }

    /// The next record; none after the last.
    pub(super) fn next(&mut self) -> Result<Option<&[u8]>, Stop> {
        match self.step() {
            Ok(Some(record)) => Ok(self.buffer.get(record)),
            other => match self.failed.take() {
                Some(error) => Err(Stop::Io(error)),
                None => other.map(|_| None),
            },
        }
    }

    fn step(&mut self) -> Result<Option<Range<usize>>, Stop> {
        loop {
            let byte = self.peek()?;
            match (self.state, byte) {
                (State::Outside, None) => return Ok(None),
                (_, None) => return Err(Stop::Truncated),
                (State::Outside, Some(b'[')) => {
                    self.at += 1;
                    self.state = State::Array {
                        records: false,
                        wrapped: false,
                    };
                }
                (State::Outside, Some(b'{')) if self.wrapper.is_some() => {
                    self.at += 1;
                    self.state = State::Wrapper {
                        members: 0,
                        found: false,
                    };
                }
                (State::Wrapper { found: true, .. }, Some(b'}')) => {
                    self.at += 1;
                    self.state = State::Outside;
                }
                (State::Wrapper { members, found }, Some(_)) => self.member(members, found)?,
                (State::Array { wrapped, .. }, Some(b']')) => {
                    self.at += 1;
                    self.state = match wrapped {
                        true => State::Wrapper {
                            members: 1,
                            found: true,
                        },
                        false => State::Outside,
                    };
                }
                (State::Array { records, wrapped }, Some(_)) => {
                    if records {
                        self.comma()?;
                    }
                    self.state = State::Array {
                        records: true,
                        wrapped,
                    };
                    return self.value().map(Some);
                }
                (State::Outside, Some(_)) => return Err(self.malformed()),
            }
        }
    }

    fn malformed(&self) -> Stop {
        Stop::Malformed(self.before + self.at as u64)
    }

    fn byte(&mut self, byte: u8) -> Result<(), Stop> {
        match self.peek()? {
            Some(found) if found == byte => {
                self.at += 1;
                Ok(())
            }
            Some(_) => Err(self.malformed()),
            None => Err(Stop::Truncated),
        }
    }

    /// Passes a comma, behind which something must stand.
    fn comma(&mut self) -> Result<(), Stop> {
        self.byte(b',')?;
        match self.peek()? {
            Some(b']' | b'}') => Err(self.malformed()),
            Some(_) => Ok(()),
            None => Err(Stop::Truncated),
        }
    }

    fn member(&mut self, members: u32, found: bool) -> Result<(), Stop> {
        if members > 0 {
            self.comma()?;
        }
        if self.peek()? != Some(b'"') {
            return Err(self.malformed());
        }
        let name = self.value()?;
        let quoted = self.buffer.get(name).unwrap_or_default();
        let is_wrapper = self
            .wrapper
            .is_some_and(|wrapper| quoted == format!("\"{wrapper}\"").as_bytes());
        self.check(quoted.to_vec())?;
        self.byte(b':')?;
        if is_wrapper && self.peek()? == Some(b'[') {
            if found {
                return Err(self.malformed());
            }
            self.at += 1;
            self.state = State::Array {
                records: false,
                wrapped: true,
            };
            return Ok(());
        }
        if self.peek()?.is_none() {
            return Err(Stop::Truncated);
        }
        let value = self.value()?;
        let value = self.buffer.get(value).unwrap_or_default().to_vec();
        self.check(value)?;
        self.state = State::Wrapper { members: 1, found };
        Ok(())
    }

    fn check(&self, value: Vec<u8>) -> Result<(), Stop> {
        let shape = Shape::new::<[&str; 0], &str>(&[]);
        let is_text = std::str::from_utf8(&value).is_ok();
        match json::read(&value, &shape, &mut [None; SLOTS]) {
            Ok(_) if is_text => Ok(()),
            _ => Err(self.malformed()),
        }
    }

    /// The next byte that is no blank; none at the end.
    fn peek(&mut self) -> Result<Option<u8>, Stop> {
        loop {
            match self.buffer.get(self.at) {
                Some(b' ' | b'\t' | b'\r' | b'\n') => self.at += 1,
                Some(byte) => return Ok(Some(*byte)),
                None if self.over => return Ok(None),
                None => self.more(),
            }
        }
    }

    fn more(&mut self) {
        self.before += self.at as u64;
        self.buffer.drain(..self.at);
        self.at = 0;
        let up_to = self.buffer.len() + BLOCK / 4;
        self.over = match fill(&mut self.stream, &mut self.buffer, up_to) {
            Ok(over) => over,
            Err(error) => {
                self.failed = Some(error);
                true
            }
        };
    }

    /// Where the value that begins here stands in the buffer.
    fn value(&mut self) -> Result<Range<usize>, Stop> {
        let mut scan = Scan::default();
        loop {
            let value = self.buffer.get(self.at..).unwrap_or_default();
            if let Some(length) = scan.end(value, self.over) {
                if length == 0 {
                    return Err(self.malformed());
                }
                let start = self.at;
                self.at += length;
                return Ok(start..self.at);
            }
            if value.len() > MAX_ROW {
                return Err(Stop::TooLong(self.before + self.at as u64));
            }
            if self.over {
                return Err(Stop::Truncated);
            }
            self.more();
        }
    }
}
