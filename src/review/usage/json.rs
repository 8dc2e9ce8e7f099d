//! One JSON value, checked whole and in one pass, of which a few members are wanted.
//!
//! The grammar is that of RFC 8259, all of it: a row that is not JSON is never half read. What is wanted is named by
//! its path from the root; a wanted member that is there twice is a defect, since two readers would read two things.
//! Nothing is copied: text that holds escapes is undone only where someone asks for it.

use std::borrow::Cow;

/// The most wanted members of one shape.
pub(super) const SLOTS: usize = 16;
const MAX_DEPTH: u32 = 128;

/// What is wrong with a value, and at which byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Defect {
    /// Not JSON.
    Syntax(usize),
    /// Nested more deeply than anything that people log.
    TooDeep(usize),
    /// A wanted member is there twice.
    Duplicate(usize),
}

/// A text between its quotation marks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Text<'a> {
    raw: &'a [u8],
    escaped: bool,
}

/// A wanted value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Value<'a> {
    Text(Text<'a>),
    Number(&'a [u8]),
    Bool(bool),
    Null,
    Object(&'a [u8]),
    Array(&'a [u8]),
    /// A time that is kept as one, in seconds since 1970; none where it is before or long after. No JSON has it.
    Instant(Option<u32>),
}

/// The wanted values, by slot.
pub(super) type Values<'a> = [Option<Value<'a>>; SLOTS];

/// Which members are wanted, as a tree of names.
#[derive(Debug, Clone)]
pub(super) struct Shape {
    nodes: Vec<Node>,
}

#[derive(Debug, Clone, Default)]
struct Node {
    children: Vec<(Box<[u8]>, usize)>,
    slot: Option<usize>,
}

impl Shape {
    /// The shape that puts the value at each path into the slot of the same number. Paths past [`SLOTS`] are not kept.
    pub(super) fn new<P: AsRef<[S]>, S: AsRef<str>>(paths: &[P]) -> Self {
        let mut nodes = vec![Node::default()];
        for (slot, path) in paths.iter().enumerate().take(SLOTS) {
            if path.as_ref().is_empty() {
                continue;
            }
            let mut at = 0;
            for name in path.as_ref() {
                let name = name.as_ref().as_bytes();
                let known = nodes.get(at).and_then(|node| node.child(name));
                at = known.unwrap_or_else(|| {
                    nodes.push(Node::default());
                    let new = nodes.len() - 1;
                    if let Some(node) = nodes.get_mut(at) {
                        node.children.push((name.into(), new));
                    }
                    new
                });
            }
            if let Some(node) = nodes.get_mut(at) {
                node.slot = Some(slot);
            }
        }
        Self { nodes }
    }
}

impl Node {
    fn child(&self, name: &[u8]) -> Option<usize> {
        let mut children = self.children.iter();
        let found = children.find(|(known, _)| **known == *name);
        found.map(|(_, index)| *index)
    }
}

impl<'a> Text<'a> {
    /// The text without escapes; None where they spell no text (half a surrogate pair).
    pub(super) fn unescape<'b>(self, scratch: &'b mut Vec<u8>) -> Option<&'b [u8]>
    where
        'a: 'b,
    {
        if !self.escaped {
            return Some(self.raw);
        }
        scratch.clear();
        undo(self.raw, scratch)?;
        Some(scratch)
    }

    /// As [`Text::unescape`], for rare texts.
    pub(super) fn to_bytes(self) -> Option<Cow<'a, [u8]>> {
        if !self.escaped {
            return Some(Cow::Borrowed(self.raw));
        }
        let mut bytes = Vec::with_capacity(self.raw.len());
        undo(self.raw, &mut bytes)?;
        Some(Cow::Owned(bytes))
    }

    /// Whether it spells exactly this.
    pub(super) fn is(self, word: &[u8]) -> bool {
        match self.escaped {
            false => self.raw == word,
            true => self.to_bytes().is_some_and(|bytes| *bytes == *word),
        }
    }

    /// As it is written.
    pub(super) fn raw(self) -> &'a [u8] {
        self.raw
    }

    /// Whether nothing is in it.
    pub(super) fn is_empty(self) -> bool {
        self.raw.is_empty()
    }
}

