//! Anchors, aliases and `<<`, bounded as go-yaml bounds them.

use std::collections::HashMap;

use super::block::Properties;
use super::reader::{Read, Reader};
use super::resolve::Tag;
use crate::kernel::document::{DuplicateKey, Entry, Node, Value};
use crate::kernel::source::Span;

/// The text that anchors and aliases together may copy, in bytes.
const MAX_COPIED_BYTES: usize = 16 << 20;

/// What the document's anchors hold.
#[derive(Debug, Default)]
pub(super) struct Anchors {
    nodes: HashMap<String, (Node, Size)>,
    aliased: usize,
    copied_bytes: usize,
}

#[derive(Debug, Clone, Copy, Default)]
struct Size {
    nodes: usize,
    bytes: usize,
}

/// The entries of a mapping and which of them are `<<`.
#[derive(Debug)]
pub(super) struct Merge<'a> {
    pub(super) entries: Vec<Entry>,
    pub(super) merges: &'a [usize],
}

impl Reader<'_> {
    /// Reads `&anchor` and `!tag` in any order, on one line.
    pub(super) fn properties(&mut self) -> Read<Properties> {
        let mut properties = Properties::default();
        loop {
            match self.byte() {
                Some(b'&') if properties.anchor.is_none() => {
                    self.pos += 1;
                    properties.anchor = Some(self.anchor_name()?);
                }
                Some(b'!') if properties.tag.is_none() => properties.tag = Some(self.tag()?),
                Some(b'&' | b'!') => return self.refuse("a value has one anchor and one tag"),
                _ => return Ok(properties),
            }
            if !self.is_blank_or_end(self.pos) && !matches!(self.byte(), Some(b',' | b']' | b'}')) {
                return self.refuse("a blank is missing here");
            }
            self.skip_blanks();
        }
    }

    fn anchor_name(&mut self) -> Read<String> {
        let start = self.pos;
        while matches!(
            self.byte(),
            Some(b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'_' | b'-')
        ) {
            self.pos += 1;
        }
        if self.pos == start {
            return self.refuse("an anchor needs a name of letters, digits, `_` or `-`");
        }
        Ok(self.slice(start, self.pos).to_owned())
    }

    fn tag(&mut self) -> Read<Tag> {
        let start = self.pos;
        self.pos += 1;
        while !self.is_blank_or_end(self.pos)
            && !matches!(self.byte(), Some(b',' | b'[' | b']' | b'{' | b'}'))
        {
            self.pos += 1;
        }
        match Tag::from_suffix(self.slice(start + 1, self.pos)) {
            Some(tag) => Ok(tag),
            None => self.refuse("this tag is not read here"),
        }
    }

    /// Keeps the value of an anchor.
    pub(super) fn remember(&mut self, name: String, node: &Node) -> Read<()> {
        let size = size(node);
        self.copy(size)?;
        self.anchors.nodes.insert(name, (node.clone(), size));
        Ok(())
    }

    /// Reads `*name` and gives a copy of what the anchor holds, with the spans of the anchored value.
    pub(super) fn alias(&mut self) -> Read<Node> {
        self.pos += 1;
        let name = self.anchor_name()?;
        if !self.is_blank_or_end(self.pos) && !matches!(self.byte(), Some(b',' | b']' | b'}')) {
            return self.refuse("a blank is missing after this alias");
        }
        let Some(size) = self.anchors.nodes.get(&name).map(|(_, size)| *size) else {
            return self.refuse(&format!("the alias `*{name}` has no anchor before it"));
        };
        self.copy(size)?;
        self.count(size.nodes)?;
        self.anchors.aliased += size.nodes;
        self.refuse_alias_bomb()?;
        match self.anchors.nodes.get(&name) {
            Some((node, _)) => Ok(node.clone()),
            None => self.refuse("the alias has no anchor before it"),
        }
    }

    fn copy(&mut self, size: Size) -> Read<()> {
        self.anchors.copied_bytes += size.bytes + size.nodes;
        if self.anchors.copied_bytes > MAX_COPIED_BYTES {
            return self.limit(format!("aliases repeat more than {MAX_COPIED_BYTES} bytes"));
        }
        Ok(())
    }

    /// go-yaml v2 `decode.go`: more than 100 aliased and 1000 values in all, and a share of aliased values above
    /// 0.99 up to 400,000 values, falling to 0.10 at 4,000,000.
    fn refuse_alias_bomb(&self) -> Read<()> {
        #[expect(clippy::cast_precision_loss, reason = "counts stay below 2^53")]
        let (aliased, all) = (self.anchors.aliased as f64, self.counted() as f64);
        let allowed = if all <= 400_000.0 {
            0.99
        } else if all >= 4_000_000.0 {
            0.10
        } else {
            0.99 - 0.89 * (all - 400_000.0) / 3_600_000.0
        };
        if aliased > 100.0 && all > 1000.0 && aliased / all > allowed {
            return self.limit("the document is mostly aliases: kubectl refuses it too".to_owned());
        }
        Ok(())
    }

    /// Puts the entries of each `<<` in its place. As in go-yaml v2 a later entry wins, so a `<<` after a key
    /// overrides it: that is noted as a duplicate, for other readers decide otherwise.
    pub(super) fn expand_merges(&mut self, merge: Merge<'_>) -> Read<Vec<Entry>> {
        let mut merges = merge.merges.iter().copied().peekable();
        let mut explicit: HashMap<String, Span> = HashMap::new();
        let mut expanded = Vec::new();
        for (index, entry) in merge.entries.into_iter().enumerate() {
            if merges.next_if_eq(&index).is_none() {
                match explicit.get(&entry.key) {
                    Some(first) => self.duplicate(&entry, *first),
                    None => {
                        explicit.insert(entry.key.clone(), entry.key_span);
                    }
                }
                expanded.push(entry);
                continue;
            }
            for entry in self.merged(entry.value)? {
                if let Some(first) = explicit.get(&entry.key) {
                    self.duplicate(&entry, *first);
                }
                expanded.push(entry);
            }
        }
        Ok(expanded)
    }

    fn duplicate(&mut self, entry: &Entry, first: Span) {
        self.duplicates.push(DuplicateKey {
            key: entry.key.clone(),
            first,
            second: entry.key_span,
        });
    }

    /// The entries that the value of a `<<` brings.
    fn merged(&self, value: Node) -> Read<Vec<Entry>> {
        const WANTED: &str = "`<<` takes a mapping or a list of mappings";
        match value.value {
            Value::Mapping(entries) => Ok(entries.into_vec()),
            // Earlier maps of a list win, so they come last.
            Value::Sequence(items) => {
                let mut merged = Vec::new();
                for item in items.into_iter().rev() {
                    match item.value {
                        Value::Mapping(entries) => merged.extend(entries),
                        _ => return self.refuse(WANTED),
                    }
                }
                Ok(merged)
            }
            _ => self.refuse(WANTED),
        }
    }
}

fn size(node: &Node) -> Size {
    let mut total = Size { nodes: 1, bytes: 0 };
    match &node.value {
        Value::String(text) => total.bytes += text.len(),
        Value::Number(number) => total.bytes += number.text.len(),
        Value::Sequence(items) => {
            for item in items {
                total.add(size(item));
            }
        }
        Value::Mapping(entries) => {
            for entry in entries {
                total.bytes += entry.key.len();
                total.add(size(&entry.value));
            }
        }
        Value::Null | Value::Bool(_) => {}
    }
    total
}

impl Size {
    fn add(&mut self, other: Self) {
        self.nodes += other.nodes;
        self.bytes += other.bytes;
    }
}
