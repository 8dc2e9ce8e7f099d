//! How else a scheme may have been understood by whoever signed, for explanations.

use super::{Algorithm, Description, Encoding, KeyEncoding, Layout, Piece};
use crate::kernel::crypto::MacAlgorithm;
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

fn push(all: &mut Vec<Reading>, (code, text): (&'static str, String), scheme: Description) {
    all.push(Reading {
        code,
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
                push(all, ("webhook-key", text), other);
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
                ("webhook-algorithm", format!("the MAC were {wanted}")),
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
            push(all, ("webhook-encoding", text), other);
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
        push(all, ("webhook-prefix", text), other);
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
        push(all, ("webhook-separator", text), other);
    }
    if description.template != [Piece::Body] && description.template.contains(&Piece::Body) {
        let mut other = description.clone();
        other.template = vec![Piece::Body];
        push(
            all,
            (
                "webhook-body-alone",
                "the body alone were signed".to_owned(),
            ),
            other,
        );
    }
}
