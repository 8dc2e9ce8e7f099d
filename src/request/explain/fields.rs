//! What proxies and frameworks do to header fields, and signers to the signature's own.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{Cause, Change, Family, Mutation, State};
use crate::request::message::Message;
use crate::request::schemes::rfc9421::{SignatureFields, read_signatures};
use crate::request::structured_field::{BareItem, serialize_bare};

/// The fields as they may have been when they were signed.
pub(super) fn mutations(state: &State, label: Option<&str>) -> Vec<Mutation> {
    let message = &state.message;
    let mut all = Vec::new();
    let mut names: Vec<String> = Vec::new();
    for field in &message.fields {
        let name = field.name().to_ascii_lowercase();
        if !names.contains(&name) && !OWN.contains(&name.as_str()) {
            names.push(name);
        }
    }
    for name in &names {
        for form in joined(message, name) {
            all.push(replaced(message, name, form));
        }
    }
    all.extend(signatures(message, label));
    all
}

const OWN: [&str; 3] = ["signature", "signature-input", "authorization"];

/// A value with what it is called.
type Form = (Cause, String, Vec<u8>);

/// One line in place of all lines of that name.
pub(super) fn replaced(message: &Message, name: &str, (cause, text, value): Form) -> Mutation {
    let mut next = message.clone();
    let mut first = true;
    next.fields.retain_mut(|field| {
        if !field.is_named(name) {
            return true;
        }
        if first {
            field.set_value(value.clone());
            first = false;
            return true;
        }
        false
    });
    Mutation::new(Family::Field, cause, text, Change::Message(Box::new(next)))
}

fn joined(message: &Message, name: &str) -> Vec<Form> {
    let lines: Vec<&[u8]> = message.values(name).collect();
    let mut found = several(&lines, name);
    let whole = lines.join(&b", "[..]);
    let Ok(text) = std::str::from_utf8(&whole) else {
        return found;
    };
    let mut forms = respaced(text, name);
    forms.extend(shortened(text, name));
    forms.extend(expected(text, name, message));
    forms.retain(|(_, _, value)| value != text);
    let forms = forms.into_iter();
    found.extend(forms.map(|(cause, words, value)| (cause, words, value.into_bytes())));
    found
}

/// Several lines as other readers take them.
fn several(lines: &[&[u8]], name: &str) -> Vec<Form> {
    let [first, .., last] = lines else {
        return Vec::new();
    };
    let mut other = lines.to_vec();
    other.reverse();
    vec![
        (
            Cause::FieldJoining,
            format!("the lines of `{name}` were joined by `,` without a space"),
            lines.join(&b","[..]),
        ),
        (
            Cause::FieldRepeated,
            format!("only the first `{name}` counted"),
            first.to_vec(),
        ),
        (
            Cause::FieldRepeated,
            format!("only the last `{name}` counted"),
            last.to_vec(),
        ),
        (
            Cause::FieldOrder,
            format!("the lines of `{name}` were in the other order"),
            other.join(&b", "[..]),
        ),
    ]
}

/// A text value with what it is called.
type TextForm = (Cause, String, String);

/// Other white space, case and quotes.
fn respaced(text: &str, name: &str) -> Vec<TextForm> {
    let form = |cause, words: &str, value: String| (cause, format!("`{name}` {words}"), value);
    let semicolon = text.replace("; ", ";");
    let comma = text.replace(", ", ",");
    vec![
        form(
            Cause::FieldWhiteSpace,
            "had single spaces",
            single_spaces(text),
        ),
        form(
            Cause::FieldWhiteSpace,
            "had no space after `;`",
            semicolon.clone(),
        ),
        form(
            Cause::FieldWhiteSpace,
            "had a space after `;`",
            semicolon.replace(';', "; "),
        ),
        form(Cause::FieldJoining, "had no space after `,`", comma.clone()),
        form(
            Cause::FieldJoining,
            "had a space after `,`",
            comma.replace(',', ", "),
        ),
        form(
            Cause::FieldCase,
            "was in lower case",
            text.to_ascii_lowercase(),
        ),
        form(
            Cause::FieldQuotes,
            "had no quotes around it",
            text.trim_matches('"').to_owned(),
        ),
    ]
}

/// Without what may have been appended.
fn shortened(text: &str, name: &str) -> Vec<TextForm> {
    let mut found = Vec::new();
    if let Some((rest, gone)) = text.rsplit_once(',') {
        let words = format!("nobody had appended `{}` to `{name}`", gone.trim());
        found.push((Cause::FieldAppended, words, rest.trim_end().to_owned()));
    }
    if let Some((rest, gone)) = text.rsplit_once(';') {
        let words = format!("`{name}` had no parameter `{}`", gone.trim());
        found.push((Cause::FieldParameter, words, rest.trim_end().to_owned()));
    }
    found
}

