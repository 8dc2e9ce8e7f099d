//! Names and labels as the API server takes them.
//!
//! An object with another one is refused whole: what it says holds nowhere.

use super::Labels;
use crate::lint::selector::LabelSelector;

/// Whether an object may be called so: labels of RFC 1123, with dots between them.
pub(crate) fn is_name(name: &str) -> bool {
    name.len() <= 253 && name.split('.').all(is_dns_label)
}

fn is_dns_label(label: &str) -> bool {
    let bytes = label.as_bytes();
    let is_end = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    bytes.first().is_some_and(is_end)
        && bytes.last().is_some_and(is_end)
        && bytes.iter().all(|byte| is_end(byte) || *byte == b'-')
}

/// What of some labels the API server refuses.
pub(crate) fn wrong_label(labels: &Labels<'_>) -> Option<String> {
    let mut labels = labels.iter();
    labels.find_map(|(key, value)| wrong_key(key).or_else(|| wrong_value(value)))
}

/// What of a selector the API server refuses.
pub(crate) fn wrong_selector(selector: &LabelSelector<'_>) -> Option<String> {
    let mut requirements = selector.requirements.iter();
    requirements.find_map(|one| wrong_requirement(one.key(), one.values()))
}

/// What the API server refuses of a key that is asked for, or of its values.
pub(super) fn wrong_requirement(key: &str, values: &[&str]) -> Option<String> {
    wrong_key(key).or_else(|| values.iter().find_map(|value| wrong_value(value)))
}

fn wrong_key(key: &str) -> Option<String> {
    let (prefix, name) = match key.split_once('/') {
        Some((prefix, name)) => (Some(prefix), name),
        None => (None, key),
    };
    let is_sound = prefix.is_none_or(is_name) && !name.is_empty() && is_qualified(name);
    (!is_sound).then(|| format!("`{key}` is no key of a label"))
}

fn wrong_value(value: &str) -> Option<String> {
    let is_sound = value.is_empty() || is_qualified(value);
    (!is_sound).then(|| format!("`{value}` is no value of a label"))
}

fn is_qualified(text: &str) -> bool {
    let bytes = text.as_bytes();
    let is_end = u8::is_ascii_alphanumeric;
    bytes.len() <= 63
        && bytes.first().is_some_and(is_end)
        && bytes.last().is_some_and(is_end)
        && bytes
            .iter()
            .all(|byte| is_end(byte) || b"-_.".contains(byte))
}
