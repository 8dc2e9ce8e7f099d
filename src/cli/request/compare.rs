//! Our text and the other side's, line by line.

use super::view::Compared;
use crate::request::SignedText;
use crate::request::explain::{diff, read_expected};

/// Compares what was signed with what the other side tells: its text, or an error document of AWS.
pub(super) fn compare(signed: Option<&SignedText>, theirs: &str) -> Vec<Compared> {
    let expected = read_expected(theirs);
    let Some(signed) = signed else {
        return Vec::new();
    };
    let shown = signed.shown();
    let ours = |title: &str| {
        let text = shown.iter().find(|text| text.title == title)?;
        Some(whole(text.title, &text.lines))
    };
    let last = shown
        .last()
        .map(|text| (text.title, whole(text.title, &text.lines).1));
    let pairs = [
        (ours("canonical request"), expected.canonical_request),
        (last, expected.text),
    ];
    let mut compared = Vec::new();
    for (ours, theirs) in pairs {
        if let (Some((title, ours)), Some(theirs)) = (ours, theirs) {
            compared.push(Compared {
                title,
                lines: diff(&ours, &theirs),
            });
        }
    }
    compared
}

// The text of a base has its line ends between its lines; the parts of other texts carry their own.
fn whole(title: &'static str, lines: &[crate::request::ShownLine]) -> (&'static str, String) {
    let texts: Vec<_> = lines
        .iter()
        .map(|line| String::from_utf8_lossy(&line.text))
        .collect();
    let between = if title == "signature base" { "\n" } else { "" };
    (title, texts.join(between))
}
