//! A value as compact JSON with its numbers and duplicates as they were written.

use crate::kernel::document::{Node, Value};

/// The text of a value: numbers as written, members in source order, duplicates included.
pub fn json_text(node: &Node) -> String {
    let mut text = String::new();
    push(&mut text, node);
    text
}

fn push(into: &mut String, node: &Node) {
    match &node.value {
        Value::Null => into.push_str("null"),
        Value::Bool(value) => into.push_str(if *value { "true" } else { "false" }),
        Value::Number(number) => into.push_str(&number.text),
        Value::String(text) => push_string(into, text),
        Value::Sequence(items) => {
            into.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    into.push(',');
                }
                push(into, item);
            }
            into.push(']');
        }
        Value::Mapping(entries) => {
            into.push('{');
            for (index, entry) in entries.iter().enumerate() {
                if index > 0 {
                    into.push(',');
                }
                push_string(into, &entry.key);
                into.push(':');
                push(into, &entry.value);
            }
            into.push('}');
        }
    }
}

/// Writes a string with its quotes.
pub(in crate::jwt) fn push_string(into: &mut String, text: &str) {
    into.push_str(&serde_json::Value::from(text).to_string());
}
