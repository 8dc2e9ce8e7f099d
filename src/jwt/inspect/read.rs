//! Reading a part as far as it goes: base64url of any quality, text that is nearly UTF-8, JSON that breaks off.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::super::compact::Base64Problem;
use super::defect::{Defect, DefectKind, Section};
use crate::kernel::document::{DuplicateKey, Node};
use crate::kernel::json::{self, JsonError, JsonProblem};

const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::URL_SAFE,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// How many defects of one kind are listed for one part.
const MAX_LISTED: usize = 16;

/// A part's bytes, and the way back to the token.
pub(super) struct Decoded {
    pub(super) section: Section,
    pub(super) bytes: Vec<u8>,
    at: usize,
    length: usize,
    /// The offsets of the characters that were read, where some were dropped.
    kept: Option<Vec<usize>>,
    encoded: bool,
}

impl Decoded {
    /// A text that is not encoded at all: its bytes are the token's.
    pub(super) fn plain(section: Section, text: &str) -> Self {
        Self {
            section,
            bytes: text.as_bytes().to_vec(),
            at: 0,
            length: text.len(),
            kept: None,
            encoded: false,
        }
    }

    /// Whether characters were dropped.
    pub(super) fn is_partial(&self) -> bool {
        let kept = self.kept.as_ref().map_or(self.length, Vec::len);
        kept < self.length
    }

    /// The byte of the token that holds a decoded byte.
    pub(super) fn in_token(&self, decoded: usize) -> usize {
        let character = if self.encoded {
            decoded.saturating_mul(4) / 3
        } else {
            decoded
        };
        let last = self.length.saturating_sub(1);
        let inside = match &self.kept {
            Some(kept) => kept.get(character).copied().unwrap_or(last),
            None => character.min(last),
        };
        self.at + inside
    }
}

/// An object, and whether all of it could be read.
pub(super) struct Object {
    pub(super) node: Node,
    pub(super) whole: bool,
}

/// Reads parts and collects their defects.
#[derive(Default)]
pub(super) struct Reader {
    pub(super) defects: Vec<Defect>,
}

impl Reader {
    pub(super) fn defect(&mut self, defect: Defect) {
        self.defects.push(defect);
    }

    /// Decodes a part that starts at byte `at` of the token.
    pub(super) fn decode(&mut self, section: Section, text: &str, at: usize) -> Decoded {
        let (bytes, kept) = match URL_SAFE_NO_PAD.decode(text) {
            Ok(bytes) => (bytes, None),
            Err(_) => {
                self.base64_defects(section, text, at);
                let kept = text.char_indices().filter(|(_, c)| alike(*c).is_some());
                (lenient(text), Some(kept.map(|(at, _)| at).collect()))
            }
        };
        Decoded {
            section,
            bytes,
            at,
            length: text.len(),
            kept,
            encoded: true,
        }
    }

    fn base64_defects(&mut self, section: Section, text: &str, at: usize) {
        let mut listed = 0;
        let mut run: Option<(Base64Problem, usize, usize)> = None;
        let end = [(text.len(), 'A')];
        for (offset, c) in text.char_indices().chain(end) {
            let problem = problem_of(c);
            match (&mut run, problem) {
                (Some((before, _, length)), Some(now)) if alike_problems(*before, now) => {
                    *length += 1;
                    continue;
                }
                _ => {}
            }
            if let Some((problem, start, length)) = run.take() {
                listed += 1;
                if listed <= MAX_LISTED {
                    self.defect(Defect::base64(section, problem, (at + start, length)));
                }
            }
            run = problem.map(|problem| (problem, offset, 1));
        }
        if listed > MAX_LISTED {
            let text = format!(
                "the {section} is not base64url in {} more places",
                listed - MAX_LISTED
            );
            self.defect(Defect::new(DefectKind::Base64, section, text));
        }
        self.last_character(section, text, at);
    }

    fn last_character(&mut self, section: Section, text: &str, at: usize) {
        let sound: Vec<(usize, char)> = text
            .char_indices()
            .filter_map(|(at, c)| Some((at, alike(c)?)))
            .collect();
        let Some((offset, _)) = sound.last() else {
            return;
        };
        let cleaned: String = sound.iter().map(|(_, c)| c).collect();
        let problem = match URL_SAFE_NO_PAD.decode(&cleaned) {
            Ok(_) => return,
            Err(_) if cleaned.len() % 4 == 1 => Base64Problem::Length,
            Err(_) => Base64Problem::TrailingBits,
        };
        self.defect(Defect::base64(section, problem, (at + offset, 1)));
    }

