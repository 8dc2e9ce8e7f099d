//! What goes wrong with the fields of a webhook: the signature in another form, the time in another unit.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::fields::{from_hex, replaced};
use super::{Cause, Mutation, State};
use crate::kernel::crypto::hex;
use crate::request::schemes::Scheme;
use crate::request::schemes::webhook::{Description, Encoding, Layout, TimestampSource, Unit};

/// The fields as the scheme's own verifier would have wanted them.
pub(super) fn mutations(state: &State) -> Vec<Mutation> {
    let Scheme::Webhook(description) = &state.scheme else {
        return Vec::new();
    };
    let message = &state.message;
    let mut all = Vec::new();
    for name in &description.field {
        if let Some(value) = message.only(name) {
            for (cause, text, value) in signatures(description, value) {
                all.push(replaced(message, name, (cause, text, value.into_bytes())));
            }
        }
    }
    all.extend(times(state, description));
    all
}

fn signatures(description: &Description, value: &str) -> Vec<(Cause, String, String)> {
    let mut found = Vec::new();
    let mut push = |cause, text: String, form: String| {
        if form != value {
            found.push((cause, text, form));
        }
    };
    for (text, form) in [
        (
            "had no quotes around it",
            value.trim_matches('"').to_owned(),
        ),
        ("were in lower case", lower_case(description, value)),
    ] {
        push(
            Cause::SignatureEncoding,
            format!("the signature {text}"),
            form,
        );
    }
    match &description.layout {
        Layout::Whole { prefix, .. } => {
            let bare = value.strip_prefix(prefix.as_str());
            if bare.is_none() {
                let text = format!("`{prefix}` stood before the signature");
                push(Cause::WebhookPrefix, text, format!("{prefix}{value}"));
            }
            let bare = bare.unwrap_or(value);
            // Padding aside, `=` ends a prefix that belongs to another scheme: `sha1=`, `v1=`.
            if let Some((other, rest)) = bare.split_once('=')
                && other.len() <= 8
                && !rest.is_empty()
            {
                let text = format!("`{other}=` did not stand before the signature");
                push(Cause::WebhookPrefix, text, format!("{prefix}{rest}"));
            }
            for (text, form) in forms(description.encoding, bare) {
                push(
                    Cause::SignatureEncoding,
                    text.to_owned(),
                    format!("{prefix}{form}"),
                );
            }
        }
        Layout::Listed {
            between,
            assign,
            versions,
        } => {
            for version in versions {
                let name = &version.name;
                let text = format!("`{name}{assign}` stood before the signature");
                push(Cause::WebhookPrefix, text, format!("{name}{assign}{value}"));
                for (text, form) in listed(description, (value, *between, *assign), name) {
                    push(Cause::SignatureEncoding, text, form);
                }
            }
            let spaced = value.replace([',', ';'], " ");
            let text = format!("{between:?} stood between the members");
            push(
                Cause::WebhookPrefix,
                text,
                spaced.replace(' ', &between.to_string()),
            );
        }
    }
    found
}

// Hexadecimal has two cases, and the schemes write the lower one.
fn lower_case(description: &Description, value: &str) -> String {
    match description.encoding {
        Encoding::Hex => value.to_ascii_lowercase(),
        Encoding::Base64 | Encoding::Text => value.to_owned(),
    }
}

/// The list with one version's signatures in each other form.
fn listed(
    description: &Description,
    (value, between, assign): (&str, char, char),
    name: &str,
) -> Vec<(String, String)> {
    let rewritten = |form: usize| {
        let mut told = None;
        let members = value.split(between).map(|member| {
            let Some((own, signature)) = member.split_once(assign).filter(|(own, _)| *own == name)
            else {
                return member.to_owned();
            };
            match forms(description.encoding, signature).get(form) {
                Some((text, form)) => {
                    told = Some((*text).to_owned());
                    format!("{own}{assign}{form}")
                }
                None => member.to_owned(),
            }
        });
        let value = members.collect::<Vec<_>>().join(&between.to_string());
        told.map(|text| (text, value))
    };
    (0..3).filter_map(rewritten).collect()
}

/// The same bytes as the scheme writes them, where they are written in another way.
fn forms(encoding: Encoding, signature: &str) -> Vec<(&'static str, String)> {
    let mut found = Vec::new();
    let standard = signature.replace('-', "+").replace('_', "/");
    let padded = match standard.trim_end_matches('=') {
        bare if bare.len() % 4 == 0 => bare.to_owned(),
        bare => format!("{bare}{}", "=".repeat(4 - bare.len() % 4)),
    };
    let decoded = STANDARD.decode(&padded).ok();
    match encoding {
        Encoding::Hex => {
            if let Some(bytes) = decoded {
                found.push((
                    "the signature were in hexadecimal instead of base64",
                    hex(&bytes),
                ));
                let text = String::from_utf8(bytes).ok();
                if let Some(text) = text.filter(|text| from_hex(text).is_some()) {
                    found.push(("the hexadecimal signature were not in base64 too", text));
                }
            }
        }
        Encoding::Base64 => {
            found.push((
                "the signature were in base64 with padding instead of base64url",
                padded,
            ));
            if let Some(bytes) = from_hex(signature) {
                found.push((
                    "the signature were in base64 instead of hexadecimal",
                    STANDARD.encode(bytes),
                ));
            }
            let text = decoded.and_then(|bytes| String::from_utf8(bytes).ok());
            if let Some(bytes) = text.as_deref().and_then(from_hex) {
                found.push((
                    "the signature were in base64 and not in hexadecimal first",
                    STANDARD.encode(bytes),
                ));
            }
        }
        Encoding::Text => {}
    }
    found
}

// Seconds and milliseconds are told apart by their size alone.
fn times(state: &State, description: &Description) -> Vec<Mutation> {
    let Some(rule) = &description.timestamp else {
        return Vec::new();
    };
    let message = &state.message;
    let other = |digits: &str| -> Option<Vec<(String, String)>> {
        let number: u64 = digits.parse().ok()?;
        let seconds = ("seconds".to_owned(), (number / 1000).to_string());
        let finer = ("milliseconds".to_owned(), format!("{number}000"));
        let nanos = ("nanoseconds".to_owned(), format!("{number}000000000"));
        Some(match rule.unit {
            Unit::Seconds => vec![finer, nanos, seconds],
            Unit::Milliseconds => vec![seconds, finer],
        })
    };
    let told = |unit: &str| format!("the time were signed in {unit}");
    let mut all = Vec::new();
    match &rule.source {
        TimestampSource::Field(names) => {
            for name in names {
                let value = message.only(name).and_then(other).unwrap_or_default();
                for (unit, digits) in value {
                    let form = (Cause::WebhookTimeUnit, told(&unit), digits.into_bytes());
                    all.push(replaced(message, name, form));
                }
            }
        }
        TimestampSource::Member(member) => {
            let Some(name) = description.field.first() else {
                return all;
            };
            let value = message.only(name).unwrap_or_default();
            let start = format!("{member}=");
            let digits = value
                .split(',')
                .find_map(|each| each.trim().strip_prefix(&start));
            for (unit, scaled) in digits.and_then(other).unwrap_or_default() {
                let old = format!("{start}{}", digits.unwrap_or_default());
                let form = value.replacen(&old, &format!("{start}{scaled}"), 1);
                let form = (Cause::WebhookTimeUnit, told(&unit), form.into_bytes());
                all.push(replaced(message, name, form));
            }
        }
    }
    all
}
