//! The JSON serializations (RFC 7515 §7.2, RFC 7516 §7.2), flattened and general, as far as they can be read.

use super::defect::{Defect, DefectKind, Section};
use super::encrypted;
use super::read::{Decoded, Reader, kind_in_json};
use super::selective;
use super::{Dissection, Form, Kind, Payload, Signature};
use crate::kernel::document::{Node, Value};

/// How many signatures or recipients are looked at.
const MAX_SIGNATURES: usize = 100;

/// Takes a JSON serialization apart.
pub(super) fn read(text: &str) -> Dissection {
    let mut reader = Reader::default();
    let mut taken = Dissection::empty(Kind::Other(1), Form::Flattened);
    let whole = Decoded::plain(Section::Token, text);
    if let Some(object) = reader.object(&whole) {
        let root = object.node;
        if root.get("ciphertext").is_some() {
            encrypted_object(text, &root, (&mut taken, &mut reader));
        } else {
            signed_object(text, &root, (&mut taken, &mut reader));
        }
    }
    taken.defects = reader.defects;
    taken
}

fn signed_object(text: &str, root: &Node, (taken, reader): (&mut Dissection, &mut Reader)) {
    let listed = root.get("signatures").and_then(Node::as_sequence);
    if listed.is_some() {
        taken.form = Form::General;
        if root.get("signature").is_some() {
            contradiction(reader, "both `signature` and `signatures`");
        }
    }
    let alone = std::slice::from_ref(root);
    let signatures = listed.unwrap_or(alone);
    if signatures.is_empty() {
        contradiction(reader, "an empty list of `signatures`");
    }
    for signature in signatures.iter().take(MAX_SIGNATURES) {
        let found = one_signature(text, signature, reader);
        taken.signatures.push(found);
    }
    if signatures.len() > MAX_SIGNATURES {
        contradiction(reader, "more than 100 signatures; the first 100 are shown");
    }
    let first = taken.signatures.first();
    taken.header = first.and_then(|first| first.protected.clone().or(first.unprotected.clone()));
    taken.signature_bytes = first.map_or(0, |first| first.bytes);
    taken.kind = match taken.signature_bytes {
        0 => Kind::Unsecured,
        _ => Kind::Signed,
    };
    match root.get("payload") {
        None => taken.payload = Payload::Detached,
        Some(payload) => match payload.as_str() {
            Some(inner) => taken.take_payload(inner, inside(text, payload), reader),
            None => not_a_string(reader, "payload", payload),
        },
    }
    disclosures(root, taken, reader);
}

fn one_signature(text: &str, node: &Node, reader: &mut Reader) -> Signature {
    let protected = protected(text, node, reader);
    let unprotected = node.get("header").cloned();
    disjoint(protected.as_ref(), unprotected.as_ref(), reader);
    let mut bytes = 0;
    if let Some(signature) = member(text, node, "signature", reader) {
        let decoded = reader.decode(Section::Signature, signature.0, signature.1);
        bytes = decoded.bytes.len();
        let algorithm = [&protected, &unprotected]
            .into_iter()
            .find_map(|header| header.as_ref()?.get("alg")?.as_str());
        let defect = algorithm.and_then(|algorithm| {
            super::algorithms::signature_defect(algorithm, &decoded.bytes, signature.1)
        });
        if let Some(defect) = defect {
            reader.defect(defect);
        }
    }
    Signature {
        protected,
        unprotected,
        bytes,
    }
}

