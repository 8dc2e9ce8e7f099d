//! Distinguished names (RFC 5280 §4.1.2.4) and when two of them are the same (§7.1).
//!
//! Strings of different types are compared by their characters, prepared as RFC 4518 §2 says: without regard to case, in NFKC,
//! with inner spaces folded and without what is not seen.

use std::fmt;

use icu_normalizer::ComposingNormalizerBorrowed;

use super::oid;
use crate::kernel::arrange::Arrange as _;
use crate::kernel::crypto::hex;
use crate::kernel::der::{Malformed, Reader, tag};

/// A distinguished name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Name {
    /// The whole, DER.
    pub der: Vec<u8>,
    /// The relative names, the most general first; each has one attribute or more.
    pub parts: Vec<Vec<Attribute>>,
}

/// One attribute of a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute {
    /// Its type, dotted.
    pub oid: String,
    /// The tag of its value.
    pub tag: u8,
    /// Its value.
    pub value: Vec<u8>,
}

impl Name {
    /// Reads a `Name`, tag included.
    ///
    /// # Errors
    /// [`Malformed`].
    pub(in crate::cert) fn read(whole: &[u8]) -> Result<Self, Malformed> {
        let mut outer = Reader::new(whole);
        let mut sequence = outer.enter(tag::SEQUENCE)?;
        outer.finish()?;
        let mut parts = Vec::new();
        while !sequence.is_empty() {
            let mut set = sequence.enter(tag::SET)?;
            let mut attributes = Vec::new();
            while !set.is_empty() {
                let mut attribute = set.enter(tag::SEQUENCE)?;
                let oid = oid::dotted(attribute.read(tag::OID)?)?;
                let (tag, value) = attribute.any()?;
                attribute.finish()?;
                attributes.push(Attribute {
                    oid,
                    tag,
                    value: value.to_vec(),
                });
            }
            if attributes.is_empty() {
                return Err(Malformed);
            }
            parts.push(attributes);
        }
        Ok(Self {
            der: whole.to_vec(),
            parts,
        })
    }

    /// The name of some DER, if it is one.
    pub fn of_der(whole: &[u8]) -> Option<Self> {
        Self::read(whole).ok()
    }

    /// Whether it has no attribute at all.
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// Whether the names are the same (RFC 5280 §7.1).
    pub fn is(&self, other: &Self) -> bool {
        self.der == other.der || self.parts.len() == other.parts.len() && self.is_below(other)
    }

    /// Whether the name begins with all parts of the base (§4.2.1.10).
    pub fn is_below(&self, base: &Self) -> bool {
        self.parts.len() >= base.parts.len()
            && self
                .parts
                .iter()
                .zip(&base.parts)
                .all(|(ours, theirs)| same_part(ours, theirs))
    }

    /// Whether all its values are characters, so that they can be compared.
    pub(in crate::cert) fn is_comparable(&self) -> bool {
        let mut attributes = self.parts.iter().flatten();
        attributes.all(|attribute| attribute.characters().is_some())
    }

    /// Whether it holds characters that no preparation of strings lets through (RFC 4518 §2.4): what they look like, and to
    /// whom, is not known.
    pub(in crate::cert) fn has_prohibited(&self) -> bool {
        let prohibited =
            |c: char| matches!(c, '\u{e000}'..='\u{f8ff}' | '\u{fffd}' | '\u{f0000}'..);
        let mut attributes = self.parts.iter().flatten();
        attributes.any(|attribute| attribute.text().chars().any(prohibited))
    }

    /// The values of one type of attribute, as text.
    pub fn values<'a>(&'a self, oid: &'a str) -> impl Iterator<Item = String> + 'a {
        let attributes = self.parts.iter().flatten();
        attributes
            .filter(move |attribute| attribute.oid == oid)
            .map(Attribute::text)
    }
}

fn folded(attributes: &[Attribute]) -> Vec<Folded<'_>> {
    let mut all: Vec<_> = attributes.iter().map(Attribute::folded).collect();
    all.arrange();
    all
}

/// Type and value as they are compared: characters, or the octets where there are none.
type Folded<'a> = (&'a str, Result<String, (u8, &'a [u8])>);

fn same_part(ours: &[Attribute], theirs: &[Attribute]) -> bool {
    ours.len() == theirs.len() && (ours == theirs || folded(ours) == folded(theirs))
}

impl Attribute {
    /// The characters, where its type of string is known.
    fn characters(&self) -> Option<String> {
        let utf16 = || {
            let units = self.value.chunks_exact(2);
            let whole = units.remainder().is_empty();
            let units: Vec<u16> = units
                .filter_map(|pair| Some(u16::from_be_bytes(pair.try_into().ok()?)))
                .collect();
            whole.then(|| String::from_utf16(&units).ok()).flatten()
        };
        match self.tag {
            // UTF8String, NumericString, PrintableString, IA5String, VisibleString
            0x0c | 0x12 | 0x13 | 0x16 | 0x1a => String::from_utf8(self.value.clone()).ok(),
            // TeletexString, read as everyone does.
            0x14 => Some(self.value.iter().map(|byte| char::from(*byte)).collect()),
            // UniversalString
            0x1c => {
                let units = self.value.chunks_exact(4);
                let whole = units.remainder().is_empty();
                let text: Option<String> = units
                    .map(|unit| char::from_u32(u32::from_be_bytes(unit.try_into().ok()?)))
                    .collect();
                text.filter(|_| whole)
            }
            // BMPString
            0x1e => utf16(),
            _ => None,
        }
    }

    /// The value as text; hexadecimal where it is none.
    pub fn text(&self) -> String {
        self.characters()
            .unwrap_or_else(|| format!("#{}", hex(&self.value)))
    }

    fn folded(&self) -> Folded<'_> {
        let value = self.characters().map(|text| {
            let text = prepared(&text);
            let words: Vec<&str> = text.split_whitespace().collect();
            words.join(" ")
        });
        (&self.oid, value.ok_or((self.tag, &self.value)))
    }
}

