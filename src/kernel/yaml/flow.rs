//! Flow collections: `[a, b]`, `{a: b}`, and JSON, at any indentation.

use super::reader::{Read, Reader};
use super::resolve;
use crate::kernel::document::{Entry, Node, Value};
use crate::kernel::source::Span;

/// A value that may turn out to be a key.
#[derive(Debug)]
struct FlowValue {
    node: Node,
    /// Its text as a key; none for collections and aliases.
    key: Option<String>,
    is_merge: bool,
    /// Whether it was quoted: JSON then allows its `:` anywhere.
    quoted: bool,
}

impl Reader<'_> {
    /// Reads the collection, alias or JSON scalar at the cursor.
    pub(super) fn flow_node(&mut self) -> Read<Node> {
        Ok(self.flow_value()?.node)
    }

    fn flow_value(&mut self) -> Read<FlowValue> {
        if !matches!(self.byte(), Some(b'&' | b'!')) {
            return self.flow_bare();
        }
        let properties = self.properties()?;
        self.skip_flow_space();
        let mut value = if matches!(self.byte(), Some(b',' | b']' | b'}') | None) {
            let span = Span::new(self.pos, self.pos);
            FlowValue {
                node: self.node(span, Value::Null)?,
                key: None,
                is_merge: false,
                quoted: false,
            }
        } else {
            self.flow_bare()?
        };
        if let (Some(tag), Some(_)) = (properties.tag, &value.key) {
            let text = match &value.node.value {
                Value::String(text) => text.clone(),
                _ => self
                    .slice(value.node.span.start as usize, value.node.span.end as usize)
                    .to_owned(),
            };
            value.node.value = tag.scalar(&text);
            // A tagged key is left to the other engine.
            value.key = None;
        }
        if let Some(anchor) = properties.anchor {
            value.key = None;
            self.remember(anchor, &value.node)?;
        }
        Ok(value)
    }

    fn flow_bare(&mut self) -> Read<FlowValue> {
        let start = self.pos;
        let collection = |node| FlowValue {
            node,
            key: None,
            is_merge: false,
            quoted: false,
        };
        match self.byte() {
            Some(b'[') => self.flow_sequence().map(collection),
            Some(b'{') => self.flow_mapping().map(collection),
            Some(b'*') => self.alias().map(collection),
            Some(b'"' | b'\'') => {
                let text = self.quoted()?;
                let span = Span::new(start, self.pos);
                let key = Some(text.clone());
                Ok(FlowValue {
                    node: self.node(span, Value::String(text))?,
                    key,
                    is_merge: false,
                    quoted: true,
                })
            }
            Some(b'-') if self.is_blank_or_end(start + 1) => {
                self.refuse("a sequence entry is not allowed inside brackets")
            }
            Some(
                b'?' | b':' | b',' | b']' | b'}' | b'|' | b'>' | b'%' | b'@' | b'`' | b'&' | b'!',
            )
            | None => self.refuse("no value can start with this character: quote it"),
            Some(_) => {
                let line = self.line_start;
                let plain = self.plain_flow()?;
                let one_line = self.line_start == line;
                let is_merge = plain.text == "<<";
                let key = one_line.then(|| resolve::key(&plain.text));
                Ok(FlowValue {
                    node: self.node(plain.span, resolve::plain(plain.text))?,
                    key,
                    is_merge,
                    quoted: false,
                })
            }
        }
    }

    fn flow_sequence(&mut self) -> Read<Node> {
        self.enter()?;
        let start = self.pos;
        self.pos += 1;
        let mut items = Vec::new();
        loop {
            self.skip_flow_space();
            if self.byte() == Some(b']') {
                break;
            }
            let line = self.line_start;
            let value = self.flow_value()?;
            let item = if self.at_flow_colon(&value, line) {
                self.single_pair(value)?
            } else {
                value.node
            };
            items.push(item);
            self.flow_separator(b']', "this `[` is never closed")?;
        }
        self.pos += 1;
        self.leave();
        self.node(Span::new(start, self.pos), Value::Sequence(items.into()))
    }

    /// `[a: b]` holds a mapping of one entry.
    fn single_pair(&mut self, key: FlowValue) -> Read<Node> {
        let start = key.node.span.start as usize;
        let mut merges = Vec::new();
        let entry = self.flow_entry(key, &mut merges, 0)?;
        let end = (entry.value.span.end as usize).max(entry.key_span.end as usize);
        let end = if end <= self.pos { end } else { self.pos };
        self.mapping(start, end, vec![entry], &merges)
    }

    fn flow_mapping(&mut self) -> Read<Node> {
        self.enter()?;
        let start = self.pos;
        self.pos += 1;
        let mut entries = Vec::new();
        let mut merges = Vec::new();
        loop {
            self.skip_flow_space();
            if self.byte() == Some(b'}') {
                break;
            }
            let line = self.line_start;
            let key = self.flow_value()?;
            if self.at_flow_colon(&key, line) {
                let entry = self.flow_entry(key, &mut merges, entries.len())?;
                entries.push(entry);
            } else {
                let Some(text) = key.key else {
                    return self.refuse("a complex key is not read here");
                };
                let span = Span::new(self.pos, self.pos);
                let value = self.node(span, Value::Null)?;
                entries.push(Entry {
                    key: text,
                    key_span: key.node.span,
                    value,
                });
            }
            self.flow_separator(b'}', "this `{` is never closed")?;
        }
        self.pos += 1;
        self.leave();
        self.mapping(start, self.pos, entries, &merges)
    }

    /// Whether the `:` of this key is next; steps up to it.
    fn at_flow_colon(&mut self, key: &FlowValue, line: usize) -> bool {
        let mark = self.mark();
        if key.quoted {
            self.skip_flow_space();
        } else {
            self.skip_blanks();
        }
        let found = self.byte() == Some(b':') && (key.quoted || self.line_start == line);
        if !found {
            self.rewind(mark);
        }
        found
    }

    fn flow_entry(&mut self, key: FlowValue, merges: &mut Vec<usize>, index: usize) -> Read<Entry> {
        let Some(text) = key.key else {
            return self.refuse("a complex key is not read here");
        };
        self.pos += 1; // the `:`
        let after_colon = self.pos;
        self.skip_flow_space();
        let value = if matches!(self.byte(), Some(b',' | b']' | b'}')) {
            self.node(Span::new(after_colon, after_colon), Value::Null)?
        } else {
            self.flow_value()?.node
        };
        if key.is_merge {
            merges.push(index);
        }
        Ok(Entry {
            key: text,
            key_span: key.node.span,
            value,
        })
    }

    fn flow_separator(&mut self, close: u8, unclosed: &str) -> Read<()> {
        self.skip_flow_space();
        match self.byte() {
            Some(b',') => {
                self.pos += 1;
                Ok(())
            }
            Some(byte) if byte == close => Ok(()),
            None => self.refuse(unclosed),
            Some(_) => self.refuse("a `,` is missing before this"),
        }
    }
}
