//! Runs of a token's characters in any bytes: where a token starts, where it ends, and how it was wrapped.
//!
//! A token starts with the base64url of `{"`, which is `ey` and one of `I`, `J`, `K`, `L`; other spaces after the brace
//! give other letters, so the first bytes are decoded and looked at. Outer base64, as in a Kubernetes Secret, makes it
//! `ZXlK`.

use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use super::super::MAX_TOKEN_BYTES;
use super::super::inspect::{lenient, signature_characters};
use crate::kernel::document::Node;
use crate::kernel::json;

/// What had to be decoded before a token could be seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// Nothing.
    Plain,
    /// A second layer of base64, as in a Kubernetes Secret.
    Base64,
    /// A hexadecimal dump of curl.
    HexDump,
}

/// A token in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::jwt) struct Candidate {
    /// The bytes it stands in, one range a line.
    pub(in crate::jwt) pieces: Vec<Range<usize>>,
    /// Its text.
    pub(in crate::jwt) token: String,
    /// What was decoded.
    pub(in crate::jwt) encoding: Encoding,
}

impl Candidate {
    /// The offset of its first byte.
    pub(in crate::jwt) fn start(&self) -> usize {
        self.pieces.first().map_or(0, |piece| piece.start)
    }

    /// The offset after its last byte.
    pub(in crate::jwt) fn end(&self) -> usize {
        self.pieces.last().map_or(0, |piece| piece.end)
    }
}

/// All tokens in some bytes, in order.
pub(in crate::jwt) fn candidates(bytes: &[u8]) -> impl Iterator<Item = Candidate> + '_ {
    let mut from = 0;
    std::iter::from_fn(move || {
        loop {
            let rest = bytes.get(from..)?;
            let start = from + memchr::memchr2(b'e', b'Z', rest)?;
            from = start + 1;
            if !is_boundary(bytes, start) {
                continue;
            }
            if let Some(found) = plain_at(bytes, start).or_else(|| encoded_at(bytes, start)) {
                from = found.end().max(from);
                return Some(found);
            }
        }
    })
}

/// Whether a run that starts here could become a token, however little of it is there.
pub(in crate::jwt) fn opens_a_token(bytes: &[u8]) -> bool {
    matches!(bytes, [b'e', b'y' | b'w', ..]) && opens_an_object(bytes)
}

/// Whether a token at the end of these lines may go on in the next.
pub(in crate::jwt) fn unfinished(bytes: &[u8]) -> bool {
    let body = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    let body = body.strip_suffix(b"\r").unwrap_or(body);
    let body = body.strip_suffix(b"\\").unwrap_or(body);
    let reaches_end =
        |pieces: &[Range<usize>]| pieces.last().is_some_and(|piece| piece.end == body.len());
    memchr::memchr2_iter(b'e', b'Z', body)
        .filter(|start| is_boundary(body, *start))
        .any(|start| {
            let rest = body.get(start..).unwrap_or_default();
            if opens_a_token(rest) {
                let run = run(body, start, true);
                return reaches_end(&run.pieces) && may_go_on(body, &run);
            }
            let encoded = rest.starts_with(b"ZXl") || rest.starts_with(b"ZXd");
            encoded && {
                let run = encoded_run(body, start);
                reaches_end(&run.pieces) && !run.text.ends_with('=')
            }
        })
}

fn plain_at(bytes: &[u8], start: usize) -> Option<Candidate> {
    if !opens_a_token(bytes.get(start..)?) {
        return None;
    }
    let joined = run(bytes, start, true);
    let (pieces, token) = match judge(&joined.text) {
        true => (joined.pieces, joined.text),
        false => {
            let alone = run(bytes, start, false);
            if !judge(&alone.text) {
                return None;
            }
            (alone.pieces, alone.text)
        }
    };
    let excess = token.len() - without_full_stop(&token).len();
    let token = without_full_stop(&token).to_owned();
    let mut pieces = pieces;
    if let Some(last) = pieces.last_mut() {
        last.end -= excess;
    }
    Some(Candidate {
        pieces,
        token,
        encoding: Encoding::Plain,
    })
}

fn encoded_at(bytes: &[u8], start: usize) -> Option<Candidate> {
    if !bytes.get(start..)?.starts_with(b"ZX") {
        return None;
    }
    let Run { pieces, text } = encoded_run(bytes, start);
    let standard = text.replace('-', "+").replace('_', "/");
    let inner = STANDARD_NO_PAD
        .decode(standard.trim_end_matches('='))
        .ok()?;
    let inner = String::from_utf8(inner).ok()?;
    let token = inner.trim();
    let whole = opens_a_token(token.as_bytes()) && judge(token);
    let sound = token.bytes().all(is_token_byte);
    (whole && sound).then(|| Candidate {
        pieces,
        token: token.to_owned(),
        encoding: Encoding::Base64,
    })
}

