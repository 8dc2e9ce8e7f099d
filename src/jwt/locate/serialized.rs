//! JSON serializations in a text: objects that hold a signature or a ciphertext with its header.

use std::ops::Range;

use crate::kernel::document::{Node, Value};
use crate::kernel::json;

/// The longest text that is read as JSON in search of them.
const MAX_JSON: usize = 8 << 20;

/// The objects that are JSON serializations, in order: of the whole text, or of its lines.
pub(in crate::jwt) fn objects(bytes: &[u8]) -> Vec<Range<usize>> {
    let mentions = |name: &str| memchr::memmem::find(bytes, name.as_bytes()).is_some();
    let mut found = Vec::new();
    if bytes.len() > MAX_JSON || !(mentions("\"signature") || mentions("\"ciphertext\"")) {
        return found;
    }
    if read(bytes, 0, &mut found) {
        return found;
    }
    let mut offset = 0;
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        if let Some(brace) = memchr::memchr(b'{', line) {
            read(
                line.get(brace..).unwrap_or_default(),
                offset + brace,
                &mut found,
            );
        }
        offset += line.len();
    }
    found
}

fn read(bytes: &[u8], at: usize, found: &mut Vec<Range<usize>>) -> bool {
    let text = bytes.trim_ascii();
    let skipped = bytes.len() - bytes.trim_ascii_start().len();
    if !matches!(text.first(), Some(b'{' | b'[')) {
        return false;
    }
    let parsed = std::str::from_utf8(text).ok().map(json::parse_text);
    let Some(Ok((root, _duplicates))) = parsed else {
        return false;
    };
    walk(&root, at + skipped, found);
    true
}

fn walk(node: &Node, at: usize, found: &mut Vec<Range<usize>>) {
    match &node.value {
        Value::Mapping(_) if is_serialization(node) => {
            let range = node.span.range();
            found.push(range.start + at..range.end + at);
        }
        Value::Mapping(entries) => {
            for entry in entries {
                walk(&entry.value, at, found);
            }
        }
        Value::Sequence(items) => {
            for item in items {
                walk(item, at, found);
            }
        }
        _ => {}
    }
}

/// RFC 7515 §7.2 and RFC 7516 §7.2; a detached payload is missing (RFC 7515 appendix F).
fn is_serialization(node: &Node) -> bool {
    let text = |name: &str| node.get(name).is_some_and(|value| value.as_str().is_some());
    let object = |name: &str| {
        node.get(name)
            .is_some_and(|value| value.as_mapping().is_some())
    };
    let list = |name: &str| {
        node.get(name)
            .is_some_and(|value| value.as_sequence().is_some())
    };
    let signed = text("signature") && (text("protected") || object("header"));
    let general = list("signatures") && (text("payload") || node.get("payload").is_none());
    let encrypted =
        text("ciphertext") && (text("protected") || object("unprotected") || text("iv"));
    signed || general || encrypted
}
