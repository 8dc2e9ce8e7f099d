//! Tokens in a text, replaced where they stand; everything else is copied byte for byte.

use std::collections::HashMap;
use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::super::locate::{Candidate, Encoding, candidates};
use super::{Redactor, object, pattern};

/// Members of JSON serializations that are destroyed.
const SEALED: [&str; 5] = ["signature", "ciphertext", "encrypted_key", "tag", "iv"];

impl Redactor {
    /// Appends a text with its tokens redacted, and says how many there were.
    pub fn text(&self, bytes: &[u8], out: &mut Vec<u8>) -> u64 {
        let mut changes: Vec<(Range<usize>, Vec<u8>)> = Vec::new();
        let mut tokens = 0;
        for candidate in candidates(bytes) {
            tokens += 1;
            self.replace(&candidate, &mut changes);
        }
        tokens += self.members(bytes, &mut changes);
        changes.sort_by_key(|(range, _)| range.start);
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

    fn replace(&self, candidate: &Candidate, changes: &mut Vec<(Range<usize>, Vec<u8>)>) {
        let mut redacted = self.token(&candidate.token);
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
    fn members(&self, bytes: &[u8], changes: &mut Vec<(Range<usize>, Vec<u8>)>) -> u64 {
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