fn encoded_run(bytes: &[u8], start: usize) -> Run {
    let mut run = Run::default();
    let mut at = start;
    loop {
        let end = at + count(bytes, at, is_base64_byte);
        push(bytes, at..end, &mut run.pieces, &mut run.text);
        let room = run.text.len() < MAX_TOKEN_BYTES * 2 && !run.text.ends_with('=');
        match next_line(bytes, end, start).filter(|_| room) {
            Some(next) if next > at && !has_key(bytes, next) => at = next,
            _ => return run,
        }
    }
}

fn is_base64_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_' | b'=')
}

// `key: value` on the next line: what follows is no continuation.
fn has_key(bytes: &[u8], at: usize) -> bool {
    let end = at + count(bytes, at, is_base64_byte);
    end == at || !ends_line(bytes, end)
}

#[derive(Default)]
struct Run {
    pieces: Vec<Range<usize>>,
    text: String,
}

fn run(bytes: &[u8], start: usize, join: bool) -> Run {
    let mut run = Run::default();
    let mut at = start;
    loop {
        let dots = run.text.matches('.').count();
        let end = run_end(bytes, at, dots);
        push(bytes, at..end, &mut run.pieces, &mut run.text);
        if !join || run.text.len() > MAX_TOKEN_BYTES {
            return run;
        }
        match continuation(bytes, end, start, &run) {
            Some(next) => at = next,
            None => return run,
        }
    }
}

fn push(bytes: &[u8], piece: Range<usize>, pieces: &mut Vec<Range<usize>>, text: &mut String) {
    let found = bytes.get(piece.clone()).unwrap_or_default();
    text.extend(found.iter().map(|byte| char::from(*byte)));
    pieces.push(piece);
}

/// The end of the run of token characters that starts at `at`, when `dots` came before.
fn run_end(bytes: &[u8], at: usize, dots: usize) -> usize {
    let mut dots = dots;
    let mut tildes = 0;
    let mut end = at;
    while let Some(byte) = bytes.get(end).copied() {
        let next = bytes.get(end + 1).copied().unwrap_or(b' ');
        let goes_on = match byte {
            b'.' => {
                dots += 1;
                dots <= 6 || tildes > 0
            }
            b'~' => {
                tildes += 1;
                dots >= 2
            }
            // Padding is a defect of the token, unless a name stands before it.
            b'=' => matches!(next, b'=' | b'.') || !next.is_ascii_alphanumeric(),
            b'+' => next.is_ascii_alphanumeric(),
            // A path goes on behind a token, its other parts have none.
            b'/' => dots < 2 && next.is_ascii_alphanumeric(),
            byte => is_token_byte(byte),
        };
        if !goes_on {
            break;
        }
        end += 1;
    }
    end
}

/// Whether a token can hold this byte.
pub(in crate::jwt) fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~' | b'=')
}

/// Where the token goes on if it was wrapped at `end`, the end of a line.
fn continuation(bytes: &[u8], end: usize, start: usize, run: &Run) -> Option<usize> {
    let text = run.text.as_str();
    let next = next_line(bytes, end, start)?;
    let dots = text.matches('.').count();
    let piece_end = run_end(bytes, next, dots.min(2));
    let whole_line = piece_end > next && (ends_line(bytes, piece_end) || closes(bytes, piece_end));
    if !whole_line || is_token_alone(bytes, next) {
        return None;
    }
    let dotted = bytes.get(next..piece_end)?.contains(&b'.');
    let fits = dots < 2 || !dotted || dots == 3;
    (fits && may_go_on(bytes, run)).then_some(next)
}

/// Whether a token that reaches the end of its line can be incomplete: by its dots, by the length of its last part, by
/// the width of the lines it fills.
fn may_go_on(bytes: &[u8], run: &Run) -> bool {
    if run.text.matches('.').count() < 2 {
        return true;
    }
    let Some(last) = run.pieces.last() else {
        return false;
    };
    let line = bytes
        .get(line_start(bytes, last.end)..last.end)
        .unwrap_or_default();
    if let Some(prefix) = dump_prefix(line) {
        return line.len() - prefix == 64;
    }
    let fills = match run.pieces.as_slice() {
        [_, full, .., last] => last.len() == full.len(),
        [first, last] => last.len() == first.len() || line.len() >= 56,
        _ => line.len() >= 56,
    };
    fills && !is_complete(&run.text)
}