    /// Reads a part as one JSON object, or the first members of one.
    pub(super) fn object(&mut self, decoded: &Decoded) -> Option<Object> {
        let section = decoded.section;
        if decoded.bytes.is_empty() {
            if !self.defects.iter().any(|defect| defect.section == section) {
                let text = format!("the {section} is empty");
                self.defect(Defect::new(DefectKind::Json, section, text).at(decoded.in_token(0)));
            }
            return None;
        }
        if let Err(error) = std::str::from_utf8(&decoded.bytes) {
            let (inside, offset) = (error.valid_up_to(), decoded.in_token(error.valid_up_to()));
            let text = format!(
                "the {section} is not UTF-8 from its byte {inside} on, byte {offset} of the token"
            );
            self.defect(Defect::new(DefectKind::Utf8, section, text).at(offset));
        }
        let text = String::from_utf8_lossy(&decoded.bytes);
        let body = text.strip_prefix('\u{feff}');
        if body.is_some() {
            let error = JsonError {
                offset: 0,
                problem: JsonProblem::ByteOrderMark,
            };
            self.defect(Defect::json(section, &error, decoded.in_token(0)));
        }
        let skipped = body.map_or(0, |_| 3);
        let (node, whole) = self.members(decoded, body.unwrap_or(&text), skipped)?;
        if node.as_mapping().is_none() {
            let text = format!(
                "the {section} is {}, not a JSON object",
                kind_in_json(&node)
            );
            self.defect(
                Defect::new(DefectKind::NotAnObject, section, text).at(decoded.in_token(0)),
            );
            return None;
        }
        Some(Object { node, whole })
    }

    fn members(&mut self, decoded: &Decoded, text: &str, skipped: usize) -> Option<(Node, bool)> {
        let error = match json::parse_text(text) {
            Ok((node, duplicates)) => {
                self.duplicates(decoded, &duplicates, skipped);
                return Some((node, true));
            }
            Err(error) => error,
        };
        let offset = decoded.in_token(error.offset + skipped);
        self.defect(Defect::json(decoded.section, &error, offset));
        let (node, duplicates) = match error.problem {
            JsonProblem::TrailingCharacters => {
                json::parse_text(text.get(..error.offset)?.trim_end()).ok()?
            }
            _ => salvage(text, error.offset)?,
        };
        self.duplicates(decoded, &duplicates, skipped);
        Some((node, error.problem == JsonProblem::TrailingCharacters))
    }

    fn duplicates(&mut self, decoded: &Decoded, found: &[DuplicateKey], skipped: usize) {
        let section = decoded.section;
        for duplicate in found.iter().take(MAX_LISTED) {
            let inside = duplicate.second.start as usize + skipped;
            let offset = decoded.in_token(inside);
            let text = format!(
                "the {section} has the member `{}` twice, again at its byte {inside}, byte {offset} of the token",
                duplicate.key
            );
            self.defect(Defect::new(DefectKind::Duplicate, section, text).at(offset));
        }
        if found.len() > MAX_LISTED {
            let text = format!(
                "the {section} has {} more members twice",
                found.len() - MAX_LISTED
            );
            self.defect(Defect::new(DefectKind::Duplicate, section, text));
        }
    }
}

pub(super) fn kind_in_json(node: &Node) -> &'static str {
    match node.kind() {
        "a mapping" => "an object",
        "a list" => "an array",
        other => other,
    }
}

/// Decodes what can be decoded: both alphabets, padding, white space, unused bits; other characters are dropped.
pub(in crate::jwt) fn lenient(text: &str) -> Vec<u8> {
    let cleaned: String = text.chars().filter_map(alike).collect();
    // A single last character holds six bits, which is no byte.
    let usable = cleaned.len() - usize::from(cleaned.len() % 4 == 1);
    LENIENT
        .decode(cleaned.get(..usable).unwrap_or_default())
        .unwrap_or_default()
}

/// The character of the alphabet that is meant.
fn alike(c: char) -> Option<char> {
    match c {
        '+' => Some('-'),
        '/' => Some('_'),
        c if c.is_ascii_alphanumeric() || matches!(c, '-' | '_') => Some(c),
        _ => None,
    }
}

fn problem_of(c: char) -> Option<Base64Problem> {
    match c {
        c if c.is_ascii_alphanumeric() || matches!(c, '-' | '_') => None,
        '=' => Some(Base64Problem::Padding),
        c if c.is_whitespace() => Some(Base64Problem::Space),
        c => Some(Base64Problem::Character(c)),
    }
}

fn alike_problems(a: Base64Problem, b: Base64Problem) -> bool {
    a == b
        || matches!(
            (a, b),
            (Base64Problem::Character(_), Base64Problem::Character(_))
        )
}

/// The members of an object that were whole before the reader gave up at `end`.
fn salvage(text: &str, end: usize) -> Option<(Node, Vec<DuplicateKey>)> {
    let mut open: Vec<u8> = Vec::new();
    let mut whole: Option<(usize, Vec<u8>)> = None;
    let (mut in_string, mut escaped) = (false, false);
    for (at, byte) in text.bytes().enumerate().take(end) {
        if in_string {
            in_string = escaped || byte != b'"';
            escaped = byte == b'\\' && !escaped;
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b'{' => open.push(b'}'),
            b'[' => open.push(b']'),
            b'}' | b']' => {
                open.pop();
                whole = Some((at + 1, open.clone()));
            }
            b',' => whole = Some((at, open.clone())),
            _ => {}
        }
        if open.len() > json::MAX_DEPTH {
            break;
        }
    }
    let (cut, open) = whole?;
    let mut prefix = text.get(..cut)?.to_owned();
    prefix.extend(open.iter().rev().map(|byte| char::from(*byte)));
    json::parse_text(&prefix).ok()
}