impl<'a> Value<'a> {
    /// A text that has no escapes.
    pub(super) fn plain(raw: &'a [u8]) -> Self {
        let escaped = false;
        Self::Text(Text { raw, escaped })
    }

    /// The text, if it is one and not empty.
    pub(super) fn text(self) -> Option<Text<'a>> {
        match self {
            Self::Text(text) if !text.is_empty() => Some(text),
            _ => None,
        }
    }

    /// The text, or how a number or a truth value is written; nothing for what is null, empty or no single value.
    pub(super) fn scalar(self) -> Option<Text<'a>> {
        let raw = match self {
            Self::Number(raw) => raw,
            Self::Bool(true) => b"true",
            Self::Bool(false) => b"false",
            other => return other.text(),
        };
        Some(Text {
            raw,
            escaped: false,
        })
    }
}

// RFC 8259 §7. The scanner has seen to it that every escape is one.
fn undo(raw: &[u8], out: &mut Vec<u8>) -> Option<()> {
    let mut rest = raw;
    while let Some(at) = memchr::memchr(b'\\', rest) {
        out.extend_from_slice(rest.get(..at)?);
        let kind = rest.get(at + 1)?;
        rest = rest.get(at + 2..)?;
        let plain = match kind {
            b'b' => 8,
            b'f' => 12,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'u' => {
                let mut unit = four_digits(rest)?;
                rest = rest.get(4..)?;
                if (0xd800..0xdc00).contains(&unit) {
                    let low = four_digits(rest.strip_prefix(b"\\u")?)?;
                    rest = rest.get(6..)?;
                    let low = low.checked_sub(0xdc00).filter(|low| *low < 0x400)?;
                    unit = 0x1_0000 + ((unit - 0xd800) << 10) + low;
                }
                let character = char::from_u32(unit)?;
                out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                continue;
            }
            other => *other,
        };
        out.push(plain);
    }
    out.extend_from_slice(rest);
    Some(())
}

fn four_digits(bytes: &[u8]) -> Option<u32> {
    bytes.get(..4)?.iter().try_fold(0, |sum, digit| {
        Some(sum << 4 | char::from(*digit).to_digit(16)?)
    })
}

/// Reads one value that fills the bytes, and puts what is wanted of it into its slots.
///
/// The bytes must be UTF-8; whoever calls has seen to it.
pub(super) fn read<'a>(
    bytes: &'a [u8],
    shape: &Shape,
    values: &mut Values<'a>,
) -> Result<Value<'a>, Defect> {
    let mut scanner = Scanner {
        bytes,
        at: 0,
        shape,
        values,
        seen: 0,
    };
    let value = scanner.value(Some(0), 0)?;
    scanner.space();
    if scanner.at < bytes.len() {
        return Err(Defect::Syntax(scanner.at));
    }
    Ok(value)
}

/// The elements of an array that was read already.
pub(super) fn elements(array: &[u8]) -> Vec<&[u8]> {
    let shape = Shape { nodes: Vec::new() };
    let mut values = [None; SLOTS];
    let mut scanner = Scanner {
        bytes: array,
        at: 1,
        shape: &shape,
        values: &mut values,
        seen: 0,
    };
    let mut found = Vec::new();
    loop {
        scanner.space();
        let start = scanner.at;
        if scanner.value(None, 0).is_err() {
            return found;
        }
        found.extend(array.get(start..scanner.at));
        scanner.space();
        scanner.at += 1;
    }
}