/// Text as it is compared (RFC 4518 §2.2, §2.3), but for its spaces.
fn prepared(text: &str) -> String {
    if text.bytes().all(|byte| (b' '..0x7f).contains(&byte)) {
        return text.to_ascii_lowercase();
    }
    let normalizer = ComposingNormalizerBorrowed::new_nfkc();
    let seen: String = text.chars().filter(|c| !is_unseen(*c)).collect();
    let folded: String = normalizer
        .normalize(&seen)
        .chars()
        .flat_map(folds)
        .collect();
    normalizer.normalize(&folded).into_owned()
}

/// What is mapped to nothing (§2.2): controls but for those that are spaces, and what has no width.
fn is_unseen(c: char) -> bool {
    c.is_control() && !c.is_whitespace()
        || matches!(c, '\u{ad}' | '\u{34f}' | '\u{6dd}' | '\u{70f}' | '\u{1806}' | '\u{180b}'..='\u{180e}'
            | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fff9}'..='\u{fffc}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Full case folding: `ß` and `ẞ` are `ss`, `ſ` is `s`. The Turkish `ı` stays apart from `i`.
fn folds(c: char) -> impl Iterator<Item = char> {
    let apart = (c == 'ı').then_some(c);
    let others = Some(c).filter(|c| *c != 'ı').into_iter();
    let others = others
        .flat_map(char::to_lowercase)
        .flat_map(char::to_uppercase);
    apart.into_iter().chain(others.flat_map(char::to_lowercase))
}

/// A value in which no separator can be forged (RFC 4514 §2.4).
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, ',' | '+' | '=' | '<' | '>' | ';' | '"' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, part) in self.parts.iter().enumerate() {
            if index > 0 {
                f.write_str(", ")?;
            }
            for (index, attribute) in part.iter().enumerate() {
                if index > 0 {
                    f.write_str(" + ")?;
                }
                let kind = oid::name_of(&attribute.oid).unwrap_or(&attribute.oid);
                write!(f, "{kind}={}", escaped(&attribute.text()))?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::der;

    fn name(parts: &[(u8, &str)]) -> Name {
        let parts: Vec<Vec<u8>> = parts
            .iter()
            .map(|(tag, value)| {
                let oid = der::element(tag::OID, &[0x55, 4, 3]);
                let value = der::element(*tag, value.as_bytes());
                der::element(tag::SET, &der::sequence(&[&oid, &value]))
            })
            .collect();
        let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
        Name::read(&der::sequence(&parts)).unwrap()
    }

    #[test]
    fn names_are_compared_by_their_characters() {
        let ours = name(&[(0x13, "Acme"), (0x0c, "Root  CA")]);
        assert!(ours.is(&name(&[(0x0c, " acme"), (0x13, "ROOT ca ")])));
        assert!(!ours.is(&name(&[(0x0c, "acme"), (0x13, "root ca 2")])));
        assert!(!ours.is(&name(&[(0x0c, "acme")])));
        assert!(ours.is_below(&name(&[(0x0c, "ACME")])));
        assert!(!name(&[(0x0c, "ACME")]).is_below(&ours));
        assert!(ours.is_below(&Name::default()));
        assert_eq!(ours.to_string(), "CN=Acme, CN=Root  CA");
    }

    #[test]
    fn names_are_compared_as_they_are_read() {
        let same = [
            ("Sub", "\u{17f}ub"),
            ("Straße", "STRASSE"),
            ("STRA\u{1e9e}E", "strasse"),
            ("Sub", "S\u{ff55}b"),
            ("Sub", "S\u{ad}u\u{200b}b"),
            ("x2 a", "x\u{b2}\u{a0}\u{aa}"),
            ("TM Ltd", "\u{2122} Ltd"),
            ("Caf\u{e9}", "CAFE\u{301}"),
            ("office", "o\u{fb03}ce"),
            ("two words", "two\twords"),
        ];
        for (a, b) in same {
            assert!(name(&[(0x0c, a)]).is(&name(&[(0x0c, b)])), "{a} {b}");
        }
        for (a, b) in [("i", "ı"), ("e", "é"), ("Acme", "Аcme"), ("a b", "ab")] {
            assert!(!name(&[(0x0c, a)]).is(&name(&[(0x0c, b)])), "{a} {b}");
        }
    }
}
