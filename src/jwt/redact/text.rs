//! Tokens in a text, replaced where they stand; everything else is copied byte for byte.

use crate::kernel::arrange::Arrange as _;
use std::collections::HashMap;
use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::super::locate::{Candidate, Encoding, candidates, opens_a_token};
use super::{MAX_NESTING, Redactor, object, pattern};

/// Members of JSON serializations that are destroyed.
const SEALED: [&str; 5] = ["signature", "ciphertext", "encrypted_key", "tag", "iv"];

/// How a dot is spelt in a URL, in a URL within a URL, in JSON and in HTML.
const DOTS: [&[u8]; 9] = [
    b".", b"%2E", b"%2e", b"%252E", b"%252e", b"\\u002e", b"\\u002E", b"&#46;", b"&#x2e;",
];

type Changes = Vec<(Range<usize>, Vec<u8>)>;

impl Redactor {
    /// Appends a text with its tokens redacted, and says how many there were.
    pub fn text(&self, bytes: &[u8], out: &mut Vec<u8>) -> u64 {
        self.text_at(bytes, out, 0)
    }

    /// A text within a token with the tokens in it redacted.
    pub(super) fn scrubbed(&self, text: &str, depth: usize) -> String {
        let mut out = Vec::new();
        match self.text_at(text.as_bytes(), &mut out, depth) {
            0 => text.to_owned(),
            _ => String::from_utf8_lossy(&out).into_owned(),
        }
    }

    fn text_at(&self, bytes: &[u8], out: &mut Vec<u8>, depth: usize) -> u64 {
        let mut changes = Changes::new();
        let mut tokens = 0;
        let mut from = 0;
        for candidate in candidates(bytes) {
            tokens += self.glued(bytes, from..candidate.start(), &mut changes, depth);
            from = candidate.end();
            tokens += 1;
            self.replace(&candidate, &mut changes, depth);
        }
        tokens += self.glued(bytes, from..bytes.len(), &mut changes, depth);
        tokens += self.members(bytes, &mut changes);
        changes.arrange_by_key(|(range, _)| range.start);
        let mut at = 0;
        for (range, text) in changes {
            // A member inside a token that is replaced already.
            if range.start < at {
                continue;
            }
            out.extend_from_slice(bytes.get(at..range.start).unwrap_or_default());
            out.extend_from_slice(&text);
            at = range.end;
        }
        out.extend_from_slice(bytes.get(at..).unwrap_or_default());
        tokens
    }

    /// Redacts what is a token but for what stands before it, or but for the spelling of its dots.
    fn glued(
        &self,
        bytes: &[u8],
        within: Range<usize>,
        changes: &mut Changes,
        depth: usize,
    ) -> u64 {
        let mut tokens = 0;
        let bytes = bytes.get(..within.end).unwrap_or_default();
        let mut from = within.start;
        while let Some(rest) = bytes.get(from..)
            && let Some(at) = memchr::memchr(b'e', rest)
        {
            let start = from + at;
            from = start + 1;
            if !bytes.get(start..).is_some_and(opens_a_token) {
                continue;
            }
            let (parts, dot) = parts(bytes, start);
            // A part of what has no dots has none either.
            from = parts.last().map_or(from, |part| part.end);
            let sections: Vec<String> = parts.iter().map(|part| ascii(bytes, part)).collect();
            let claims = sections
                .get(1)
                .is_some_and(|part| opens_a_token(part.as_bytes()));
            if sections.len() >= 3 || claims {
                tokens += 1;
                let redacted = self.nested(&sections.join("."), depth);
                let dot = String::from_utf8_lossy(dot);
                changes.push((start..from, redacted.replace('.', &dot).into_bytes()));
            }
        }
        tokens
    }

    fn nested(&self, token: &str, depth: usize) -> String {
        if depth > MAX_NESTING {
            return pattern(token.len());
        }
        self.token_at(token, depth)
    }

