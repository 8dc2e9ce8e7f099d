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

/// How often the text is gone through at most in search of tokens in a second layer of base64.
const MAX_ROUNDS: usize = 16;

/// All tokens in some bytes, in order.
pub(in crate::jwt) fn candidates(bytes: &[u8]) -> impl Iterator<Item = Candidate> + '_ {
    let mut from = 0;
    let mut plain_from = 0;
    let mut encoded_from = 0;
    let mut effort = bytes.len().saturating_mul(MAX_ROUNDS);
    std::iter::from_fn(move || {
        loop {
            let rest = bytes.get(from..)?;
            let start = from + memchr::memchr2(b'e', b'Z', rest)?;
            from = start + 1;
            if !is_boundary(bytes, start) {
                continue;
            }
            let found = if bytes.get(start) == Some(&b'e') {
                if start < plain_from {
                    continue;
                }
                plain_at(bytes, start).map_err(|resume| plain_from = resume)
            } else {
                if start < encoded_from {
                    continue;
                }
                encoded_at(bytes, start, &mut effort).map_err(|resume| encoded_from = resume)
            };
            if let Ok(found) = found {
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

/// A run at the end of some lines that may go on in the next.
#[derive(Debug)]
pub(in crate::jwt) struct Waiting {
    run: Run,
    encoded: bool,
}

impl Waiting {
    fn goes_on(&mut self, body: &[u8]) -> bool {
        if self.encoded {
            self.run.join_encoded(body);
        } else {
            self.run.join(body);
        }
        self.run.end() == body.len()
            && if self.encoded {
                !self.run.text.ends_with('=')
            } else {
                self.run.may_go_on(body)
            }
    }
}

/// The token at the end of these lines that may go on in the next; `before` is what waited when the last of them came.
pub(in crate::jwt) fn unfinished(bytes: &[u8], before: Option<Waiting>) -> Option<Waiting> {
    let body = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    let body = body.strip_suffix(b"\r").unwrap_or(body);
    let body = body.strip_suffix(b"\\").unwrap_or(body);
    let mut from = 0;
    if let Some(mut waiting) = before {
        if waiting.goes_on(body) {
            return Some(waiting);
        }
        from = waiting.run.end();
    }
    loop {
        let rest = body.get(from..)?;
        let start = from + memchr::memchr2(b'e', b'Z', rest)?;
        from = start + 1;
        let rest = body.get(start..)?;
        let encoded = rest.starts_with(b"ZXl") || rest.starts_with(b"ZXd");
        if !is_boundary(body, start) || !(encoded || opens_a_token(rest)) {
            continue;
        }
        let run = Run::at(body, start, encoded);
        let mut waiting = Waiting { run, encoded };
        if waiting.goes_on(body) {
            return Some(waiting);
        }
        from = from.max(waiting.run.end());
    }
}

/// The token that starts here, or where a search for another may go on: a part of a run that is no token is none either.
fn plain_at(bytes: &[u8], start: usize) -> Result<Candidate, usize> {
    if !bytes.get(start..).is_some_and(opens_a_token) {
        return Err(start + 1);
    }
    let mut run = Run::at(bytes, start, false);
    run.join(bytes);
    if !judge(&run.text) {
        return Err(run.resume());
    }
    let Run {
        mut pieces, text, ..
    } = run;
    let token = without_full_stop(&text).to_owned();
    if let Some(last) = pieces.last_mut() {
        last.end -= text.len() - token.len();
    }
    Ok(Candidate {
        pieces,
        token,
        encoding: Encoding::Plain,
    })
}

/// The same behind a second layer of base64. While there is effort left, the search goes on within what was no token.
fn encoded_at(bytes: &[u8], start: usize, effort: &mut usize) -> Result<Candidate, usize> {
    let opens = |rest: &[u8]| rest.starts_with(b"ZXl") || rest.starts_with(b"ZXd");
    if !bytes.get(start..).is_some_and(opens) {
        return Err(start + 1);
    }
    let alone = Run::at(bytes, start, true);
    let line = alone.end();
    if *effort == 0 {
        return decoded(alone).ok_or(line);
    }
    let mut joined = alone.clone();
    joined.join_encoded(bytes);
    let cost = joined.text.len();
    if let Some(found) = decoded(joined).or_else(|| decoded(alone)) {
        return Ok(found);
    }
    *effort = effort.saturating_sub(cost);
    Err(start + 1)
}

fn decoded(run: Run) -> Option<Candidate> {
    let standard = run.text.replace('-', "+").replace('_', "/");
    let inner = STANDARD_NO_PAD
        .decode(standard.trim_end_matches('='))
        .ok()?;
    let inner = String::from_utf8(inner).ok()?;
    let token = inner.trim();
    let whole = opens_a_token(token.as_bytes()) && judge(token);
    let sound = token.bytes().all(is_token_byte);
    (whole && sound).then(|| Candidate {
        pieces: run.pieces,
        token: token.to_owned(),
        encoding: Encoding::Base64,
    })
}

fn is_base64_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_' | b'=')
}

// `key: value` on the next line: what follows is no continuation.
fn has_key(bytes: &[u8], at: usize) -> bool {
    let end = at + count(bytes, at, is_base64_byte);
    end == at || !ends_line(bytes, end)
}

/// Characters of a token, from one line or several.
#[derive(Debug, Clone)]
struct Run {
    pieces: Vec<Range<usize>>,
    text: String,
    /// How many dots are in the text, and where its last part starts.
    dots: usize,
    last_part: usize,
    /// Whether its first line is one of a dump.
    dumped: bool,
    /// The length that the algorithm gives the last part, once the header is there.
    signature: Option<Option<usize>>,
}

impl Run {
    fn at(bytes: &[u8], start: usize, encoded: bool) -> Self {
        let mut run = Self {
            pieces: Vec::new(),
            text: String::new(),
            dots: 0,
            last_part: 0,
            dumped: line_before(bytes, start).is_some_and(|line| dump_prefix(line).is_some()),
            signature: None,
        };
        if encoded {
            run.push(bytes, start..start + count(bytes, start, is_base64_byte));
        } else {
            run.push(bytes, start..run_end(bytes, start, 0));
        }
        run
    }

    fn push(&mut self, bytes: &[u8], piece: Range<usize>) {
        for byte in bytes.get(piece.clone()).unwrap_or_default() {
            self.text.push(char::from(*byte));
            if *byte == b'.' {
                self.dots += 1;
                self.last_part = self.text.len();
            }
        }
        self.pieces.push(piece);
    }

    fn end(&self) -> usize {
        self.pieces.last().map_or(0, |piece| piece.end)
    }

    fn is_full(&self) -> bool {
        self.text.len() > MAX_TOKEN_BYTES
    }

    /// Where to look on when this is no token.
    fn resume(&self) -> usize {
        if !self.is_full() {
            return self.end();
        }
        // What was cut off may belong to the later lines.
        let middle = self.pieces.get(self.pieces.len() / 2);
        let first = self.pieces.first().map_or(0, |piece| piece.end);
        middle.map_or(first, |piece| piece.start.max(first))
    }

    fn join(&mut self, bytes: &[u8]) {
        while !self.is_full()
            && let Some(next) = self.continuation(bytes)
        {
            self.push(bytes, next..run_end(bytes, next, self.dots));
        }
    }

    fn join_encoded(&mut self, bytes: &[u8]) {
        while self.text.len() < MAX_TOKEN_BYTES * 2
            && !self.text.ends_with('=')
            && let Some(next) = next_line(bytes, self.end(), self.dumped)
            && !has_key(bytes, next)
        {
            self.push(bytes, next..next + count(bytes, next, is_base64_byte));
        }
    }

    /// Where the token goes on if it was wrapped at the end of a line.
    fn continuation(&mut self, bytes: &[u8]) -> Option<usize> {
        let next = next_line(bytes, self.end(), self.dumped)?;
        let piece_end = run_end(bytes, next, self.dots.min(2));
        let whole_line =
            piece_end > next && (ends_line(bytes, piece_end) || closes(bytes, piece_end));
        if !whole_line || is_token_alone(bytes, next) {
            return None;
        }
        let dotted = bytes.get(next..piece_end)?.contains(&b'.');
        let fits = self.dots < 2 || !dotted || self.dots == 3;
        (fits && self.may_go_on(bytes)).then_some(next)
    }

    /// Whether a token that reaches the end of its line can be incomplete: by its dots, by the length of its last part,
    /// by the width of the lines it fills.
    fn may_go_on(&mut self, bytes: &[u8]) -> bool {
        if self.dots < 2 {
            return true;
        }
        let line = line_before(bytes, self.end());
        if let Some(prefix) = line.and_then(dump_prefix) {
            return line.is_some_and(|line| line.len() - prefix == 64);
        }
        let wide = line.is_none_or(|line| line.len() >= 56);
        let fills = match self.pieces.as_slice() {
            [] => false,
            [_, full, .., last] => last.len() == full.len(),
            [first, last] => last.len() == first.len() || wide,
            _ => wide,
        };
        fills && !self.is_complete()
    }

    /// Whether the last part has a length that its algorithm gives it.
    fn is_complete(&mut self) -> bool {
        let last = self.text.len() - self.last_part;
        if self.dots >= 4 {
            // The tag of AES-GCM or AES-CBC-HMAC.
            return [22, 32, 43].contains(&last);
        }
        let length = *self
            .signature
            .get_or_insert_with(|| signature_of(&self.text));
        match length {
            Some(length) => last == length,
            // RSA from 1024 to 4096 bits, ECDSA and EdDSA of any size.
            None => [86, 128, 152, 171, 176, 256, 342, 512, 683].contains(&last),
        }
    }
}

/// How many characters the signature of a token has, by its header.
fn signature_of(text: &str) -> Option<usize> {
    let header = lenient(text.split('.').next()?);
    let (header, _duplicates) = json::parse_text(std::str::from_utf8(&header).ok()?).ok()?;
    signature_characters(header.get("alg").and_then(Node::as_str).unwrap_or_default())
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

fn is_token_alone(bytes: &[u8], at: usize) -> bool {
    let rest = bytes.get(at..).unwrap_or_default();
    opens_a_token(rest) && judge(&Run::at(bytes, at, false).text)
}

/// The first byte of the next line that is no indentation, quotation mark of mail, or offset of a dump.
fn next_line(bytes: &[u8], end: usize, dumped: bool) -> Option<usize> {
    let mut at = end;
    if bytes.get(at) == Some(&b'\\') {
        at += 1;
    }
    at += usize::from(bytes.get(at) == Some(&b'\r'));
    if bytes.get(at) != Some(&b'\n') {
        return None;
    }
    at += 1;
    if dumped {
        return Some(at + dump_prefix(bytes.get(at..)?)?);
    }
    Some(at + count(bytes, at, |byte| matches!(byte, b' ' | b'\t' | b'>' | b'|')))
}

/// The length of `0040: ` at the start of a line of `curl --trace-ascii`.
fn dump_prefix(line: &[u8]) -> Option<usize> {
    let digits = line
        .iter()
        .take(9)
        .take_while(|byte| byte.is_ascii_digit() || matches!(byte, b'a'..=b'f'))
        .count();
    let marked = line.get(digits..digits + 2) == Some(b": ");
    (4..=8)
        .contains(&digits)
        .then_some(digits + 2)
        .filter(|_| marked)
}

/// The line before this offset; None if it is longer than any line that is wrapped.
fn line_before(bytes: &[u8], at: usize) -> Option<&[u8]> {
    const REACH: usize = 1024;
    let from = at.saturating_sub(REACH);
    let before = bytes.get(from..at)?;
    match memchr::memrchr(b'\n', before) {
        Some(newline) => before.get(newline + 1..),
        None => (from == 0).then_some(before),
    }
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
