//! Signatures in another form, and signatures over something else than the two parts as they stand.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use serde_json::Value;

use super::{Cause, Found, State, any_holds, found, holds};
use crate::jwt::algorithm::Primitive;
use crate::kernel::crypto::{self, MacKey};
use crate::kernel::key::Material;

/// The signature's bytes are text that holds the signature.
pub(super) fn signature_text(state: &State<'_>) -> Option<Found> {
    let signature = &state.token.signature;
    let text = std::str::from_utf8(signature).ok()?.trim();
    let readings = [
        (
            "hexadecimal",
            crypto::unhex(text.to_ascii_lowercase().as_bytes()),
        ),
        ("base64", STANDARD.decode(text).ok()),
        ("base64", STANDARD_NO_PAD.decode(text).ok()),
        ("base64url", URL_SAFE_NO_PAD.decode(text).ok()),
    ];
    let (name, _) = readings
        .into_iter()
        .filter_map(|(name, bytes)| Some((name, bytes?)))
        .find(|(_, bytes)| any_holds(state, (state.input(), Cow::Borrowed(bytes))))?;
    found(
        Cause::SignatureText,
        format!(
            "the signature would match if it were encoded once: what is there is the {name} text of it"
        ),
    )
}

/// A MAC that is the start of the right one. Its end is not told.
pub(super) fn signature_cut(state: &State<'_>) -> Option<Found> {
    const LEAST: usize = 8;
    let Primitive::Mac(mac) = state.algorithm()?.primitive() else {
        return None;
    };
    let signature = &state.token.signature;
    if signature.len() < LEAST || signature.len() >= mac.tag_length() {
        return None;
    }
    let starts = state.fitting().any(|key| match &key.material {
        Material::Secret(secret) => {
            let tag = MacKey::new(mac, secret).sign(state.input());
            let start = tag.get(..signature.len()).unwrap_or_default();
            crypto::equal(start, signature)
        }
        _ => false,
    });
    starts.then(|| Found {
        cause: Cause::SignatureCut,
        text: format!(
            "the signature is cut short: its {} bytes are the start of {}",
            signature.len(),
            mac.tag_length()
        ),
    })
}

/// A signature over the parts with padding, in standard base64, not encoded at all, or over one of them alone.
pub(super) fn parts(state: &State<'_>) -> Option<Found> {
    let (header, payload) = state.token.signing_input().split_once('.')?;
    let bytes = URL_SAFE_NO_PAD.decode(header).ok()?;
    let content = &state.token.payload;
    let joined = |first: &[u8], second: &[u8]| [first, b".", second].concat();
    let encoded = |engine: &base64::engine::GeneralPurpose| {
        joined(
            engine.encode(&bytes).as_bytes(),
            engine.encode(content).as_bytes(),
        )
    };
    let inputs = [
        ("padded", encoded(&URL_SAFE)),
        ("in standard base64", encoded(&STANDARD)),
        (
            "in standard base64 without padding",
            encoded(&STANDARD_NO_PAD),
        ),
        ("not encoded", joined(&bytes, content)),
        ("followed by a line end", [state.input(), b"\n"].concat()),
        ("followed by a `.`", [state.input(), b"."].concat()),
        (
            "encoded but for the payload",
            joined(header.as_bytes(), content),
        ),
        ("without the header", payload.as_bytes().to_vec()),
        ("the payload alone, not encoded", content.clone()),
    ];
    let (name, _) = inputs.into_iter().find(|(_, input)| over(state, input))?;
    found(
        Cause::SigningInput,
        format!(
            "the signature was made over other bytes: it would match if the two parts were {name}"
        ),
    )
}

/// Header or payload as another writer of JSON would write them.
pub(super) fn rewritten(state: &State<'_>) -> Option<Found> {
    /// Above this size a payload is not written anew.
    const MOST: usize = 64 << 10;
    let (header, payload) = state.token.signing_input().split_once('.')?;
    let header_bytes = URL_SAFE_NO_PAD.decode(header).ok()?;
    if state.token.payload.len() > MOST || header_bytes.len() > MOST {
        return None;
    }
    let payloads = writings(&state.token.payload);
    let headers = writings(&header_bytes);
    let encoded = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    for (name, text) in &payloads {
        let input = format!("{header}.{}", encoded(text));
        if over(state, input.as_bytes()) {
            return rewritten_as("payload", name);
        }
    }
    for (name, text) in &headers {
        let input = format!("{}.{payload}", encoded(text));
        if over(state, input.as_bytes()) {
            return rewritten_as("header", name);
        }
    }
    for ((name, header), (_, payload)) in headers.iter().zip(&payloads) {
        let input = format!("{}.{}", encoded(header), encoded(payload));
        if over(state, input.as_bytes()) {
            return rewritten_as("header and payload", name);
        }
    }
    None
}

fn rewritten_as(part: &str, name: &str) -> Option<Found> {
    found(
        Cause::Rewritten,
        format!(
            "the {part} changed after signing: the signature would match if it were written {name}"
        ),
    )
}

/// The usual writings of one JSON value, always in the same order.
fn writings(bytes: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let Ok(value) = serde_json::from_slice::<Value>(bytes) else {
        return Vec::new();
    };
    let mut sorted = value.clone();
    sorted.sort_all_objects();
    let mut out = Vec::new();
    for (names, value) in [
        (
            [
                "without spaces",
                "with a space after `:` and `,`",
                "with indents",
            ],
            &value,
        ),
        (
            [
                "with sorted members and no spaces",
                "with sorted members and a space after `:` and `,`",
                "with sorted members and indents",
            ],
            &sorted,
        ),
    ] {
        let [tight, spaced, indented] = names;
        out.push((tight, value.to_string().into_bytes()));
        out.push((spaced, with_spaces(value)));
        out.push((
            indented,
            serde_json::to_vec_pretty(value).unwrap_or_default(),
        ));
    }
    out
}

/// As Python's `json.dumps` writes it.
fn with_spaces(value: &Value) -> Vec<u8> {
    struct Spaced;
    impl serde_json::ser::Formatter for Spaced {
        fn begin_array_value<W: ?Sized + std::io::Write>(
            &mut self,
            out: &mut W,
            first: bool,
        ) -> std::io::Result<()> {
            if first { Ok(()) } else { out.write_all(b", ") }
        }
        fn begin_object_key<W: ?Sized + std::io::Write>(
            &mut self,
            out: &mut W,
            first: bool,
        ) -> std::io::Result<()> {
            if first { Ok(()) } else { out.write_all(b", ") }
        }
        fn begin_object_value<W: ?Sized + std::io::Write>(
            &mut self,
            out: &mut W,
        ) -> std::io::Result<()> {
            out.write_all(b": ")
        }
    }
    let mut out = Vec::new();
    let mut writer = serde_json::Serializer::with_formatter(&mut out, Spaced);
    match serde::Serialize::serialize(value, &mut writer) {
        Ok(()) => out,
        Err(_) => Vec::new(),
    }
}

fn over(state: &State<'_>, input: &[u8]) -> bool {
    let Some(algorithm) = state.algorithm() else {
        return false;
    };
    state
        .fitting()
        .any(|key| holds(key, algorithm, (input, &state.token.signature)))
}
