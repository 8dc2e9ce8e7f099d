//! Block mappings and sequences, by columns, with libyaml's tolerance.

use super::alias::Merge;
use super::plain::PlainEnd;
use super::reader::{Read, Reader};
use super::resolve::{self, Tag};
use crate::kernel::document::{Entry, Node, Value, find_duplicates};
use crate::kernel::source::Span;

/// libyaml gives up looking for the `:` of a key after this many characters.
const MAX_KEY_BYTES: usize = 1024;

/// What precedes a value: an anchor, a tag, or neither.
#[derive(Debug, Default)]
pub(super) struct Properties {
    pub(super) anchor: Option<String>,
    pub(super) tag: Option<Tag>,
}

/// A key whose `:` is at the cursor.
#[derive(Debug)]
struct Key {
    text: String,
    span: Span,
    is_merge: bool,
}

impl Reader<'_> {
    /// Reads the value at the cursor. `parent` is the column of the collection around it; `inline` is true after
    /// `key:` on the same line, where no new collection of lines may begin.
    pub(super) fn block_node(&mut self, parent: isize, inline: bool) -> Read<Node> {
        if !matches!(self.byte(), Some(b'&' | b'!')) {
            return self.block_value(parent, inline, None);
        }
        let line = self.line_start;
        let start = self.pos;
        let properties = self.properties()?;
        self.skip_blanks();
        let mut inline = inline;
        if self.at_line_rest() {
            self.skip_lines()?;
            inline = false;
        }
        let node = if self.at_end() || self.column() <= parent {
            if self.byte() == Some(b'-') && self.column() == parent {
                return self.refuse("a tagged or anchored sequence must be indented here");
            }
            let empty = properties.tag.map_or(Value::Null, |tag| tag.scalar(""));
            self.node(Span::new(start, start), empty)?
        } else {
            // On the line of its properties a key would own them, not its mapping.
            let inline = inline || self.line_start == line;
            self.block_value(parent, inline, properties.tag)?
        };
        if let Some(anchor) = properties.anchor {
            self.remember(anchor, &node)?;
        }
        Ok(node)
    }

    fn block_value(&mut self, parent: isize, inline: bool, tag: Option<Tag>) -> Read<Node> {
        let next_is_blank = self.is_blank_or_end(self.pos + 1);
        match self.byte() {
            Some(b'-') if next_is_blank => {
                if inline {
                    return self.refuse("a sequence entry is not allowed here: start a new line");
                }
                let column = self.column();
                self.block_sequence(column)
            }
            Some(b'?' | b':') if next_is_blank => self.refuse("complex keys are not read here"),
            Some(b'|' | b'>') => {
                let node = self.block_scalar(parent)?;
                Ok(retag(node, tag))
            }
            Some(b'[' | b'{' | b'*') => {
                let node = self.flow_node()?;
                self.expect_line_rest()?;
                Ok(node)
            }
            Some(b'"' | b'\'') => self.quoted_value(inline, tag),
            Some(b',' | b']' | b'}' | b'%' | b'@' | b'`' | b'#' | b'\t' | b'&' | b'!') | None => {
                self.refuse("no value can start with this character: quote it")
            }
            Some(_) => self.plain_value(parent, inline, tag),
        }
    }

    fn quoted_value(&mut self, inline: bool, tag: Option<Tag>) -> Read<Node> {
        let (start, line, column) = (self.pos, self.line_start, self.column());
        let text = self.quoted()?;
        let span = Span::new(start, self.pos);
        self.skip_blanks();
        if self.byte() == Some(b':') && self.is_blank_or_end(self.pos + 1) {
            if inline || self.line_start != line || self.pos - start > MAX_KEY_BYTES {
                return self.refuse("a mapping is not allowed here");
            }
            let is_merge = false;
            return self.block_mapping(
                column,
                Key {
                    text,
                    span,
                    is_merge,
                },
            );
        }
        self.expect_line_rest()?;
        let value = match tag {
            Some(tag) => tag.scalar(&text),
            None => Value::String(text),
        };
        self.node(span, value)
    }

    fn plain_value(&mut self, parent: isize, inline: bool, tag: Option<Tag>) -> Read<Node> {
        let (start, column) = (self.pos, self.column());
        let (first, end) = self.plain_line();
        if end == PlainEnd::Colon {
            if inline || self.pos - start > MAX_KEY_BYTES {
                return self.refuse(
                    "a mapping is not allowed here: put it on its own line, or quote the value",
                );
            }
            let key = plain_key(first, Span::new(start, start + first.len()));
            return self.block_mapping(column, key);
        }
        let scalar = self.plain_rest(parent, start, first)?;
        self.expect_line_rest()?;
        let value = match tag {
            Some(tag) => tag.scalar(&scalar.text),
            None => resolve::plain(scalar.text),
        };
        self.node(scalar.span, value)
    }

    /// Reads the entries of a mapping whose first key has just been read.
    fn block_mapping(&mut self, column: isize, first: Key) -> Read<Node> {
        self.enter()?;
        let start = first.span.start as usize;
        let mut entries: Vec<Entry> = Vec::new();
        let mut merges = Vec::new();
        let mut key = first;
        let mut end;
        loop {
            self.pos += 1; // the `:`
            let value = self.mapping_value(column)?;
            end = self.end_of(&value);
            if key.is_merge {
                merges.push(entries.len());
            }
            entries.push(Entry {
                key: key.text,
                key_span: key.span,
                value,
            });
            self.skip_lines()?;
            if self.at_end() || self.column() < column {
                break;
            }
            if self.column() > column {
                return self.refuse("this line is indented deeper than the keys before it");
            }
            key = self.block_key()?;
        }
        self.leave();
        let node = self.mapping(start, end, entries, &merges)?;
        Ok(node)
    }

    /// The end of a value for the span of what holds it; an aliased value lies elsewhere.
    fn end_of(&self, value: &Node) -> usize {
        let end = value.span.end as usize;
        if end <= self.pos && end >= value.span.start as usize {
            end
        } else {
            self.pos
        }
    }

    /// Makes a mapping: duplicate keys noted, `<<` expanded in its place.
    pub(super) fn mapping(
        &mut self,
        start: usize,
        end: usize,
        entries: Vec<Entry>,
        merges: &[usize],
    ) -> Read<Node> {
        let entries = if merges.is_empty() {
            find_duplicates(&entries, &mut self.duplicates);
            entries
        } else {
            self.expand_merges(Merge { entries, merges })?
        };
        self.node(Span::new(start, end), Value::Mapping(entries.into()))
    }

    fn block_key(&mut self) -> Read<Key> {
        let start = self.pos;
        let line = self.line_start;
        let key = match self.byte() {
            Some(b'"' | b'\'') => {
                let text = self.quoted()?;
                let span = Span::new(start, self.pos);
                self.skip_blanks();
                Key {
                    text,
                    span,
                    is_merge: false,
                }
            }
            Some(b'-') if self.is_blank_or_end(start + 1) => {
                return self.refuse("a sequence entry stands where a key is expected");
            }
            Some(b'?' | b':') if self.is_blank_or_end(start + 1) => {
                return self.refuse("complex keys are not read here");
            }
            Some(
                b'&' | b'!' | b'*' | b'[' | b'{' | b'|' | b'>' | b',' | b']' | b'}' | b'%' | b'@'
                | b'`',
            ) => return self.refuse("no key can start with this character: quote it"),
            _ => {
                let (text, _) = self.plain_line();
                plain_key(text, Span::new(start, start + text.len()))
            }
        };
        let found = self.byte() == Some(b':') && self.is_blank_or_end(self.pos + 1);
        if !found || self.line_start != line || self.pos - start > MAX_KEY_BYTES {
            self.pos = start;
            return self.refuse("this key has no `:` after it");
        }
        Ok(key)
    }

    /// Reads what follows `key:` in a mapping at `column`.
    fn mapping_value(&mut self, column: isize) -> Read<Node> {
        let after_colon = self.pos;
        self.skip_blanks();
        if !self.at_line_rest() {
            return self.block_node(column, true);
        }
        self.skip_lines()?;
        if !self.at_end() {
            if self.column() > column {
                return self.block_node(column, false);
            }
            // A sequence may stand at the column of the key it belongs to.
            if self.column() == column
                && self.byte() == Some(b'-')
                && self.is_blank_or_end(self.pos + 1)
            {
                return self.block_sequence(column);
            }
        }
        self.node(Span::new(after_colon, after_colon), Value::Null)
    }

    fn block_sequence(&mut self, column: isize) -> Read<Node> {
        self.enter()?;
        let start = self.pos;
        let mut items = Vec::new();
        let mut end;
        loop {
            self.pos += 1; // the `-`
            let item = self.sequence_item(column)?;
            end = self.end_of(&item);
            items.push(item);
            self.skip_lines()?;
            if self.at_end() || self.column() < column {
                break;
            }
            if self.column() > column {
                return self.refuse("this line is indented deeper than the entries before it");
            }
            if self.byte() != Some(b'-') || !self.is_blank_or_end(self.pos + 1) {
                break;
            }
        }
        self.leave();
        self.node(Span::new(start, end), Value::Sequence(items.into()))
    }

    fn sequence_item(&mut self, column: isize) -> Read<Node> {
        let after_dash = self.pos;
        self.skip_spaces();
        if self.byte() == Some(b'\t') {
            return self.refuse("a tab follows `-`: use spaces");
        }
        if self.at_line_rest() {
            self.skip_lines()?;
            if self.at_end() || self.column() <= column {
                return self.node(Span::new(after_dash, after_dash), Value::Null);
            }
        }
        self.block_node(column, false)
    }
}

/// A key written plain: what is not a string is spelt as Kubernetes spells it.
fn plain_key(text: &str, span: Span) -> Key {
    Key {
        text: resolve::key(text),
        span,
        is_merge: text == "<<",
    }
}

fn retag(node: Node, tag: Option<Tag>) -> Node {
    match (tag, &node.value) {
        (Some(tag), Value::String(text)) => Node {
            span: node.span,
            value: tag.scalar(text),
        },
        _ => node,
    }
}
