//! Changing a message: fields and target that are ours, and no other byte.

use super::{Message, Start};

/// What signing changes in a message.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Edit {
    /// Fields that are taken away, matched without regard to case.
    pub remove: Vec<String>,
    /// Fields that are added after the last one, in order.
    pub add: Vec<(String, String)>,
    /// The request target in place of the old one.
    pub target: Option<String>,
}

impl Edit {
    /// Adds a field.
    pub fn add(&mut self, name: &str, value: impl Into<String>) {
        self.add.push((name.to_owned(), value.into()));
    }

    /// Puts a field in place of all of that name.
    pub fn replace(&mut self, name: &str, value: impl Into<String>) {
        self.remove.push(name.to_owned());
        self.add(name, value);
    }

    /// A byte that would end a line, or that no field may hold.
    pub(super) fn control_byte(&self) -> Option<u8> {
        let fields = self.add.iter().flat_map(|(name, value)| [name, value]);
        let mut texts = fields.chain(&self.target).map(String::as_bytes);
        texts.find_map(|text| {
            let at = memchr::memchr3(b'\r', b'\n', 0, text)?;
            text.get(at).copied()
        })
    }

    /// The added fields as lines.
    pub fn lines(&self) -> Vec<String> {
        let line = |(name, value): &(String, String)| format!("{name}: {value}");
        self.add.iter().map(line).collect()
    }
}

impl Message {
    /// The head with an edit made, up to and with the empty line.
    pub fn head_with(&self, edit: &Edit) -> Vec<u8> {
        let bytes = self.source.bytes();
        let end = (self.fields_end as usize).min(bytes.len());
        let mut head = Vec::with_capacity(end + 512);
        let mut at = 0;
        let copy = |head: &mut Vec<u8>, from: usize, to: usize| {
            head.extend_from_slice(bytes.get(from..to).unwrap_or_default());
        };
        if let (Some(target), Start::Request { target_span, .. }) = (&edit.target, &self.start) {
            copy(&mut head, at, target_span.start as usize);
            head.extend_from_slice(target.as_bytes());
            at = target_span.end as usize;
        }
        for field in &self.fields {
            let gone = |name: &String| field.is_named(name);
            if edit.remove.iter().any(gone) {
                copy(&mut head, at, field.span.start as usize);
                at = field.span.end as usize;
            }
        }
        copy(&mut head, at, end);
        let line_end = self.line_end.as_bytes();
        if !head.ends_with(b"\n") {
            head.extend_from_slice(line_end);
        }
        for line in edit.lines() {
            head.extend_from_slice(line.as_bytes());
            head.extend_from_slice(line_end);
        }
        match bytes.get(end..self.body_start as usize) {
            Some(rest) if !rest.is_empty() => head.extend_from_slice(rest),
            _ => head.extend_from_slice(line_end),
        }
        head
    }

    /// What follows the head in the source: the body with its transfer coding, and whatever an editor left behind it.
    /// Empty where the content is read in pieces.
    pub fn rest(&self) -> &[u8] {
        self.source
            .bytes()
            .get(self.body_start as usize..)
            .unwrap_or_default()
    }
}