/// Whether the last part has a length that its algorithm gives it.
fn is_complete(text: &str) -> bool {
    let mut parts = text.split('.');
    let header = lenient(parts.next().unwrap_or_default());
    let last = parts.next_back().unwrap_or_default().len();
    if parts.count() >= 3 {
        // The tag of AES-GCM or AES-CBC-HMAC.
        return [22, 32, 43].contains(&last);
    }
    let header = std::str::from_utf8(&header).ok().map(json::parse_text);
    let algorithm = match &header {
        Some(Ok((header, _))) => header.get("alg").and_then(Node::as_str).unwrap_or_default(),
        _ => "",
    };
    match signature_characters(algorithm) {
        Some(length) => last == length,
        // RSA from 1024 to 4096 bits, ECDSA and EdDSA of any size.
        None => [86, 128, 152, 171, 176, 256, 342, 512, 683].contains(&last),
    }
}

fn is_token_alone(bytes: &[u8], at: usize) -> bool {
    let rest = bytes.get(at..).unwrap_or_default();
    opens_a_token(rest) && judge(&run(bytes, at, false).text)
}

/// The first byte of the next line that is no indentation, quotation mark of mail, or offset of a dump.
fn next_line(bytes: &[u8], end: usize, start: usize) -> Option<usize> {
    let mut at = end;
    if bytes.get(at) == Some(&b'\\') {
        at += 1;
    }
    at += usize::from(bytes.get(at) == Some(&b'\r'));
    if bytes.get(at) != Some(&b'\n') {
        return None;
    }
    at += 1;
    let first = bytes.get(line_start(bytes, start)..start)?;
    if dump_prefix(first).is_some() {
        return Some(at + dump_prefix(bytes.get(at..)?)?);
    }
    Some(at + count(bytes, at, |byte| matches!(byte, b' ' | b'\t' | b'>' | b'|')))
}

/// The length of `0040: ` at the start of a line of `curl --trace-ascii`.
fn dump_prefix(line: &[u8]) -> Option<usize> {
    let digits = line
        .iter()
        .take_while(|byte| byte.is_ascii_digit() || matches!(byte, b'a'..=b'f'))
        .count();
    let marked = line.get(digits..digits + 2) == Some(b": ");
    (4..=8)
        .contains(&digits)
        .then_some(digits + 2)
        .filter(|_| marked)
}

fn line_start(bytes: &[u8], at: usize) -> usize {
    let before = bytes.get(..at).unwrap_or_default();
    memchr::memrchr(b'\n', before).map_or(0, |newline| newline + 1)
}

fn ends_line(bytes: &[u8], at: usize) -> bool {
    matches!(
        bytes.get(at..),
        None | Some([] | [b'\n', ..] | [b'\r', b'\n', ..] | [b'\\', b'\n', ..])
    )
}

fn closes(bytes: &[u8], at: usize) -> bool {
    let marks = count(bytes, at, |byte| {
        matches!(
            byte,
            b'"' | b'\'' | b'`' | b',' | b';' | b')' | b'}' | b']' | b' '
        )
    });
    marks > 0 && ends_line(bytes, at + marks)
}

fn count(bytes: &[u8], at: usize, is: impl Fn(u8) -> bool) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    rest.iter().take_while(|byte| is(**byte)).count()
}

/// Whether a word can start here: after anything that no token holds, or after an escape that only looks like a letter.
fn is_boundary(bytes: &[u8], at: usize) -> bool {
    let before = bytes.get(at.saturating_sub(16)..at).unwrap_or_default();
    match before {
        [] => true,
        [.., b'%', a, b] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit() => true,
        [.., b'\\', b'n' | b'r' | b't'] => true,
        // A colour of a terminal: `\e[32m`.
        [start @ .., b'm'] => {
            let digits = |byte: &&u8| byte.is_ascii_digit() || **byte == b';';
            start.iter().rev().find(|byte| !digits(byte)) == Some(&b'[')
        }
        [.., last] => !(last.is_ascii_alphanumeric() || matches!(last, b'-' | b'_' | b'.' | b'~')),
    }
}

/// Whether the first part decodes to the start of a JSON object.
fn opens_an_object(bytes: &[u8]) -> bool {
    let start: String = bytes
        .iter()
        .take(64)
        .take_while(|byte| is_token_byte(**byte) && **byte != b'.')
        .map(|byte| char::from(*byte))
        .collect();
    let decoded = lenient(&start);
    let Some((b'{', rest)) = decoded.split_first() else {
        return false;
    };
    matches!(rest.trim_ascii_start(), [b'"' | b'}', ..])
}

/// Whether a run is a token: two dots, or one in front of what looks like claims.
fn judge(text: &str) -> bool {
    let mut parts = text.split('.');
    let (_header, second, third) = (parts.next(), parts.next(), parts.next());
    match (second, third) {
        (_, Some(_)) => true,
        (Some(second), None) => second.len() >= 4 && opens_a_token(second.as_bytes()),
        _ => false,
    }
}

// `….` at the end of a sentence; an unsecured token ends with its second dot.
fn without_full_stop(text: &str) -> &str {
    let dots = text.matches('.').count();
    match text.strip_suffix('.') {
        Some(inner) if dots == 3 || dots > 4 => inner,
        _ => text,
    }
}
