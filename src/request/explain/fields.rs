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
        let name = field.name.to_ascii_lowercase();
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
        if !field.name.eq_ignore_ascii_case(name) {
            return true;
        }
        if first {
            field.value.clone_from(&value);
            first = false;
            return true;
        }
        false
    });
    Mutation::new(Family::Field, cause, text, Change::Message(Box::new(next)))
}

fn joined(message: &Message, name: &str) -> Vec<(Cause, String, Vec<u8>)> {
    let lines: Vec<&[u8]> = message.values(name).collect();
    let mut found = Vec::new();
    let mut push = |cause, text: String, value: Vec<u8>| found.push((cause, text, value));
    if let [first, .., last] = lines.as_slice() {
        let comma = lines.join(&b","[..]);
        push(
            Cause::FieldJoining,
            format!("the lines of `{name}` were joined by `,` without a space"),
            comma,
        );
        push(
            Cause::FieldRepeated,
            format!("only the first `{name}` counted"),
            first.to_vec(),
        );
        push(
            Cause::FieldRepeated,
            format!("only the last `{name}` counted"),
            last.to_vec(),
        );
        let mut other = lines.clone();
        other.reverse();
        push(
            Cause::FieldOrder,
            format!("the lines of `{name}` were in the other order"),
            other.join(&b", "[..]),
        );
    }
    let whole = lines.join(&b", "[..]);
    let Ok(text) = std::str::from_utf8(&whole) else {
        return found;
    };
    let mut change = |cause, words: String, value: String| {
        if value != text {
            found.push((cause, words, value.into_bytes()));
        }
    };
    change(
        Cause::FieldWhiteSpace,
        format!("`{name}` had single spaces"),
        single_spaces(text),
    );
    change(
        Cause::FieldWhiteSpace,
        format!("`{name}` had no space after `;`"),
        text.replace("; ", ";"),
    );
    change(
        Cause::FieldWhiteSpace,
        format!("`{name}` had a space after `;`"),
        text.replace("; ", ";").replace(';', "; "),
    );
    change(
        Cause::FieldJoining,
        format!("`{name}` had no space after `,`"),
        text.replace(", ", ","),
    );
    change(
        Cause::FieldJoining,
        format!("`{name}` had a space after `,`"),
        text.replace(", ", ",").replace(',', ", "),
    );
    change(
        Cause::FieldCase,
        format!("`{name}` was in lower case"),
        text.to_ascii_lowercase(),
    );
    change(
        Cause::FieldQuotes,
        format!("`{name}` had no quotes around it"),
        text.trim_matches('"').to_owned(),
    );
    if let Some((rest, gone)) = text.rsplit_once(',') {
        let gone = gone.trim();
        change(
            Cause::FieldAppended,
            format!("nobody had appended `{gone}` to `{name}`"),
            rest.trim_end().to_owned(),
        );
    }
    if let Some((rest, gone)) = text.rsplit_once(';') {
        let gone = gone.trim();
        change(
            Cause::FieldParameter,
            format!("`{name}` had no parameter `{gone}`"),
            rest.trim_end().to_owned(),
        );
    }
    if name == "content-type" {
        change(
            Cause::FieldParameter,
            "`content-type` ended with `; charset=utf-8`".into(),
            format!("{text}; charset=utf-8"),
        );
        change(
            Cause::FieldParameter,
            "`content-type` ended with `; charset=UTF-8`".into(),
            format!("{text}; charset=UTF-8"),
        );
        change(
            Cause::FieldParameter,
            "`content-type` ended with `;charset=utf-8`".into(),
            format!("{text};charset=utf-8"),
        );
    }
    if name == "content-length" {
        let body = message.content_length().to_string();
        change(
            Cause::FieldLength,
            format!("`content-length` were that of the body, {body}"),
            body,
        );
    }
    found
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
        for (other, from) in signatures.iter().enumerate() {
            if other != index {
                let text = format!(
                    "`{}` stood under the label `{}`",
                    from.label, signature.label
                );
                all.extend(resigned(
                    message,
                    &signatures,
                    (index, &from.signature),
                    text,
                    Cause::Label,
                ));
            }
        }
        for (text, bytes) in forms(&signature.signature) {
            all.extend(resigned(
                message,
                &signatures,
                (index, &bytes),
                text.to_owned(),
                Cause::SignatureEncoding,
            ));
        }
    }
    all
}

fn resigned(
    message: &Message,
    signatures: &[SignatureFields],
    (index, bytes): (usize, &[u8]),
    text: String,
    cause: Cause,
) -> Option<Mutation> {
    let mut members = Vec::new();
    for (place, signature) in signatures.iter().enumerate() {
        let bytes = if place == index {
            bytes
        } else {
            &signature.signature
        };
        let item = serialize_bare(&BareItem::Bytes(bytes.to_vec())).ok()?;
        members.push(format!("{}={item}", signature.label));
    }
    let value = members.join(", ").into_bytes();
    Some(replaced(message, "signature", (cause, text, value)))
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
