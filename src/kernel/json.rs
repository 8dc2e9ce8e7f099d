//! Strict JSON (RFC 8259) with byte spans, number text kept and duplicate keys seen.
//!
//! `serde_json` swallows duplicate keys and forgets where things were; both matter when the text decides who may
//! do what. This reader accepts exactly RFC 8259: one value, UTF-8, no comments, no trailing bytes. A duplicate key
//! is not an error here: it is listed in [`Document::duplicates`], and the caller decides.

use std::sync::Arc;

use super::document::{Document, DuplicateKey, Entry, Node, Number, Value, find_duplicates};
use super::source::{Source, Span};

/// The deepest nesting accepted.
pub const MAX_DEPTH: usize = 128;

/// Why a text is not JSON, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{problem} at byte {offset}")]
pub struct JsonError {
    /// The offset of the first byte that is wrong.
    pub offset: usize,
    /// What is wrong there.
    pub problem: JsonProblem,
}

/// The kinds of defect.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JsonProblem {
    /// The text is not UTF-8.
    #[error("not UTF-8")]
    NotUtf8,
    /// The text starts with a byte order mark.
    #[error("a byte order mark, which JSON forbids")]
    ByteOrderMark,
    /// The text ended inside a value.
    #[error("the text ends too early")]
    UnexpectedEnd,
    /// A character that no value can have here.
    #[error("unexpected {0:?}")]
    Unexpected(char),
    /// Bytes after the value.
    #[error("trailing characters after the value")]
    TrailingCharacters,
    /// A string with a raw control character.
    #[error("a raw control character in a string")]
    ControlCharacter,
    /// A bad escape.
    #[error("an invalid escape")]
    InvalidEscape,
    /// Half of a surrogate pair.
    #[error("an escape that is half of a surrogate pair")]
    LoneSurrogate,
    /// Digits that are no JSON number.
    #[error("not a number as JSON writes it")]
    InvalidNumber,
    /// Deeper than [`MAX_DEPTH`].
    #[error("nested deeper than {MAX_DEPTH} levels")]
    TooDeep,
}

/// Reads one JSON document.
///
/// # Errors
/// The first defect, with its offset.
pub fn parse(source: &Arc<Source>) -> Result<Document, JsonError> {
    let text = std::str::from_utf8(source.bytes()).map_err(|error| JsonError {
        offset: error.valid_up_to(),
        problem: JsonProblem::NotUtf8,
    })?;
    let (root, duplicates) = parse_text(text)?;
    Ok(Document {
        source: Arc::clone(source),
        root,
        duplicates,
        comments: Vec::new(),
        exact_spans: true,
    })
}

/// Reads one JSON value from text; the spans are offsets into that text.
///
/// # Errors
/// The first defect, with its offset.
pub fn parse_text(text: &str) -> Result<(Node, Vec<DuplicateKey>), JsonError> {
    let mut reader = Reader {
        text,
        at: 0,
        depth: 0,
        duplicates: Vec::new(),
    };
    if text.starts_with('\u{feff}') {
        return Err(reader.error(JsonProblem::ByteOrderMark));
    }
    reader.skip_space();
    let root = reader.value()?;
    reader.skip_space();
    if reader.at < text.len() {
        return Err(reader.error(JsonProblem::TrailingCharacters));
    }
    Ok((root, reader.duplicates))
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
    duplicates: Vec<DuplicateKey>,
}

