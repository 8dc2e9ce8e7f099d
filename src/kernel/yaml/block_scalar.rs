//! Literal (`|`) and folded (`>`) scalars, with chomping and indentation indicators.

use super::reader::{Read, Reader};
use crate::kernel::document::{Node, Value};
use crate::kernel::source::Span;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Chomping {
    Strip,
    Clip,
    Keep,
}

#[derive(Debug)]
struct Header {
    folded: bool,
    chomping: Chomping,
    /// The indentation, where the header gives it.
    increment: Option<isize>,
}

impl Reader<'_> {
    pub(super) fn block_scalar(&mut self, parent: isize) -> Read<Node> {
        let start = self.pos;
        let header = self.block_header()?;
        let mut indent = header.increment.map(|by| parent.max(0) + by);
        let mut trailing = self.blank_lines(&mut indent, parent)?;
        let indent = indent.unwrap_or(1);
        let mut text = String::new();
        let mut leading_break = false;
        let mut after_blank = false;
        let mut end = self.pos;
        while !self.at_end() && self.column() == indent {
            let starts_blank = matches!(self.byte(), Some(b' ' | b'\t'));
            if header.folded && leading_break && !after_blank && !starts_blank {
                if trailing == 0 {
                    text.push(' ');
                }
            } else if leading_break {
                text.push('\n');
            }
            text.extend(std::iter::repeat_n('\n', trailing));
            after_blank = starts_blank;
            let line = self.line_here();
            text.push_str(line);
            self.pos += line.len();
            end = self.pos;
            leading_break = self.skip_break();
            trailing = self.blank_lines(&mut Some(indent), parent)?;
        }
        if header.chomping != Chomping::Strip && leading_break {
            text.push('\n');
        }
        if header.chomping == Chomping::Keep {
            text.extend(std::iter::repeat_n('\n', trailing));
        }
        let end = if text.is_empty() { start + 1 } else { end };
        self.node(Span::new(start, end), Value::String(text))
    }

    fn block_header(&mut self) -> Read<Header> {
        let mut header = Header {
            folded: self.byte() == Some(b'>'),
            chomping: Chomping::Clip,
            increment: None,
        };
        self.pos += 1;
        for _ in 0..2 {
            match self.byte() {
                Some(b'+') if header.chomping == Chomping::Clip => {
                    header.chomping = Chomping::Keep;
                }
                Some(b'-') if header.chomping == Chomping::Clip => {
                    header.chomping = Chomping::Strip;
                }
                Some(digit @ b'1'..=b'9') if header.increment.is_none() => {
                    header.increment = Some(isize::from(digit - b'0'));
                }
                _ => break,
            }
            self.pos += 1;
        }
        self.skip_blanks();
        if !self.at_line_rest() {
            return self.refuse("only a comment may follow the header of a block scalar");
        }
        self.skip_comment();
        self.skip_break();
        Ok(header)
    }

    /// Steps over the indentation and over blank lines; counts the latter. Without an indentation yet, the
    /// deepest of these lines sets it, as in libyaml.
    fn blank_lines(&mut self, indent: &mut Option<isize>, parent: isize) -> Read<usize> {
        let mut breaks = 0;
        let mut deepest = 0;
        loop {
            while indent.is_none_or(|indent| self.column() < indent) && self.byte() == Some(b' ') {
                self.pos += 1;
            }
            deepest = deepest.max(self.column());
            if indent.is_none_or(|indent| self.column() < indent) && self.byte() == Some(b'\t') {
                return self.refuse("a tab stands where indentation is expected");
            }
            if !self.skip_break() {
                break;
            }
            breaks += 1;
        }
        indent.get_or_insert_with(|| deepest.max(parent + 1).max(1));
        Ok(breaks)
    }

    fn line_here(&self) -> &str {
        let rest = self.bytes.get(self.pos..).unwrap_or_default();
        let length = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        let line = self.slice(self.pos, self.pos + length);
        line.strip_suffix('\r').unwrap_or(line)
    }
}