/// Where the array under a member of the first object begins, if the head of a document shows one.
pub(super) fn array_under(head: &[u8], member: &str) -> bool {
    let shape = Shape { nodes: Vec::new() };
    let mut values = [None; SLOTS];
    let mut scanner = Scanner {
        bytes: head,
        at: 0,
        shape: &shape,
        values: &mut values,
        seen: 0,
    };
    scanner.space();
    if scanner.peek() != Some(b'{') {
        return false;
    }
    scanner.at += 1;
    loop {
        scanner.space();
        let Ok(Value::Text(name)) = scanner.value(None, 0) else {
            return false;
        };
        scanner.space();
        if scanner.expect(b':').is_err() {
            return false;
        }
        scanner.space();
        if name.is(member.as_bytes()) {
            return scanner.peek() == Some(b'[');
        }
        if scanner.value(None, 0).is_err() {
            return false;
        }
        scanner.space();
        if scanner.expect(b',').is_err() {
            return false;
        }
    }
}

struct Scanner<'a, 's> {
    bytes: &'a [u8],
    at: usize,
    shape: &'s Shape,
    values: &'s mut Values<'a>,
    seen: u64,
}

impl<'a> Scanner<'a, '_> {
    #[inline]
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    #[inline]
    fn space(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    #[inline]
    fn expect(&mut self, byte: u8) -> Result<(), Defect> {
        if self.peek() != Some(byte) {
            return Err(Defect::Syntax(self.at));
        }
        self.at += 1;
        Ok(())
    }

    fn value(&mut self, node: Option<usize>, depth: u32) -> Result<Value<'a>, Defect> {
        self.space();
        let start = self.at;
        let value = match self.peek() {
            Some(b'"') => Value::Text(self.text()?),
            Some(b'{') => {
                self.object(node, depth)?;
                Value::Object(self.bytes.get(start..self.at).unwrap_or_default())
            }
            Some(b'[') => {
                self.array(depth)?;
                Value::Array(self.bytes.get(start..self.at).unwrap_or_default())
            }
            Some(b't') => self.literal(b"true", Value::Bool(true))?,
            Some(b'f') => self.literal(b"false", Value::Bool(false))?,
            Some(b'n') => self.literal(b"null", Value::Null)?,
            _ => self.number()?,
        };
        if let Some(slot) = node.and_then(|node| self.shape.nodes.get(node)?.slot)
            && let Some(place) = self.values.get_mut(slot)
        {
            *place = Some(value);
        }
        Ok(value)
    }

    fn object(&mut self, node: Option<usize>, depth: u32) -> Result<(), Defect> {
        if depth == MAX_DEPTH {
            return Err(Defect::TooDeep(self.at));
        }
        self.at += 1;
        self.space();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(());
        }
        loop {
            self.space();
            let at = self.at;
            let name = self.text()?;
            let child = match node {
                Some(node) => self.child(node, name, at)?,
                None => None,
            };
            self.space();
            self.expect(b':')?;
            self.value(child, depth + 1)?;
            self.space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => {
                    self.at += 1;
                    return Ok(());
                }
                _ => return Err(Defect::Syntax(self.at)),
            }
        }
    }

    #[inline]
    fn child(&mut self, node: usize, name: Text<'a>, at: usize) -> Result<Option<usize>, Defect> {
        let Some(node) = self.shape.nodes.get(node) else {
            return Ok(None);
        };
        let child = match name.escaped {
            false => node.child(name.raw),
            true => name.to_bytes().and_then(|name| node.child(&name)),
        };
        if let Some(child) = child {
            let bit = 1 << (child % 64);
            if self.seen & bit != 0 {
                return Err(Defect::Duplicate(at));
            }
            self.seen |= bit;
        }
        Ok(child)
    }

    fn array(&mut self, depth: u32) -> Result<(), Defect> {
        if depth == MAX_DEPTH {
            return Err(Defect::TooDeep(self.at));
        }
        self.at += 1;
        self.space();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(());
        }
        loop {
            self.value(None, depth + 1)?;
            self.space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => {
                    self.at += 1;
                    return Ok(());
                }
                _ => return Err(Defect::Syntax(self.at)),
            }
        }
    }

    fn literal(&mut self, word: &[u8], value: Value<'a>) -> Result<Value<'a>, Defect> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        if !rest.starts_with(word) {
            return Err(Defect::Syntax(self.at));
        }
        self.at += word.len();
        Ok(value)
    }

    // RFC 8259 §6.
    fn number(&mut self) -> Result<Value<'a>, Defect> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        match self.peek() {
            Some(b'0') => self.at += 1,
            _ => self.digits()?,
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.at += 1;
            if let Some(b'+' | b'-') = self.peek() {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(Value::Number(
            self.bytes.get(start..self.at).unwrap_or_default(),
        ))
    }

    fn digits(&mut self) -> Result<(), Defect> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        match self.at == start {
            true => Err(Defect::Syntax(start)),
            false => Ok(()),
        }
    }

    #[inline]
    fn text(&mut self) -> Result<Text<'a>, Defect> {
        self.expect(b'"')?;
        let start = self.at;
        let mut escaped = false;
        loop {
            self.at += plain(self.bytes.get(self.at..).unwrap_or_default());
            match self.peek() {
                Some(b'"') => {
                    let raw = self.bytes.get(start..self.at).unwrap_or_default();
                    self.at += 1;
                    return Ok(Text { raw, escaped });
                }
                Some(b'\\') => {
                    escaped = true;
                    self.escape()?;
                }
                _ => return Err(Defect::Syntax(self.at)),
            }
        }
    }

    fn escape(&mut self) -> Result<(), Defect> {
        let rest = self.bytes.get(self.at + 1..).unwrap_or_default();
        match rest.first() {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => self.at += 2,
            Some(b'u') if rest.get(1..).and_then(four_digits).is_some() => self.at += 6,
            _ => return Err(Defect::Syntax(self.at)),
        }
        Ok(())
    }
}