impl Reader<'_> {
    fn error(&self, problem: JsonProblem) -> JsonError {
        JsonError {
            offset: self.at,
            problem,
        }
    }

    fn unexpected(&self) -> JsonError {
        let problem = match self
            .text
            .get(self.at..)
            .and_then(|rest| rest.chars().next())
        {
            Some(found) => JsonProblem::Unexpected(found),
            None => JsonProblem::UnexpectedEnd,
        };
        self.error(problem)
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn value(&mut self) -> Result<Node, JsonError> {
        let start = self.at;
        let value = match self.peek() {
            Some(b'{') => self.nested(Self::mapping)?,
            Some(b'[') => self.nested(Self::sequence)?,
            Some(b'"') => Value::String(self.string()?),
            Some(b't') => self.word("true", Value::Bool(true))?,
            Some(b'f') => self.word("false", Value::Bool(false))?,
            Some(b'n') => self.word("null", Value::Null)?,
            Some(b'-' | b'0'..=b'9') => Value::Number(Box::new(self.number()?)),
            _ => return Err(self.unexpected()),
        };
        Ok(Node {
            span: Span::new(start, self.at),
            value,
        })
    }

    fn nested(
        &mut self,
        read: fn(&mut Self) -> Result<Value, JsonError>,
    ) -> Result<Value, JsonError> {
        if self.depth == MAX_DEPTH {
            return Err(self.error(JsonProblem::TooDeep));
        }
        self.depth += 1;
        self.at += 1;
        self.skip_space();
        let value = read(self)?;
        self.depth -= 1;
        Ok(value)
    }

    fn mapping(&mut self) -> Result<Value, JsonError> {
        let mut entries: Vec<Entry> = Vec::new();
        if self.take(b'}') {
            return Ok(Value::Mapping(entries.into()));
        }
        loop {
            let start = self.at;
            if self.peek() != Some(b'"') {
                return Err(self.unexpected());
            }
            let key = self.string()?;
            let key_span = Span::new(start, self.at);
            self.skip_space();
            if !self.take(b':') {
                return Err(self.unexpected());
            }
            self.skip_space();
            let value = self.value()?;
            entries.push(Entry {
                key,
                key_span,
                value,
            });
            self.skip_space();
            if self.take(b'}') {
                find_duplicates(&entries, &mut self.duplicates);
                return Ok(Value::Mapping(entries.into()));
            }
            if !self.take(b',') {
                return Err(self.unexpected());
            }
            self.skip_space();
        }
    }

    fn sequence(&mut self) -> Result<Value, JsonError> {
        let mut items = Vec::new();
        if self.take(b']') {
            return Ok(Value::Sequence(items.into()));
        }
        loop {
            items.push(self.value()?);
            self.skip_space();
            if self.take(b']') {
                return Ok(Value::Sequence(items.into()));
            }
            if !self.take(b',') {
                return Err(self.unexpected());
            }
            self.skip_space();
        }
    }

    fn word(&mut self, word: &str, value: Value) -> Result<Value, JsonError> {
        for byte in word.bytes() {
            if !self.take(byte) {
                return Err(self.unexpected());
            }
        }
        Ok(value)
    }

    fn string(&mut self) -> Result<String, JsonError> {
        self.at += 1;
        let mut out = String::new();
        loop {
            let run = self.at;
            while self
                .peek()
                .is_some_and(|byte| byte != b'"' && byte != b'\\' && byte >= 0x20)
            {
                self.at += 1;
            }
            out.push_str(self.text.get(run..self.at).unwrap_or_default());
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(out);
                }
                Some(b'\\') => out.push(self.escape()?),
                Some(_) => return Err(self.error(JsonProblem::ControlCharacter)),
                None => return Err(self.error(JsonProblem::UnexpectedEnd)),
            }
        }
    }

    fn escape(&mut self) -> Result<char, JsonError> {
        let start = self.at;
        self.at += 1;
        let simple = match self.peek() {
            Some(byte @ (b'"' | b'\\' | b'/')) => char::from(byte),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode_escape(start),
            _ => {
                self.at = start;
                return Err(self.error(JsonProblem::InvalidEscape));
            }
        };
        self.at += 1;
        Ok(simple)
    }

    // RFC 8259 §7: a character outside the basic plane is a pair of \u escapes.
    fn unicode_escape(&mut self, start: usize) -> Result<char, JsonError> {
        let first = self.hex4(start)?;
        if !(0xd800..0xe000).contains(&first) {
            return char::from_u32(first).ok_or_else(|| self.error(JsonProblem::InvalidEscape));
        }
        let lone = JsonError {
            offset: start,
            problem: JsonProblem::LoneSurrogate,
        };
        if first >= 0xdc00 || !self.text.get(self.at..).unwrap_or("").starts_with("\\u") {
            return Err(lone);
        }
        self.at += 1;
        let second = self.hex4(start)?;
        if !(0xdc00..0xe000).contains(&second) {
            return Err(lone);
        }
        char::from_u32(0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00)).ok_or(lone)
    }

    fn hex4(&mut self, start: usize) -> Result<u32, JsonError> {
        let digits = self.text.as_bytes().get(self.at + 1..self.at + 5);
        let value = digits.and_then(|digits| {
            digits.iter().try_fold(0, |value: u32, digit| {
                Some(value * 16 + char::from(*digit).to_digit(16)?)
            })
        });
        self.at += 5;
        value.ok_or(JsonError {
            offset: start,
            problem: JsonProblem::InvalidEscape,
        })
    }

    fn number(&mut self) -> Result<Number, JsonError> {
        let start = self.at;
        let invalid = JsonError {
            offset: start,
            problem: JsonProblem::InvalidNumber,
        };
        self.take(b'-');
        let whole = self.digits();
        let leading_zero = whole > 1 && self.text.as_bytes().get(self.at - whole) == Some(&b'0');
        let mut plain = true;
        let mut complete = whole > 0 && !leading_zero;
        if complete && self.take(b'.') {
            plain = false;
            complete = self.digits() > 0;
        }
        if complete && (self.take(b'e') || self.take(b'E')) {
            plain = false;
            let _sign = self.take(b'+') || self.take(b'-');
            complete = self.digits() > 0;
        }
        if !complete {
            return Err(invalid);
        }
        let text = self.text.get(start..self.at).unwrap_or_default();
        Ok(Number {
            text: text.to_owned(),
            integer: if plain { text.parse().ok() } else { None },
            float: text.parse().map_err(|_| invalid)?,
        })
    }

    fn digits(&mut self) -> usize {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        self.at - start
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn keeps_order_spans_number_text_and_duplicates() {
        let text = r#" {"b": 1.7e9, "a": [true, null, "x\u00e9\ud83d\ude00"], "b": 12} "#;
        let (root, duplicates) = parse_text(text).unwrap();
        let entries = root.as_mapping().unwrap();
        assert_eq!(entries.len(), 3);
        assert_eq!(entries[0].value.as_number().unwrap().text, "1.7e9");
        assert_eq!(entries[0].value.as_i64(), None);
        assert_eq!(root.get("b").unwrap().as_i64(), Some(12));
        assert_eq!(&text[entries[1].key_span.range()], "\"a\"");
        let items = entries[1].value.as_sequence().unwrap();
        assert_eq!(items[2].as_str(), Some("xé\u{1F600}"));
        assert_eq!(duplicates.len(), 1);
        assert_eq!(duplicates[0].key, "b");
    }

    #[test]
    fn names_the_defect_and_its_offset() {
        let table = [
            ("", JsonProblem::UnexpectedEnd, 0),
            ("\u{feff}{}", JsonProblem::ByteOrderMark, 0),
            ("{} x", JsonProblem::TrailingCharacters, 3),
            ("{\"a\":01}", JsonProblem::InvalidNumber, 5),
            ("[1,]", JsonProblem::Unexpected(']'), 3),
            ("{a:1}", JsonProblem::Unexpected('a'), 1),
            ("\"\u{1}\"", JsonProblem::ControlCharacter, 1),
            ("\"\\ud800x\"", JsonProblem::LoneSurrogate, 1),
            ("\"\\x\"", JsonProblem::InvalidEscape, 1),
            ("-", JsonProblem::InvalidNumber, 0),
            ("truth", JsonProblem::Unexpected('t'), 3),
            ("\"abc", JsonProblem::UnexpectedEnd, 4),
            ("NaN", JsonProblem::Unexpected('N'), 0),
        ];
        for (text, problem, offset) in table {
            let error = parse_text(text).unwrap_err();
            assert_eq!((error.problem, error.offset), (problem, offset), "{text}");
        }
        let deep = "[".repeat(MAX_DEPTH + 1);
        assert_eq!(parse_text(&deep).unwrap_err().problem, JsonProblem::TooDeep);
    }

    proptest! {
        #[test]
        fn agrees_with_serde_json(text in r#"[\[\]{}:,"\\a-e0-9.\-+ eEtrufalsn]{0,24}"#) {
            let theirs: Result<serde_json::Value, _> = serde_json::from_str(&text);
            let ours = parse_text(&text);
            // serde_json refuses numbers outside binary64; everything else must agree.
            if let Ok(theirs) = theirs {
                let (ours, _) = ours.expect("serde_json accepts it");
                prop_assert_eq!(ours.to_json().to_string().replace(".0", ""), theirs.to_string().replace(".0", ""));
            } else if let Ok((ours, _)) = ours {
                prop_assert!(text.contains(['e', 'E']), "we accepted {text:?} as {ours:?}");
            }
        }

        #[test]
        fn never_panics(text in ".{0,64}") {
            let _checked = parse_text(&text).is_ok();
        }
    }
}
