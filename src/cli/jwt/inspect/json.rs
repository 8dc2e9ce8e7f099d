//! How tokens taken apart look to programs: `countersign/token/v1`, and `countersign/tokens/v1` for several.

use serde_json::{Map, Value, json};

use super::view::{InspectView, Inspected, place};
use crate::cli::jwt::view::advice_json;
use crate::jwt::explain::{self, Lifetime, Meaning};
use crate::jwt::{Dissection, Encoding, KeyBinding, Kind, SelectiveDisclosure, json_text};
use crate::kernel::document::Node;
use crate::kernel::time::Timestamp;

/// One token as itself, several in a list.
pub(super) fn envelope(view: &InspectView) -> Value {
    if let ([token], 1) = (view.tokens.as_slice(), view.total) {
        return one(token, view.now);
    }
    let tokens: Vec<Value> = view
        .tokens
        .iter()
        .map(|token| one(token, view.now))
        .collect();
    json!({
        "schema": "countersign/tokens/v1",
        "total": view.total,
        "tokens": tokens,
    })
}

fn one(token: &Inspected, now: Timestamp) -> Value {
    let found = &token.found;
    let mut envelope = Map::new();
    envelope.insert("schema".into(), "countersign/token/v1".into());
    envelope.insert("found_in".into(), place(token).into());
    envelope.insert(
        "place".into(),
        json!({
            "input": token.origin,
            "what": found.place.to_string(),
            "offset": found.offset,
            "line": found.line,
            "column": found.column,
            "wrapped": found.wrapped,
            "encoding": match found.encoding {
                Encoding::Plain => "plain",
                Encoding::Base64 => "base64",
                Encoding::HexDump => "hex-dump",
            },
        }),
    );
    envelope.extend(taken(&token.taken, now));
    Value::Object(envelope)
}

fn taken(taken: &Dissection, now: Timestamp) -> Map<String, Value> {
    let messages: Vec<String> = taken.defects.iter().map(ToString::to_string).collect();
    let places: Vec<Value> = taken
        .defects
        .iter()
        .map(|defect| {
            json!({
                "kind": defect.kind.name(),
                "part": defect.section.to_string(),
                "offset": defect.offset,
                "message": defect.message,
            })
        })
        .collect();
    let value = json!({
        "kind": match taken.kind {
            Kind::Signed => "signed",
            Kind::Unsecured => "unsecured",
            Kind::Encrypted => "encrypted",
            Kind::Other(_) => "other",
        },
        "form": taken.form.name(),
        "signature_verified": false,
        "signature_bytes": taken.signature_bytes,
        "recognised": recognised(taken),
        "header": taken.header.as_ref().map(Node::to_json),
        "claims": taken.claims.as_ref().map(Node::to_json),
        "payload": taken.payload.name(),
        "payload_bytes": taken.payload_bytes,
        "payload_text": taken.payload_text,
        "explained": {
            "header": explained(taken.header.as_ref(), &explain::header_parameter),
            "claims": explained(taken.claims.as_ref(), &|name, value| explain::claim(name, value, now)),
        },
        "life": taken.claims.as_ref().and_then(|claims| Lifetime::of(claims, now)).map(life),
        "signatures": signatures(taken),
        "encryption": encryption(taken),
        "selective_disclosure": taken.selective.as_ref().map(selective),
        "nested": taken.nested.as_ref().map(|inner| Value::Object(self::taken(inner, now))),
        "defects": messages,
        "defect_places": places,
        "advice": advice_json(&taken.advice),
    });
    match value {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

fn recognised(taken: &Dissection) -> Value {
    let found = &taken.recognition;
    let told = |name: &str, title: &str, evidence: &[String]| json!({"name": name, "title": title, "evidence": evidence});
    let also: Vec<Value> = found
        .also
        .iter()
        .map(|(kind, evidence)| told(kind.name(), kind.title(), evidence))
        .collect();
    json!({
        "kind": found.kind.as_ref().map(|(kind, evidence)| told(kind.name(), kind.title(), evidence)),
        "issuer": found.issuer.as_ref().map(|(issuer, evidence)| told(issuer.name(), issuer.title(), evidence)),
        "passes_for": also,
    })
}

fn explained(node: Option<&Node>, explain: &dyn Fn(&str, &Node) -> Option<Meaning>) -> Vec<Value> {
    let entries = node.and_then(Node::as_mapping).unwrap_or_default();
    entries
        .iter()
        .map(|entry| {
            let meaning = explain(&entry.key, &entry.value);
            json!({
                "name": entry.key,
                "text": json_text(&entry.value),
                "meaning": meaning.as_ref().map(|meaning| &meaning.text),
                "source": meaning.as_ref().map(|meaning| meaning.source),
                "time": meaning.and_then(|meaning| meaning.time).map(|time| time.to_string()),
            })
        })
        .collect()
}

fn life(life: Lifetime) -> Value {
    json!({
        "start": life.start.map(|time| time.to_string()),
        "end": life.end.map(|time| time.to_string()),
        "seconds": life.length().map(|length| length.as_secs()),
        "stage": life.stage().name(),
        "text": life.in_words(),
    })
}

fn signatures(taken: &Dissection) -> Vec<Value> {
    let signatures = taken.signatures.iter();
    signatures
        .map(|signature| {
            json!({
                "protected": signature.protected.as_ref().map(Node::to_json),
                "unprotected": signature.unprotected.as_ref().map(Node::to_json),
                "bytes": signature.bytes,
            })
        })
        .collect()
}

fn encryption(taken: &Dissection) -> Option<Value> {
    let encryption = taken.encryption.as_ref()?;
    let [key, vector, ciphertext, tag] = encryption.sizes;
    Some(json!({
        "key_management": encryption.key_management.map(|known| known.text),
        "content": encryption.content.map(|known| known.text),
        "encrypted_key_bytes": key,
        "initialization_vector_bytes": vector,
        "ciphertext_bytes": ciphertext,
        "tag_bytes": tag,
        "recipients": encryption.recipients,
        "remarks": encryption.remarks,
    }))
}

fn selective(selective: &SelectiveDisclosure) -> Value {
    let disclosures: Vec<Value> = selective
        .disclosures
        .iter()
        .map(|disclosure| {
            json!({
                "name": disclosure.name,
                "value": disclosure.value.as_ref().map(Node::to_json),
                "digest": disclosure.digest,
                "vouched_for_by": disclosure.vouched,
            })
        })
        .collect();
    let (state, text) = match &selective.key_binding {
        KeyBinding::Absent => ("absent", None),
        KeyBinding::Matches => ("matches", None),
        KeyBinding::Mismatch { expected, found } => (
            "mismatch",
            Some(format!("expected {expected}, found {found}")),
        ),
        KeyBinding::Unknown(why) => ("unknown", Some(why.clone())),
    };
    let parts = selective.key_binding_parts.as_ref();
    let json = |node: Option<&Node>| node.map(Node::to_json);
    json!({
        "hash": selective.hash,
        "disclosures": disclosures,
        "withheld": selective.withheld,
        "key_binding": {
            "sd_hash": state,
            "text": text,
            "header": parts.and_then(|(header, _)| json(header.as_ref())),
            "claims": parts.and_then(|(_, claims)| json(claims.as_ref())),
        },
    })
}