/// What libraries write into fields that describe the body.
fn expected(text: &str, name: &str, message: &Message) -> Vec<TextForm> {
    match name {
        "content-type" => ["; charset=utf-8", "; charset=UTF-8", ";charset=utf-8"]
            .into_iter()
            .map(|end| {
                let words = format!("`content-type` ended with `{end}`");
                (Cause::FieldParameter, words, format!("{text}{end}"))
            })
            .collect(),
        "content-length" => {
            let body = message.content_length().to_string();
            let words = format!("`content-length` were that of the body, {body}");
            vec![(Cause::FieldLength, words, body)]
        }
        _ => Vec::new(),
    }
}

fn single_spaces(text: &str) -> String {
    text.split_ascii_whitespace().collect::<Vec<_>>().join(" ")
}

// The signature written in another form, or standing under another label.
fn signatures(message: &Message, label: Option<&str>) -> Vec<Mutation> {
    let mut all = Vec::new();
    if let Some(mended) = standard_alphabet(message) {
        all.push(mended);
    }
    let Ok(signatures) = read_signatures(message, None) else {
        return all;
    };
    for (index, signature) in signatures.iter().enumerate() {
        if label.is_some_and(|label| label != signature.label) {
            continue;
        }
        let others = signatures.iter().enumerate();
        let others = others.filter(|(other, _)| *other != index);
        let moved = others.map(|(_, from)| {
            let text = format!(
                "`{}` stood under the label `{}`",
                from.label, signature.label
            );
            (Cause::Label, text, from.signature.clone())
        });
        let forms = forms(&signature.signature).into_iter();
        let written = forms.map(|(text, bytes)| (Cause::SignatureEncoding, text.to_owned(), bytes));
        for (cause, text, bytes) in moved.chain(written) {
            if let Some(value) = resigned(&signatures, index, bytes) {
                all.push(replaced(message, "signature", (cause, text, value)));
            }
        }
    }
    all
}

/// The field `Signature` with other bytes in one place.
fn resigned(signatures: &[SignatureFields], index: usize, bytes: Vec<u8>) -> Option<Vec<u8>> {
    let mut members = Vec::new();
    for (place, signature) in signatures.iter().enumerate() {
        let bytes = match place == index {
            true => bytes.clone(),
            false => signature.signature.clone(),
        };
        let item = serialize_bare(&BareItem::Bytes(bytes)).ok()?;
        members.push(format!("{}={item}", signature.label));
    }
    Some(members.join(", ").into_bytes())
}

// A signature in base64url is no byte sequence (RFC 9651 §3.3.5).
fn standard_alphabet(message: &Message) -> Option<Mutation> {
    let lines: Vec<&[u8]> = message.values("signature").collect();
    let value = lines.join(&b", "[..]);
    if !value.contains(&b'-') && !value.contains(&b'_') {
        return None;
    }
    let text = String::from_utf8(value).ok()?;
    let mut inside = false;
    let mended: String = text
        .chars()
        .map(|c| {
            inside ^= c == ':';
            match c {
                '-' if inside => '+',
                '_' if inside => '/',
                other => other,
            }
        })
        .collect();
    let text = "the signature were in base64 instead of base64url".to_owned();
    let form = (Cause::SignatureEncoding, text, mended.into_bytes());
    Some(replaced(message, "signature", form))
}

// The same signature in the other usual forms.
fn forms(signature: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let mut found = Vec::new();
    for width in [32, 48] {
        if let Some(fixed) = from_der(signature, width) {
            found.push(("the ECDSA signature were r and s instead of DER", fixed));
        }
    }
    if let Ok(text) = std::str::from_utf8(signature) {
        if let Ok(bytes) = STANDARD.decode(text.trim()) {
            found.push((
                "the signature were encoded in base64 once instead of twice",
                bytes,
            ));
        }
        if let Some(bytes) = from_hex(text.trim()) {
            found.push(("the signature were not written in hexadecimal first", bytes));
        }
    }
    found
}

pub(super) fn from_hex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let digits = text.as_bytes().chunks(2);
    digits
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect()
}

fn from_der(signature: &[u8], width: usize) -> Option<Vec<u8>> {
    use crate::kernel::der::{Reader, tag};
    let mut outer = Reader::new(signature);
    let mut inner = outer.enter(tag::SEQUENCE).ok()?;
    outer.finish().ok()?;
    let mut out = Vec::with_capacity(width * 2);
    for _ in 0..2 {
        let number = inner.unsigned().ok()?;
        out.resize(out.len() + width.checked_sub(number.len())?, 0);
        out.extend_from_slice(number);
    }
    inner.finish().ok()?;
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::source::Source;

    #[test]
    fn one_line_takes_the_place_of_several() {
        let text = "GET / HTTP/1.1\nA: 1\nB: x\na: 2\n\n";
        let message = Message::parse(&Source::new("m", text.into()).unwrap()).unwrap();
        let form = (Cause::Label, "t".to_owned(), b"1,2".to_vec());
        let Change::Message(next) = replaced(&message, "a", form).change else {
            panic!("a message")
        };
        assert_eq!(next.values("a").collect::<Vec<_>>(), [b"1,2"]);
        assert_eq!(next.values("b").collect::<Vec<_>>(), [b"x"]);
    }
}