/// How many bytes come before the next quotation mark, backslash or control character: eight at a time.
#[inline]
fn plain(bytes: &[u8]) -> usize {
    const ONES: u64 = u64::from_le_bytes([1; 8]);
    const HIGH: u64 = u64::from_le_bytes([0x80; 8]);
    let (eights, rest) = bytes.as_chunks::<8>();
    let mut count = 0;
    for eight in eights {
        let word = u64::from_le_bytes(*eight);
        let quote = word ^ (ONES * 0x22);
        let slash = word ^ (ONES * 0x5c);
        // A borrow can only mark bytes above one that is marked rightly, and the lowest mark is the one that counts.
        let marks = (quote.wrapping_sub(ONES) & !quote)
            | (slash.wrapping_sub(ONES) & !slash)
            | (word.wrapping_sub(ONES * 0x20) & !word);
        let marks = marks & HIGH;
        if marks != 0 {
            return count + marks.trailing_zeros() as usize / 8;
        }
        count += 8;
    }
    let stop = |byte: &u8| *byte == b'"' || *byte == b'\\' || *byte < 0x20;
    count + rest.iter().position(stop).unwrap_or(rest.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn wanted(text: &str, paths: &[&[&str]]) -> Result<Vec<Option<String>>, Defect> {
        let shape = Shape::new(paths);
        let mut values = [None; SLOTS];
        read(text.as_bytes(), &shape, &mut values)?;
        let shown = |value: &Option<Value>| match value {
            Some(Value::Text(text)) => {
                let bytes = text.to_bytes()?;
                Some(String::from_utf8(bytes.into_owned()).unwrap())
            }
            Some(Value::Number(raw) | Value::Object(raw) | Value::Array(raw)) => {
                Some(String::from_utf8(raw.to_vec()).unwrap())
            }
            Some(other) => Some(format!("{other:?}")),
            None => None,
        };
        Ok(values.iter().take(paths.len()).map(shown).collect())
    }

    #[test]
    fn members_are_found_by_their_path_and_unescaped() {
        let text = r#" {"x":[{"a":1}], "\u0061" : {"b":"q\"\\\/\n\u00e9\ud83d\ude00"}, "n":-1.5e+3,"z":null} "#;
        let found = wanted(text, &[&["a", "b"], &["n"], &["a"], &["z"], &["x", "a"]]).unwrap();
        assert_eq!(found[0].as_deref(), Some("q\"\\/\né😀"));
        assert_eq!(found[1].as_deref(), Some("-1.5e+3"));
        assert!(found[2].as_deref().unwrap().starts_with("{\"b\""));
        assert_eq!(found[3].as_deref(), Some("Null"));
        assert_eq!(found[4], None);
    }

    #[test]
    fn a_wanted_member_that_is_there_twice_is_a_defect_and_another_is_not() {
        let two = r#"{"a":1,"b":{"c":1},"\u0061":2}"#;
        assert_eq!(wanted(two, &[&["a"]]), Err(Defect::Duplicate(19)));
        let outer = r#"{"b":{},"b":{"c":1}}"#;
        assert_eq!(wanted(outer, &[&["b", "c"]]), Err(Defect::Duplicate(8)));
        assert!(wanted(r#"{"z":1,"z":2,"a":3}"#, &[&["a"]]).is_ok());
    }

    #[test]
    fn half_a_pair_of_surrogates_is_no_text() {
        for lone in [
            r#"{"a":"\ud83d"}"#,
            r#"{"a":"\ud83dx"}"#,
            r#"{"a":"\ude00"}"#,
        ] {
            assert_eq!(wanted(lone, &[&["a"]]).unwrap(), [None], "{lone}");
        }
    }

    #[test]
    fn depth_is_bounded() {
        let deep = "[".repeat(100_000);
        assert_eq!(wanted(&deep, &[&["a"]]), Err(Defect::TooDeep(128)));
    }

    #[test]
    fn the_array_of_a_wrapper_is_recognised() {
        let head = br#"{"@odata.context":"x","n":{"value":1},"value" : [ {"a""#;
        assert!(array_under(head, "value"));
        assert!(!array_under(head, "Records"));
        assert!(!array_under(br#"{"a":{"Records":[]}}"#, "Records"));
        assert!(!array_under(br#"{"a":"cut"#, "Records"));
    }

    proptest! {
        /// Accepts what serde_json accepts and nothing else; lone surrogates apart, which only matter where they are wanted.
        #[test]
        fn it_accepts_the_json_that_serde_json_accepts(text in r#"[\[\]{},:"\\a0-9.eE+\-tru fnlsu]{0,24}"#) {
            let ours = wanted(&text, &[&["a"]]);
            let theirs = serde_json::from_str::<serde::de::IgnoredAny>(&text);
            if !matches!(ours, Err(Defect::Duplicate(_))) {
                prop_assert_eq!(ours.is_ok(), theirs.is_ok(), "{:?} {:?}", ours, theirs);
            }
        }

        #[test]
        fn any_text_comes_back(name in ".*", text in ".*") {
            let json = serde_json::json!({ name.clone(): { "b": text.clone() }, "q": 1 }).to_string();
            if name != "q" {
                let found = wanted(&json, &[&[name.as_str(), "b"]]).unwrap();
                prop_assert_eq!(found[0].as_deref(), Some(text.as_str()));
            }
        }

        #[test]
        fn texts_end_where_one_looks_byte_by_byte(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            let stop = |byte: &u8| *byte == b'"' || *byte == b'\\' || *byte < 0x20;
            let slow = bytes.iter().position(stop).unwrap_or(bytes.len());
            prop_assert_eq!(plain(&bytes), slow);
        }
    }
}
