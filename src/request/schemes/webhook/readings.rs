//! How else a scheme may have been understood by whoever signed, for explanations.

use super::{Algorithm, Description, Encoding, KeyEncoding, Layout, Piece};
use crate::kernel::crypto::MacAlgorithm;
use crate::request::explain::Cause;
use crate::request::schemes::{Reading, Scheme};

/// The misreadings of a scheme that are worth trying.
pub(in crate::request::schemes) fn readings(description: &Description) -> Vec<Reading> {
    let mut all = Vec::new();
    keys(description, &mut all);
    algorithms(description, &mut all);
    encodings(description, &mut all);
    templates(description, &mut all);
    all
}

fn push(all: &mut Vec<Reading>, (cause, text): (Cause, String), scheme: Description) {
    all.push(Reading {
        cause,
        text,
        scheme: Scheme::Webhook(Box::new(scheme)),
    });
}

fn keys(description: &Description, all: &mut Vec<Reading>) {
    let encodings = [
        (KeyEncoding::Raw, "as its text, not decoded"),
        (KeyEncoding::Base64, "decoded from base64"),
        (KeyEncoding::Base64url, "decoded from base64url"),
        (KeyEncoding::Hex, "decoded from hexadecimal"),
    ];
    for cut in [false, true] {
        for (encoding, how) in encodings {
            let mut other = description.clone();
            other.key.cut = cut;
            other.key.encoding = encoding;
            (other.key.min, other.key.max) = (1, super::MAX_SECRET_BYTES);
            let prefix = match (&description.key.prefix, cut) {
                (Some(prefix), true) => format!(", without `{prefix}`"),
                (Some(prefix), false) => format!(", with `{prefix}`"),
                (None, true) => continue,
                (None, false) => String::new(),
            };
            if other.key != description.key {
                let text = format!("the secret were used {how}{prefix}");
                push(all, (Cause::WebhookKey, text), other);
            }
        }
    }
}

fn algorithms(description: &Description, all: &mut Vec<Reading>) {
    use MacAlgorithm::{HmacSha1Legacy, HmacSha256, HmacSha384, HmacSha512};
    for mac in [HmacSha1Legacy, HmacSha256, HmacSha384, HmacSha512] {
        let mut other = description.clone();
        let wanted = Algorithm::Hmac(mac);
        let replace = |algorithm: &mut Algorithm| {
            if matches!(algorithm, Algorithm::Hmac(_)) {
                *algorithm = wanted;
            }
        };
        match &mut other.layout {
            Layout::Whole { algorithm, .. } => replace(algorithm),
            Layout::Listed { versions, .. } => versions
                .iter_mut()
                .for_each(|version| replace(&mut version.algorithm)),
        }
        if other != *description {
            push(
                all,
                (Cause::WebhookAlgorithm, format!("the MAC were {wanted}")),
                other,
            );
        }
    }
}

fn encodings(description: &Description, all: &mut Vec<Reading>) {
    for (encoding, name) in [(Encoding::Hex, "hexadecimal"), (Encoding::Base64, "base64")] {
        if description.encoding != encoding && description.encoding != Encoding::Text {
            let mut other = description.clone();
            other.encoding = encoding;
            let text = format!("the signature were written in {name}");
            push(all, (Cause::WebhookEncoding, text), other);
        }
    }
    if let Layout::Whole { prefix, .. } = &description.layout
        && !prefix.is_empty()
    {
        let text = format!("the signature stood without `{prefix}` before it");
        let mut other = description.clone();
        if let Layout::Whole { prefix, .. } = &mut other.layout {
            prefix.clear();
        }
        push(all, (Cause::WebhookPrefix, text), other);
    }
}

fn templates(description: &Description, all: &mut Vec<Reading>) {
    let separators = [".", ":", "", "\n"];
    let literal = |piece: &Piece| match piece {
        Piece::Literal(text) if separators.contains(&text.as_str()) => Some(text.clone()),
        _ => None,
    };
    let own = description.template.iter().find_map(literal);
    for separator in separators {
        let Some(own) = own.as_ref().filter(|own| own.as_str() != separator) else {
            continue;
        };
        let mut other = description.clone();
        for piece in &mut other.template {
            if *piece == Piece::Literal(own.clone()) {
                *piece = Piece::Literal(separator.to_owned());
            }
        }
        let text = format!("{separator:?} stood in what is signed where {own:?} should");
        push(all, (Cause::WebhookSeparator, text), other);
    }
    for (text, template) in other_templates(&description.template) {
        let mut other = description.clone();
        other.template = template;
        push(all, (Cause::WebhookPiece, text), other);
    }
    if description.template != [Piece::Body] && description.template.contains(&Piece::Body) {
        let mut other = description.clone();
        other.template = vec![Piece::Body];
        push(
            all,
            (
                Cause::WebhookBodyAlone,
                "the body alone were signed".to_owned(),
            ),
            other,
        );
    }
}

/// What is signed with a piece left out, two pieces that changed places, or a line end behind it.
fn other_templates(template: &[Piece]) -> Vec<(String, Vec<Piece>)> {
    let mut found = Vec::new();
    let ended = [template, &[Piece::Literal("\n".to_owned())]].concat();
    found.push(("what is signed ended with a newline".to_owned(), ended));
    if template.len() < 2 {
        return found;
    }
    for (place, gone) in template.iter().enumerate() {
        let Some(name) = told(gone) else {
            continue;
        };
        // With what stands between it and the next piece.
        let separated = matches!(template.get(place + 1), Some(Piece::Literal(_)));
        let mut rest = template.to_vec();
        rest.drain(place..place + 1 + usize::from(separated));
        found.push((format!("{name} were left out of what is signed"), rest));
        for later in place + 1..template.len() {
            if let Some(other) = template.get(later).and_then(told) {
                let mut swapped = template.to_vec();
                swapped.swap(place, later);
                found.push((format!("{name} and {other} changed places"), swapped));
            }
        }
    }
    if let [Piece::Literal(text), rest @ ..] = template {
        let text = format!("`{text}` were left out of what is signed");
        found.push((text, rest.to_vec()));
    }
    found.retain(|(_, other)| !other.is_empty() && other.as_slice() != [Piece::Body]);
    found
}

fn told(piece: &Piece) -> Option<&'static str> {
    Some(match piece {
        Piece::Literal(_) => return None,
        Piece::Id => "the id",
        Piece::Timestamp => "the time",
        Piece::Body => "the body",
        Piece::Method => "the method",
        Piece::Url => "the URL",
        Piece::Path => "the path",
        Piece::Query => "the query",
        Piece::Target => "the target",
        Piece::Field(_) => "a field",
        Piece::Form => "the form's parameters",
    })
}
