//! The JSON Schemas (draft 2020-12) of every versioned envelope; `docs/reference/schemas/` holds them.
//!
//! Each view's schema stands apart from the view, so that a change of the view shows as a test that fails. An envelope
//! is closed: what its schema does not name is not in it. The integration tests hold real output against each.

mod authority;
mod cert;
mod house;
mod jwt;
mod keys;
mod lint;
mod oauth;
mod request;
mod review;
mod review_report;
mod usage;

use serde_json::{Map, Value, json};

use crate::kernel;
use crate::kernel::arrange::Arrange as _;

/// All schemas: the view with its version, such as `findings-v1`, and its schema.
pub fn all() -> Vec<(&'static str, Value)> {
    let mut all = vec![
        ("findings-v1", kernel::report::json::schema()),
        ("review-v1", crate::review::report::schema()),
    ];
    all.extend(request::schemas());
    all.extend(jwt::schemas());
    all.extend(keys::schemas());
    all.extend(oauth::schemas());
    all.extend(authority::schemas());
    all.extend(cert::schemas());
    all.extend(lint::schemas());
    all.extend(review::schemas());
    all.extend(usage::schemas());
    all.extend(house::schemas());
    all.arrange_by_key(|(name, _)| *name);
    all
}

/// An envelope of version 1: a closed object that names its schema.
fn envelope(view: &str, title: &str, properties: &[(&str, Value)]) -> Value {
    let mut named = vec![(
        "schema",
        json!({ "const": format!("countersign/{view}/v1") }),
    )];
    named.extend_from_slice(properties);
    head(view, title, closed(&named))
}

/// A schema with its head.
fn head(view: &str, title: &str, schema: Value) -> Value {
    let mut whole = Map::new();
    whole.insert(
        "$schema".into(),
        "https://json-schema.org/draft/2020-12/schema".into(),
    );
    whole.insert("$id".into(), format!("urn:countersign:{view}:v1").into());
    whole.insert("title".into(), title.into());
    if let Value::Object(fields) = schema {
        whole.extend(fields);
    }
    whole.into()
}

/// An object that has all these properties and no other.
fn closed(properties: &[(&str, Value)]) -> Value {
    partly(properties, &[])
}

/// An object that has all of the first properties, perhaps some of the second, and no other.
fn partly(required: &[(&str, Value)], optional: &[(&str, Value)]) -> Value {
    let names: Vec<&str> = required.iter().map(|(name, _)| *name).collect();
    let properties: Map<String, Value> = required
        .iter()
        .chain(optional)
        .map(|(name, schema)| ((*name).to_owned(), schema.clone()))
        .collect();
    json!({
        "type": "object",
        "required": names,
        "properties": properties,
        "additionalProperties": false,
    })
}

fn text(description: &str) -> Value {
    json!({ "type": "string", "description": description })
}

fn nullable_text(description: &str) -> Value {
    json!({ "type": ["string", "null"], "description": description })
}

fn flag(description: &str) -> Value {
    json!({ "type": "boolean", "description": description })
}

fn count(description: &str) -> Value {
    json!({ "type": "integer", "minimum": 0, "description": description })
}

fn list(items: Value) -> Value {
    json!({ "type": "array", "items": items })
}

fn texts(description: &str) -> Value {
    json!({ "type": "array", "items": { "type": "string" }, "description": description })
}

fn names(all: &[&str]) -> Value {
    json!({ "enum": all })
}

fn or_null(schema: Value) -> Value {
    json!({ "oneOf": [{ "type": "null" }, schema] })
}

/// Reason codes; `countersign explain CODE` tells more.
fn reasons() -> Value {
    texts("stable reason codes, the most important first; empty where accepted")
}
