//! The XML of spreadsheets: tags and text in the order in which they come. No document type, and so no entity of its own.

use std::borrow::Cow;

use super::XlsxError;

/// Writes text as XML has it (XML 1.0 §2.4), also within quotation marks.
pub(super) fn escape(text: &str, out: &mut String) {
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            // A parser would make blanks or line feeds of them.
            '\t' => out.push_str("&#9;"),
            '\n' => out.push_str("&#10;"),
            '\r' => out.push_str("&#13;"),
            _ => out.push(letter),
        }
    }
}

/// Spells what XML cannot hold as `_x001F_`, and an underscore that would begin such a spelling too (ECMA-376 §22.9.2.19).
pub(super) fn guard(text: &str) -> Cow<'_, str> {
    let cannot =
        |c: char| (c < ' ' && !['\t', '\n'].contains(&c)) || ['\u{fffe}', '\u{ffff}'].contains(&c);
    if !text.contains(|c| c == '_' || cannot(c)) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    for (at, letter) in text.char_indices() {
        let rest = text.get(at..).unwrap_or_default();
        // What follows may bring the underscore that ends such a spelling.
        let with_next = |(head, next): (&str, &str)| {
            next.starts_with(cannot) && spelling(&format!("{head}_")).is_some()
        };
        let spelt = letter == '_'
            && (spelling(rest).is_some() || rest.split_at_checked(6).is_some_and(with_next));
        match cannot(letter) || spelt {
            true => out.push_str(&format!("_x{:04X}_", u32::from(letter))),
            false => out.push(letter),
        }
    }
    Cow::Owned(out)
}

/// Undoes [`guard`].
pub(super) fn unguard(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('_') {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let (letter, length) = match spelling(from) {
            Some(unit) => (char::from_u32(unit).unwrap_or('\u{fffd}'), 7),
            None => ('_', 1),
        };
        out.push(letter);
        rest = from.get(length..).unwrap_or_default();
    }
    out.push_str(rest);
    out
}

fn spelling(text: &str) -> Option<u32> {
    let digits = text.strip_prefix("_x")?.get(..5)?.strip_suffix('_')?;
    let hexadecimal = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    hexadecimal.then(|| u32::from_str_radix(digits, 16).ok())?
}

/// A piece of XML.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece<'x> {
    /// A start; one that is its own end is followed by that end.
    Start(&'x str, &'x str),
    /// An end.
    End(&'x str),
    /// Text.
    Text(String),
}

/// Reads pieces.
#[derive(Debug)]
pub(super) struct Reader<'x> {
    rest: &'x str,
    ended: Option<&'x str>,
}

fn damaged(why: &str) -> XlsxError {
    XlsxError::Damaged(why.to_owned())
}

impl<'x> Reader<'x> {
    pub(super) fn new(text: &'x str) -> Self {
        Self {
            rest: text.strip_prefix('\u{feff}').unwrap_or(text),
            ended: None,
        }
    }

    /// The next piece; none at the end.
    pub(super) fn next(&mut self) -> Result<Option<Piece<'x>>, XlsxError> {
        if let Some(name) = self.ended.take() {
            return Ok(Some(Piece::End(name)));
        }
        loop {
            if self.rest.is_empty() {
                return Ok(None);
            }
            let Some(tag) = self.rest.strip_prefix('<') else {
                let end = self.rest.find('<').unwrap_or(self.rest.len());
                let (text, rest) = self.rest.split_at(end);
                self.rest = rest;
                return Ok(Some(Piece::Text(unescape(text)?)));
            };
            if tag.starts_with('?') {
                self.skip("?>")?;
            } else if tag.starts_with("!--") {
                self.skip("-->")?;
            } else if let Some(text) = tag.strip_prefix("![CDATA[") {
                let (text, rest) = text.split_once("]]>").ok_or_else(cut)?;
                self.rest = rest;
                return Ok(Some(Piece::Text(text.to_owned())));
            } else if tag.starts_with('!') {
                return Err(damaged("its XML declares a document type"));
            } else {
                return self.tag(tag).map(Some);
            }
        }
    }

    fn skip(&mut self, end: &str) -> Result<(), XlsxError> {
        let (_, rest) = self.rest.split_once(end).ok_or_else(cut)?;
        self.rest = rest;
        Ok(())
    }

    fn tag(&mut self, tag: &'x str) -> Result<Piece<'x>, XlsxError> {
        let end = tag_end(tag).ok_or_else(cut)?;
        let (inside, rest) = tag.split_at(end);
        self.rest = rest.get(1..).unwrap_or_default();
        if let Some(name) = inside.strip_prefix('/') {
            return Ok(Piece::End(local(name.trim_end())));
        }
        let (inside, empty) = match inside.strip_suffix('/') {
            Some(inside) => (inside, true),
            None => (inside, false),
        };
        let blank = |c: char| c.is_ascii_whitespace();
        let (name, attributes) = inside.split_once(blank).unwrap_or((inside, ""));
        let name = local(name);
        self.ended = empty.then_some(name);
        Ok(Piece::Start(name, attributes))
    }
}

fn cut() -> XlsxError {
    damaged("its XML ends too early")
}

/// Where a tag ends: an attribute may hold a `>`.
fn tag_end(tag: &str) -> Option<usize> {
    let mut quote = None;
    for (at, byte) in tag.bytes().enumerate() {
        match (quote, byte) {
            (None, b'"' | b'\'') => quote = Some(byte),
            (None, b'>') => return Some(at),
            (Some(open), _) if open == byte => quote = None,
            _ => {}
        }
    }
    None
}

/// A name without the prefix of its namespace.
fn local(name: &str) -> &str {
    name.rsplit_once(':').map_or(name, |(_, local)| local)
}

/// An attribute, by its name without prefix.
pub(super) fn attribute(attributes: &str, wanted: &str) -> Result<Option<String>, XlsxError> {
    let mut rest = attributes.trim_start();
    while !rest.is_empty() {
        let (name, value) = rest.split_once('=').ok_or_else(cut)?;
        let value = value.trim_start();
        let quote = value.chars().next().filter(|c| ['"', '\''].contains(c));
        let quote = quote.ok_or_else(cut)?;
        let value = value.get(1..).unwrap_or_default();
        let (value, after) = value.split_once(quote).ok_or_else(cut)?;
        if local(name.trim_end()) == wanted {
            return unescape(value).map(Some);
        }
        rest = after.trim_start();
    }
    Ok(None)
}

fn unescape(text: &str) -> Result<String, XlsxError> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, from)) = rest.split_once('&') {
        out.push_str(before);
        let (name, after) = from.split_once(';').ok_or_else(cut)?;
        let number = |digits: &str, radix| char::from_u32(u32::from_str_radix(digits, radix).ok()?);
        let letter = match name {
            "amp" => Some('&'),
            "lt" => Some('<'),
            "gt" => Some('>'),
            "quot" => Some('"'),
            "apos" => Some('\''),
            _ => match (name.strip_prefix("#x"), name.strip_prefix('#')) {
                (Some(digits), _) => number(digits, 16),
                (None, Some(digits)) => number(digits, 10),
                (None, None) => None,
            },
        };
        out.push(letter.ok_or_else(|| damaged("its XML names a letter that is none"))?);
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}
