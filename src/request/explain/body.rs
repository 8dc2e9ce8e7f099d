//! What happens to bodies: editors, checkouts, parsers that write anew.

use std::io::Read as _;

use miniz_oxide::inflate::decompress_to_vec_zlib_with_limit;

use super::json_forms;
use super::{Cause, Change, Family, Mutation, State};
use crate::kernel::arrange::Arrange as _;
use crate::kernel::gzip;
use crate::request::digest_fields::{self, DigestField, DigestVerdict};
use crate::request::message::Edit;

/// The largest body that is searched.
const MAX_BODY: usize = 1 << 20;

/// The body as it may have been when it was signed.
pub(super) fn mutations(state: &State) -> Vec<Mutation> {
    let Some(body) = state
        .message
        .content()
        .filter(|body| body.len() <= MAX_BODY)
    else {
        return Vec::new();
    };
    let mut found: Vec<Form> = line_ends(body);
    found.extend(edges(body));
    found.extend(charset(body));
    found.extend(content_coding(body));
    found.extend(json_forms::forms(body));
    found.extend(form_encodings(body));
    let mut all: Vec<Mutation> = Vec::new();
    all.extend(fresh_digest(state));
    for (cause, text, bytes) in found {
        if bytes != body {
            all.push(Mutation::new(
                Family::Body,
                cause,
                text,
                Change::Content(bytes),
            ));
        }
    }
    all
}

/// A body with what it is called.
type Form = (Cause, String, Vec<u8>);

fn line_ends(body: &[u8]) -> Vec<Form> {
    let form = |cause, text: &str, bytes: &[u8]| (cause, text.to_owned(), bytes.to_vec());
    let lf = to_lf(body);
    let mut found = Vec::new();
    if let Some(rest) = body.strip_suffix(b"\n") {
        let rest = rest.strip_suffix(b"\r").unwrap_or(rest);
        let text = "the body had no trailing newline";
        found.push(form(Cause::BodyTrailingNewline, text, rest));
    }
    for (text, end) in [
        ("the body ended with a newline", "\n"),
        ("the body ended with CR LF", "\r\n"),
    ] {
        let longer = [body, end.as_bytes()].concat();
        found.push(form(Cause::BodyNewlineMissing, text, &longer));
    }
    let text = "the body's line ends were LF instead of CR LF";
    found.push(form(Cause::BodyLineEnds, text, &lf));
    let text = "the body's line ends were CR LF instead of LF";
    found.push(form(Cause::BodyLineEnds, text, &to_crlf(body)));
    if let Some(rest) = lf.strip_suffix(b"\n") {
        let text = "the body's line ends were LF and the last one was missing";
        found.push(form(Cause::BodyLineEnds, text, rest));
    }
    found
}

/// White space, the byte order mark, and nothing at all.
fn edges(body: &[u8]) -> Vec<Form> {
    const BOM: &[u8] = b"\xef\xbb\xbf";
    let form = |cause, text: &str, bytes: &[u8]| (cause, text.to_owned(), bytes.to_vec());
    let mark = Cause::BodyByteOrderMark;
    let marked = match body.strip_prefix(BOM) {
        Some(rest) => form(mark, "the body had no byte order mark", rest),
        None => {
            let text = "the body began with a byte order mark";
            form(mark, text, &[BOM, body].concat())
        }
    };
    let spaces = |byte: &&u8| matches!(byte, b' ' | b'\t');
    let kept = body.len() - body.iter().rev().take_while(spaces).count();
    let white = Cause::BodyWhiteSpace;
    vec![
        marked,
        form(
            white,
            "the body had no white space at its end",
            body.trim_ascii_end(),
        ),
        form(
            white,
            "the body had no white space around it",
            body.trim_ascii(),
        ),
        form(
            white,
            "the body had no spaces at its end",
            body.get(..kept).unwrap_or_default(),
        ),
        form(Cause::BodyMissing, "the body was empty", b""),
    ]
}

fn charset(body: &[u8]) -> Option<Form> {
    let (text, bytes) = match std::str::from_utf8(body) {
        Ok(text) => {
            let latin = text.chars().map(|c| u8::try_from(c as u32).ok());
            let latin: Vec<u8> = latin.collect::<Option<_>>()?;
            ("the body was in ISO 8859-1 instead of UTF-8", latin)
        }
        Err(_) => {
            let text: String = body.iter().map(|byte| char::from(*byte)).collect();
            let said = "the body was in UTF-8 instead of ISO 8859-1";
            (said, text.into_bytes())
        }
    };
    Some((Cause::BodyCharset, text.to_owned(), bytes))
}

// What was compressed can be had back; what was unpacked by the receiver cannot be packed to the same bytes.
fn content_coding(body: &[u8]) -> Option<Form> {
    let (coding, plain) = if body.starts_with(&gzip::MAGIC) {
        let mut plain = Vec::new();
        let mut unpacked = gzip::GzipReader::new(body).take(MAX_BODY as u64 + 1);
        unpacked.read_to_end(&mut plain).ok()?;
        ("gzip", plain)
    } else {
        (
            "deflate",
            decompress_to_vec_zlib_with_limit(body, MAX_BODY).ok()?,
        )
    };
    let text = format!("the body was not yet compressed ({coding})");
    (plain.len() <= MAX_BODY).then_some((Cause::BodyContentCoding, text, plain))
}

fn to_lf(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len());
    for (index, byte) in body.iter().enumerate() {
        if *byte != b'\r' || body.get(index + 1) != Some(&b'\n') {
            out.push(*byte);
        }
    }
    out
}

fn to_crlf(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len() + 16);
    let mut last = 0;
    for byte in body {
        if *byte == b'\n' && last != b'\r' {
            out.push(b'\r');
        }
        out.push(*byte);
        last = *byte;
    }
    out
}

// application/x-www-form-urlencoded has two ways to write a space, and two cases of hexadecimal digits.
fn form_encodings(body: &[u8]) -> Vec<(Cause, String, Vec<u8>)> {
    let Ok(text) = std::str::from_utf8(body) else {
        return Vec::new();
    };
    if !text.contains('=') || text.contains(['{', '<', '\n']) {
        return Vec::new();
    }
    let mut pairs: Vec<&str> = text.split('&').collect();
    pairs.arrange();
    [
        (
            "spaces were written as %20 instead of +",
            text.replace('+', "%20"),
        ),
        (
            "spaces were written as + instead of %20",
            text.replace("%20", "+"),
        ),
        (
            "percent-encoding was in upper case",
            super::target::percent_case(text, true),
        ),
        (
            "percent-encoding was in lower case",
            super::target::percent_case(text, false),
        ),
        ("the parameters were sorted", pairs.join("&")),
    ]
    .into_iter()
    .map(|(text, form)| {
        (
            Cause::BodyFormEncoding,
            format!("in the body {text}"),
            form.into_bytes(),
        )
    })
    .collect()
}

// The digest field as a signer would have written it over this body.
fn fresh_digest(state: &State) -> Option<Mutation> {
    let message = &state.message;
    let verdict = digest_fields::check(message, DigestField::Content).ok()?;
    let DigestVerdict::Mismatch(name) = verdict else {
        return None;
    };
    let mut edit = Edit::default();
    let value = digest_fields::make(message, &[name]).ok()?;
    edit.replace(DigestField::Content.title(), value);
    let mut next = message.edited(&edit).ok()?;
    next.content = message.content.clone();
    Some(Mutation::new(
        Family::Field,
        Cause::DigestStale,
        "`Content-Digest` were that of this body",
        Change::Message(Box::new(next)),
    ))
}