fn encrypted_object(text: &str, root: &Node, (taken, reader): (&mut Dissection, &mut Reader)) {
    taken.kind = Kind::Encrypted;
    taken.payload = Payload::Encrypted;
    let recipients = root.get("recipients").and_then(Node::as_sequence);
    if recipients.is_some() {
        taken.form = Form::General;
    }
    taken.header = protected(text, root, reader);
    let unprotected = root.get("unprotected").cloned();
    disjoint(taken.header.as_ref(), unprotected.as_ref(), reader);
    let first = recipients.and_then(<[Node]>::first).unwrap_or(root);
    let mut sizes = [0; 4];
    let members = [
        (first, "encrypted_key", Section::EncryptedKey),
        (root, "iv", Section::InitializationVector),
        (root, "ciphertext", Section::Ciphertext),
        (root, "tag", Section::Tag),
    ];
    for ((node, name, section), size) in members.into_iter().zip(sizes.iter_mut()) {
        if node.get(name).is_some()
            && let Some((inner, at)) = member(text, node, name, reader)
        {
            *size = reader.decode(section, inner, at).bytes.len();
        }
    }
    let header = merged([
        taken.header.as_ref(),
        unprotected.as_ref(),
        first.get("header"),
    ]);
    let mut encryption = encrypted::describe(header.as_ref(), sizes, (0, reader));
    encryption.recipients = recipients.map_or(1, <[Node]>::len);
    taken.encryption = Some(encryption);
    let per_recipient = recipients.unwrap_or(std::slice::from_ref(root));
    for recipient in per_recipient.iter().take(MAX_SIGNATURES) {
        taken.signatures.push(Signature {
            protected: None,
            unprotected: merged([unprotected.as_ref(), recipient.get("header"), None]),
            bytes: 0,
        });
    }
    if taken.header.is_none() {
        taken.header = header;
    }
}

/// RFC 9901 §8: an SD-JWT in JSON keeps its disclosures in the unprotected header.
fn disclosures(root: &Node, taken: &mut Dissection, reader: &mut Reader) {
    let header = root.get("header").or_else(|| {
        let first = root.get("signatures")?.as_sequence()?.first()?;
        first.get("header")
    });
    let listed = header.and_then(|header| header.get("disclosures")?.as_sequence());
    if let Some(listed) = listed {
        let texts: Vec<&str> = listed.iter().filter_map(Node::as_str).collect();
        let found = selective::read_listed(&texts, taken.claims.as_ref(), reader);
        taken.selective = Some(found);
    }
}

fn protected(text: &str, node: &Node, reader: &mut Reader) -> Option<Node> {
    node.get("protected")?;
    let (inner, at) = member(text, node, "protected", reader)?;
    let decoded = reader.decode(Section::Header, inner, at);
    Some(reader.object(&decoded)?.node)
}

/// A member that must be a string: its text, and the offset of its first character in the token.
fn member<'a>(
    text: &str,
    node: &'a Node,
    name: &str,
    reader: &mut Reader,
) -> Option<(&'a str, usize)> {
    let Some(value) = node.get(name) else {
        contradiction(reader, &format!("no `{name}`"));
        return None;
    };
    match value.as_str() {
        Some(inner) => Some((inner, inside(text, value))),
        None => {
            not_a_string(reader, name, value);
            None
        }
    }
}

// The first character of a string without escapes; of one with escapes its opening quote.
fn inside(text: &str, value: &Node) -> usize {
    let range = value.span.range();
    let plain = value
        .as_str()
        .is_some_and(|inner| inner.len() + 2 == range.len());
    (range.start + usize::from(plain)).min(text.len())
}

// RFC 7515 §7.2.1: the names of the headers are disjoint.
fn disjoint(protected: Option<&Node>, unprotected: Option<&Node>, reader: &mut Reader) {
    let names = |node: Option<&Node>| -> Vec<String> {
        let entries = node.and_then(Node::as_mapping).unwrap_or_default();
        entries.iter().map(|entry| entry.key.clone()).collect()
    };
    let first = names(protected);
    for name in names(unprotected) {
        if first.contains(&name) {
            let text = format!("`{name}` in the protected and in the unprotected header");
            contradiction(reader, &text);
        }
    }
}

fn merged(headers: [Option<&Node>; 3]) -> Option<Node> {
    let mut headers = headers.into_iter().flatten();
    let mut first = headers.next()?.clone();
    if let Value::Mapping(entries) = &mut first.value {
        let others = headers.flat_map(|header| header.as_mapping().unwrap_or_default());
        *entries = entries.iter().chain(others).cloned().collect();
    }
    Some(first)
}

fn contradiction(reader: &mut Reader, what: &str) {
    let text = format!("the serialization has {what}");
    reader.defect(Defect::new(DefectKind::Serialization, Section::Token, text));
}

fn not_a_string(reader: &mut Reader, name: &str, value: &Node) {
    let text = format!("`{name}` is {}, not a string", kind_in_json(value));
    let defect = Defect::new(DefectKind::Serialization, Section::Token, text);
    reader.defect(defect.at(value.span.start as usize));
}
