//! The cursor: white space, comments, limits, and the two ways a document can begin.

use std::sync::Arc;

use super::alias::Anchors;
use super::{MAX_DEPTH, MAX_NODES};
use crate::kernel::document::{Document, DuplicateKey, Node, Value};
use crate::kernel::source::{Source, Span};

/// Why this reader does not read on.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) at: usize,
    pub(super) message: String,
    /// A limit: no other engine is asked.
    pub(super) is_final: bool,
}

pub(super) type Read<T> = Result<T, Refusal>;

/// A cursor over one document. The text is cut at the document's end, so the end of the text is its end.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    pub(super) text: &'a str,
    pub(super) bytes: &'a [u8],
    pub(super) pos: usize,
    pub(super) line_start: usize,
    pub(super) duplicates: Vec<DuplicateKey>,
    pub(super) anchors: Anchors,
    comments: Vec<Span>,
    start: usize,
    depth: usize,
    nodes: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a str, start: usize, end: usize) -> Self {
        let text = text.get(..end).unwrap_or(text);
        Self {
            text,
            bytes: text.as_bytes(),
            pos: start,
            line_start: start,
            duplicates: Vec::new(),
            anchors: Anchors::default(),
            comments: Vec::new(),
            start,
            depth: 0,
            nodes: 0,
        }
    }

    /// Reads the whole text as one YAML document.
    pub(super) fn document(&mut self) -> Read<Node> {
        self.refuse_unusual_characters()?;
        self.skip_lines()?;
        if self.at_end() {
            return self.node(Span::new(self.pos, self.pos), Value::Null);
        }
        if self.byte() == Some(b'%') {
            return self.refuse("a directive is not read here");
        }
        let root = self.block_node(-1, false)?;
        self.skip_lines()?;
        if self.at_end() {
            Ok(root)
        } else {
            self.refuse("this text belongs to no key: check its indentation")
        }
    }

    /// Reads one JSON value at the cursor and stops after it.
    pub(super) fn json_value(&mut self) -> Read<Node> {
        self.flow_node()
    }

    pub(super) fn position(&self) -> usize {
        self.pos
    }

    pub(super) fn into_document(self, source: &Arc<Source>, root: Node) -> Document {
        Document {
            source: Arc::clone(source),
            root,
            duplicates: self.duplicates,
            comments: self.comments,
            exact_spans: true,
        }
    }

    /// Control characters are errors, and libyaml breaks lines at characters that this reader does not: both are
    /// left to the other engine.
    fn refuse_unusual_characters(&mut self) -> Read<()> {
        let document = self.bytes.get(self.start..).unwrap_or_default();
        let is_control =
            |byte: &u8| (*byte < 0x20 && !matches!(*byte, b'\t' | b'\n' | b'\r')) || *byte == 0x7f;
        // One pass without a branch per byte; the place is sought only when there is one.
        let any = document
            .iter()
            .fold(false, |any, byte| any | is_control(byte));
        if any && let Some(offset) = document.iter().position(is_control) {
            self.pos = self.start + offset;
            return self.refuse("control characters are not allowed");
        }
        for offset in memchr::memchr_iter(b'\r', document) {
            if document.get(offset + 1) != Some(&b'\n') {
                self.pos = self.start + offset;
                return self.refuse("a carriage return stands without a line feed");
            }
        }
        if !document.is_ascii() {
            return self.refuse_unicode_breaks();
        }
        Ok(())
    }

    fn refuse_unicode_breaks(&mut self) -> Read<()> {
        let text = self.text.get(self.start..).unwrap_or_default();
        let unusual = |c: char| {
            matches!(
                c,
                '\u{80}'
                    ..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}'
            )
        };
        match text.char_indices().find(|(_, c)| unusual(*c)) {
            Some((offset, _)) => {
                self.pos = self.start + offset;
                self.refuse("this character is not read inside a document")
            }
            None => Ok(()),
        }
    }

    pub(super) fn refuse<T>(&self, message: &str) -> Read<T> {
        Err(Refusal {
            at: self.pos,
            message: message.to_owned(),
            is_final: false,
        })
    }

    pub(super) fn limit<T>(&self, message: String) -> Read<T> {
        Err(Refusal {
            at: self.pos,
            message,
            is_final: true,
        })
    }

    /// Makes a node, within the limit.
    pub(super) fn node(&mut self, span: Span, value: Value) -> Read<Node> {
        self.count(1)?;
        Ok(Node { span, value })
    }

    pub(super) fn count(&mut self, nodes: usize) -> Read<()> {
        self.nodes += nodes;
        if self.nodes > MAX_NODES {
            return self.limit(format!("the document holds more than {MAX_NODES} values"));
        }
        Ok(())
    }

    pub(super) fn counted(&self) -> usize {
        self.nodes
    }

    pub(super) fn enter(&mut self) -> Read<()> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return self.limit(format!("collections nest deeper than {MAX_DEPTH}"));
        }
        Ok(())
    }

    pub(super) fn leave(&mut self) {
        self.depth -= 1;
    }

    pub(super) fn byte(&self) -> Option<u8> {
        self.bytes.get(self.pos).copied()
    }

    pub(super) fn byte_at(&self, at: usize) -> Option<u8> {
        self.bytes.get(at).copied()
    }

    pub(super) fn at_end(&self) -> bool {
        self.pos >= self.bytes.len()
    }

    pub(super) fn column(&self) -> isize {
        isize::try_from(self.pos - self.line_start).unwrap_or(isize::MAX)
    }

    pub(super) fn slice(&self, start: usize, end: usize) -> &'a str {
        self.text.get(start..end).unwrap_or_default()
    }

    /// Whether a blank, a line break or the end is at this offset.
    pub(super) fn is_blank_or_end(&self, at: usize) -> bool {
        matches!(self.byte_at(at), None | Some(b' ' | b'\t' | b'\n' | b'\r'))
    }

    pub(super) fn at_break(&self) -> bool {
        matches!(self.byte(), Some(b'\n' | b'\r'))
    }

    /// Whether nothing but a comment is left on this line.
    pub(super) fn at_line_rest(&self) -> bool {
        self.at_end() || self.at_break() || self.byte() == Some(b'#')
    }

    /// The state to come back to with [`Self::rewind`]: position, line, comments seen.
    pub(super) fn mark(&self) -> (usize, usize, usize) {
        (self.pos, self.line_start, self.comments.len())
    }

    pub(super) fn rewind(&mut self, (pos, line_start, comments): (usize, usize, usize)) {
        self.pos = pos;
        self.line_start = line_start;
        self.comments.truncate(comments);
    }

    pub(super) fn skip_spaces(&mut self) {
        while self.byte() == Some(b' ') {
            self.pos += 1;
        }
    }

    pub(super) fn skip_blanks(&mut self) {
        while matches!(self.byte(), Some(b' ' | b'\t')) {
            self.pos += 1;
        }
    }

    /// Steps over a line break, if one is here.
    pub(super) fn skip_break(&mut self) -> bool {
        match self.byte() {
            Some(b'\r') if self.byte_at(self.pos + 1) == Some(b'\n') => self.pos += 2,
            Some(b'\n' | b'\r') => self.pos += 1,
            _ => return false,
        }
        self.line_start = self.pos;
        true
    }

    pub(super) fn skip_comment(&mut self) {
        if self.byte() != Some(b'#') {
            return;
        }
        let rest = self.bytes.get(self.pos..).unwrap_or_default();
        let length = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        let mut end = self.pos + length;
        if self.byte_at(end.wrapping_sub(1)) == Some(b'\r') && end > self.pos {
            end -= 1;
        }
        self.comments.push(Span::new(self.pos, end));
        self.pos = end;
    }

    /// Skips spaces, comments and line breaks up to the next token of block context. A tab in the indentation is
    /// where libyaml is strict too.
    pub(super) fn skip_lines(&mut self) -> Read<()> {
        loop {
            self.skip_spaces();
            self.skip_comment();
            if !self.skip_break() {
                break;
            }
        }
        if self.byte() == Some(b'\t') {
            return self.refuse("a tab cannot indent: use spaces");
        }
        Ok(())
    }

    /// Skips white space and comments of flow context, tabs included.
    pub(super) fn skip_flow_space(&mut self) {
        loop {
            self.skip_blanks();
            self.skip_comment();
            if !self.skip_break() {
                return;
            }
        }
    }

    /// After a value: only blanks and a comment may follow on its line.
    pub(super) fn expect_line_rest(&mut self) -> Read<()> {
        self.skip_blanks();
        if self.at_line_rest() {
            Ok(())
        } else if self.byte() == Some(b':') {
            self.refuse("a mapping is not allowed here: put it on its own line, or quote the value")
        } else {
            self.refuse("text follows the value on its line: quote the value, or start a new line")
        }
    }
}
