//! Plain (unquoted) scalars, one line or several.

use std::borrow::Cow;

use super::reader::{Read, Reader};
use crate::kernel::source::Span;

/// Why a plain scalar stopped on its line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PlainEnd {
    /// At a `:` that a blank follows: it is a key.
    Colon,
    /// At the end of the line, a comment, or a flow indicator.
    Other,
}

/// A plain scalar, folded.
#[derive(Debug)]
pub(super) struct Plain<'a> {
    pub(super) text: Cow<'a, str>,
    pub(super) span: Span,
}

impl<'a> Reader<'a> {
    /// Reads the plain text at the cursor up to the end of its line, a comment, or `: `. The cursor stops there;
    /// trailing blanks belong to nobody.
    pub(super) fn plain_line(&mut self) -> (&'a str, PlainEnd) {
        let start = self.pos;
        let mut at = start;
        let end = loop {
            let rest = self.bytes.get(at..).unwrap_or_default();
            let Some(offset) = memchr::memchr3(b':', b'#', b'\n', rest) else {
                self.pos = self.bytes.len();
                break PlainEnd::Other;
            };
            let here = at + offset;
            self.pos = here;
            match self.byte() {
                Some(b':') if self.is_blank_or_end(here + 1) => break PlainEnd::Colon,
                Some(b'#') if self.blank_before(here, start) => break PlainEnd::Other,
                Some(b'\n') => break PlainEnd::Other,
                _ => at = here + 1,
            }
        };
        let text = trim_blanks(self.slice(start, self.pos));
        if end == PlainEnd::Other {
            self.pos = start + text.len();
        }
        (text, end)
    }

    fn blank_before(&self, at: usize, start: usize) -> bool {
        at > start && matches!(self.byte_at(at - 1), Some(b' ' | b'\t'))
    }

    /// Reads the further lines of a block plain scalar: those indented deeper than `parent`.
    pub(super) fn plain_rest(
        &mut self,
        parent: isize,
        start: usize,
        first: &'a str,
    ) -> Read<Plain<'a>> {
        let mut text = Cow::Borrowed(first);
        let mut end = start + first.len();
        loop {
            let (end_pos, end_line) = (self.pos, self.line_start);
            let breaks = self.plain_breaks(parent)?;
            let goes_on =
                breaks > 0 && !self.at_end() && self.column() > parent && self.byte() != Some(b'#');
            if !goes_on {
                self.pos = end_pos;
                self.line_start = end_line;
                break;
            }
            let line_from = self.pos;
            let (line, stop) = self.plain_line();
            if stop == PlainEnd::Colon {
                return self.refuse(
                    "a key is not allowed inside a value of several lines: quote the value",
                );
            }
            fold(text.to_mut(), breaks);
            text.to_mut().push_str(line);
            end = line_from + line.len();
        }
        Ok(Plain {
            text,
            span: Span::new(start, end),
        })
    }

    /// Steps over blanks and line breaks; counts the breaks.
    fn plain_breaks(&mut self, parent: isize) -> Read<usize> {
        let mut breaks = 0;
        loop {
            match self.byte() {
                Some(b' ') => self.pos += 1,
                Some(b'\t') => {
                    if breaks > 0 && self.column() <= parent {
                        return self.refuse("a tab cannot indent: use spaces");
                    }
                    self.pos += 1;
                }
                Some(b'\n' | b'\r') => {
                    self.skip_break();
                    breaks += 1;
                }
                _ => return Ok(breaks),
            }
        }
    }

    /// Reads a plain scalar of flow context, which may span lines at any indentation.
    pub(super) fn plain_flow(&mut self) -> Read<Plain<'a>> {
        let start = self.pos;
        let mut text = Cow::Borrowed("");
        let mut end = start;
        let mut breaks = 0;
        loop {
            let from = self.pos;
            let line = self.plain_flow_line()?;
            if line.is_empty() {
                break;
            }
            if end == start {
                text = Cow::Borrowed(line);
            } else {
                fold(text.to_mut(), breaks);
                text.to_mut().push_str(line);
            }
            end = from + line.len();
            let (end_pos, end_line) = (self.pos, self.line_start);
            breaks = self.plain_breaks(-1)?;
            if breaks == 0 || self.byte() == Some(b'#') {
                self.pos = end_pos;
                self.line_start = end_line;
                break;
            }
        }
        if end == start {
            return self.refuse("a value is missing here");
        }
        Ok(Plain {
            text,
            span: Span::new(start, end),
        })
    }

    fn plain_flow_line(&mut self) -> Read<&'a str> {
        let start = self.pos;
        loop {
            match self.byte() {
                None | Some(b'\n' | b'\r' | b',' | b'[' | b']' | b'{' | b'}') => break,
                Some(b':') if self.ends_flow_plain(self.pos + 1) => break,
                Some(b'?') if self.ends_flow_plain(self.pos + 1) => {
                    return self.refuse("`?` is not read here: quote the value");
                }
                Some(b'#') if self.blank_before(self.pos, start) => break,
                Some(_) => self.pos += 1,
            }
        }
        let text = trim_blanks(self.slice(start, self.pos));
        self.pos = start + text.len();
        Ok(text)
    }

    fn ends_flow_plain(&self, at: usize) -> bool {
        self.is_blank_or_end(at)
            || matches!(
                self.byte_at(at),
                Some(b',' | b'?' | b'[' | b']' | b'{' | b'}')
            )
    }
}

/// YAML 1.1 §5.9: one break becomes a space, each further one a line feed.
pub(super) fn fold(text: &mut String, breaks: usize) {
    match breaks {
        0 => {}
        1 => text.push(' '),
        more => text.extend(std::iter::repeat_n('\n', more - 1)),
    }
}

fn trim_blanks(text: &str) -> &str {
    text.trim_end_matches([' ', '\t', '\r'])
}
