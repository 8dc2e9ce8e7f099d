//! Signing strings of draft-cavage as implementations write them by mistake, and its loose algorithm names.

use super::fields::replaced;
use super::{Cause, Change, Family, Mutation, State, TextEdit};
use crate::request::schemes::cavage::Named;

/// The known mistakes.
pub(super) fn mutations(state: &State) -> Vec<Mutation> {
    let texts = EDITS.into_iter().map(|(text, edit)| {
        Mutation::new(Family::Reading, Cause::CavageText, text, Change::Text(edit))
    });
    texts.chain(algorithms(state)).collect()
}

// The name is not signed: another one may be what was meant.
fn algorithms(state: &State) -> Vec<Mutation> {
    let mut all = Vec::new();
    for field in ["signature", "authorization"] {
        let Some(value) = state.message.only(field) else {
            continue;
        };
        let Some((before, rest)) = value.split_once("algorithm=\"") else {
            continue;
        };
        let Some((written, after)) = rest.split_once('"') else {
            continue;
        };
        for named in Named::ALL
            .into_iter()
            .filter(|named| named.name() != written)
        {
            let name = named.name();
            let value = format!("{before}algorithm=\"{name}\"{after}");
            let text = format!("the algorithm were `{name}`");
            let form = (Cause::CavageAlgorithm, text, value.into_bytes());
            all.push(replaced(&state.message, field, form));
        }
    }
    all
}

const EDITS: [(&str, TextEdit); 7] = [
    (
        "the signer had ended the signature string with a newline",
        |text| format!("{text}\n"),
    ),
    (
        "the signer had ended the lines of the signature string with CR LF",
        |text| text.replace('\n', "\r\n"),
    ),
    ("the signer had written no space after the colon", |text| {
        lines(text, |name, value| format!("{name}:{value}"))
    }),
    ("the signer had written the method in upper case", |text| {
        target(text, |method, target| {
            format!("{} {target}", method.to_ascii_uppercase())
        })
    }),
    ("the signer had left the query out", |text| {
        target(text, |method, target| {
            let path = target.split('?').next().unwrap_or_default();
            format!("{method} {path}")
        })
    }),
    (
        "the signer had capitalised the names of the fields",
        |text| {
            lines(text, |name, value| {
                format!("{}: {value}", capitalised(name))
            })
        },
    ),
    ("the signer had left the names out", |text| {
        lines(text, |_, value| value.to_owned())
    }),
];

fn lines(text: &str, write: impl Fn(&str, &str) -> String) -> String {
    let each = text.split('\n').map(|line| match line.split_once(": ") {
        Some((name, value)) => write(name, value),
        None => line.to_owned(),
    });
    each.collect::<Vec<_>>().join("\n")
}

fn target(text: &str, write: impl Fn(&str, &str) -> String) -> String {
    lines(text, |name, value| match value.split_once(' ') {
        Some((method, target)) if name == "(request-target)" => {
            format!("{name}: {}", write(method, target))
        }
        _ => format!("{name}: {value}"),
    })
}

fn capitalised(name: &str) -> String {
    // What stands in brackets is no field.
    if name.starts_with('(') {
        return name.to_owned();
    }
    let words = name.split('-').map(|word| {
        let mut letters = word.chars();
        letters.next().map_or_else(String::new, |first| {
            format!("{}{}", first.to_ascii_uppercase(), letters.as_str())
        })
    });
    words.collect::<Vec<_>>().join("-")
}