    fn replace(&self, candidate: &Candidate, changes: &mut Changes, depth: usize) {
        let mut redacted = self.nested(&candidate.token, depth);
        if candidate.encoding == Encoding::Base64 {
            redacted = STANDARD.encode(redacted);
        }
        // Wrapped lines stay wrapped: each takes what it held, the last the rest.
        let mut rest = redacted.as_str();
        for (index, piece) in candidate.pieces.iter().enumerate() {
            let last = index + 1 == candidate.pieces.len();
            let length = if last {
                rest.len()
            } else {
                piece.len().min(rest.len())
            };
            let (now, later) = rest.split_at(length);
            changes.push((piece.clone(), now.as_bytes().to_vec()));
            rest = later;
        }
    }

    /// `"payload": "…"`, `"signature": "…"` and disclosures, wherever they stand: of a JSON serialization each member is
    /// redacted by itself, so that it may go over many lines.
    fn members(&self, bytes: &[u8], changes: &mut Changes) -> u64 {
        let mut payloads = 0;
        for range in values_of(bytes, "payload") {
            let text = ascii(bytes, &range);
            if object(&text).is_some() {
                payloads += 1;
                let redacted = self.claims(&text, &HashMap::new(), 0);
                changes.push((range, redacted.into_bytes()));
            }
        }
        for name in SEALED {
            for range in values_of(bytes, name) {
                if range.len() >= 16 {
                    payloads += u64::from(name == "ciphertext");
                    let length = range.len();
                    changes.push((range, pattern(length).into_bytes()));
                }
            }
        }
        // `["` in base64url.
        for start in memchr::memmem::find_iter(bytes, b"\"Wy") {
            let range = run(bytes, start + 1);
            if range.len() >= 8 && bytes.get(range.end) == Some(&b'"') {
                let text = ascii(bytes, &range);
                let redacted = self.disclosure(&text, &HashMap::new(), 0);
                changes.push((range, redacted.into_bytes()));
            }
        }
        payloads
    }
}

/// The parts of what starts here, and how the dots between them are spelt.
fn parts(bytes: &[u8], start: usize) -> (Vec<Range<usize>>, &'static [u8]) {
    let mut parts = vec![run(bytes, start)];
    let mut dot = DOTS[0];
    while let Some(last) = parts.last()
        && let rest = bytes.get(last.end..).unwrap_or_default()
        && let Some(spelt) = DOTS.into_iter().find(|dot| rest.starts_with(dot))
    {
        dot = if parts.len() == 1 { spelt } else { dot };
        let next = run(bytes, last.end + spelt.len());
        parts.push(next);
    }
    (parts, dot)
}

/// The base64url values of a JSON member of this name.
fn values_of(bytes: &[u8], name: &str) -> Vec<Range<usize>> {
    let quoted = format!("\"{name}\"");
    let mut found = Vec::new();
    for at in memchr::memmem::find_iter(bytes, quoted.as_bytes()) {
        let mut at = at + quoted.len();
        let mut colon = false;
        while let Some(byte) = bytes.get(at) {
            match byte {
                b':' if !colon => colon = true,
                b' ' | b'\t' | b'\r' | b'\n' => {}
                _ => break,
            }
            at += 1;
        }
        if colon && bytes.get(at) == Some(&b'"') {
            let range = run(bytes, at + 1);
            if bytes.get(range.end) == Some(&b'"') {
                found.push(range);
            }
        }
    }
    found
}

fn run(bytes: &[u8], start: usize) -> Range<usize> {
    let rest = bytes.get(start..).unwrap_or_default();
    let plain = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'=');
    start..start + rest.iter().take_while(plain).count()
}

fn ascii(bytes: &[u8], range: &Range<usize>) -> String {
    let text = bytes.get(range.clone()).unwrap_or_default();
    text.iter().map(|byte| char::from(*byte)).collect()
}
