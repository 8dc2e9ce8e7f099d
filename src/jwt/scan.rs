//! The tokens of a text, each at its place, and a copy of the text in which they cannot be read.
//!
//! A report shows lines of its inputs, and a bearer token in a report is as good as the one in the request: of each
//! token a few characters stay. Lines keep their numbers, and what follows a token in its line keeps its column.

use std::sync::Arc;

use super::locate::locate;
use crate::kernel::source::{Source, Span};

/// The tokens of a text.
#[derive(Debug)]
pub struct Scanned {
    /// The text without its tokens.
    pub source: Arc<Source>,
    /// The tokens, each with the place of its first characters.
    pub tokens: Vec<(Span, String)>,
    /// The comments: lines that start with `#`.
    pub comments: Vec<Span>,
}

/// The most tokens that are looked at in one text.
pub const MAX_TOKENS: usize = 10_000;

const SHOWN: usize = 12;

/// Finds the tokens of a text. Where nothing looks like one, the whole is taken for a damaged one.
pub fn scan(source: &Arc<Source>, text: &str) -> Scanned {
    let mut veiled = Veiled::default();
    let mut comments = Vec::new();
    for line in text.split_inclusive('\n') {
        let start = veiled.text.len();
        if line.trim_start().starts_with('#') {
            comments.push(Span::new(start, start + line.trim_end().len()));
        } else {
            veiled.line(line);
        }
        veiled
            .text
            .push_str(line.get(veiled.taken..).unwrap_or_default());
        veiled.taken = 0;
    }
    if veiled.tokens.is_empty() {
        comments.clear();
        veiled = damaged(text);
    }
    let text = veiled.text.into_bytes();
    Scanned {
        source: Source::new(source.name(), text).unwrap_or_else(|_| Arc::clone(source)),
        tokens: veiled.tokens,
        comments,
    }
}

/// A text in which tokens are not to be read, in the making.
#[derive(Default)]
struct Veiled {
    text: String,
    /// How much of the line was taken over.
    taken: usize,
    tokens: Vec<(Span, String)>,
}

impl Veiled {
    fn line(&mut self, line: &str) {
        for (offset, token) in in_line(line) {
            self.text
                .push_str(line.get(self.taken..offset).unwrap_or_default());
            self.taken = offset + token.len();
            let rest = line.get(self.taken..).unwrap_or_default();
            self.token(token, token, !rest.trim().is_empty());
        }
    }

    /// What stands for a token: its first characters, and what keeps later columns where they are.
    fn token(&mut self, shown: &str, token: &str, more: bool) {
        let start = self.text.len();
        let visible: String = shown.chars().take(SHOWN).collect();
        self.text.push_str(&visible);
        self.tokens
            .push((Span::new(start, self.text.len()), token.to_owned()));
        if more {
            let hidden = shown.len().saturating_sub(visible.len());
            self.text.extend(std::iter::repeat_n(' ', hidden));
        } else {
            self.text.push('…');
        }
    }
}

/// Runs of a token's characters that begin as a header does: `ey` is `{"` in base64url.
fn in_line(line: &str) -> impl Iterator<Item = (usize, &str)> {
    let part_of = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let mut at = 0;
    let runs = line.split_inclusive(move |c| !part_of(c)).map(move |run| {
        let start = at;
        at += run.len();
        (start, run.trim_end_matches(|c| !part_of(c)))
    });
    runs.filter(|(_, run)| run.starts_with("ey") && matches!(run.matches('.').count(), 2 | 4))
}

// Wrapped lines, quotes, another beginning: what `locate` makes of the whole.
fn damaged(text: &str) -> Veiled {
    let mut veiled = Veiled::default();
    let located = locate(text);
    if located.token.contains('.') && located.token.len() <= super::MAX_TOKEN_BYTES {
        let line = text.trim().lines().next().unwrap_or_default();
        veiled.token(line, &located.token, false);
    }
    veiled
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scanned(text: &str) -> Scanned {
        let source = Source::new("x", text.as_bytes().to_vec()).unwrap();
        scan(&source, text)
    }

    fn scanned_text(text: &str) -> String {
        String::from_utf8(scanned(text).source.bytes().to_vec()).unwrap()
    }

    #[test]
    fn tokens_are_found_wherever_they_stand_and_cannot_be_read_afterwards() {
        let text = "# a comment\n{\"access_token\":\"eyJhbGciOiJFUzI1NiJ9.e30.AAAA\"}\ncookie: a=eyJhbGciOiJFUzI1NiJ9.e30.BBBB; b\n";
        let scanned = scanned(text);
        let tokens: Vec<&str> = scanned
            .tokens
            .iter()
            .map(|(_, token)| token.as_str())
            .collect();
        assert_eq!(
            tokens,
            [
                "eyJhbGciOiJFUzI1NiJ9.e30.AAAA",
                "eyJhbGciOiJFUzI1NiJ9.e30.BBBB"
            ]
        );
        assert_eq!(scanned.comments.len(), 1);
        let shown = String::from_utf8(scanned.source.bytes().to_vec()).unwrap();
        assert!(shown.contains("\"eyJhbGciOiJF         ") && shown.ends_with("; b\n"));
        assert!(!shown.contains("AAAA") && !shown.contains("BBBB"));
        assert_eq!(shown.len(), text.len());
        let alone = scanned_text("eyJhbGciOiJFUzI1NiJ9.e30.AAAA\nx\n");
        assert_eq!(alone, "eyJhbGciOiJF…\nx\n");
    }

    #[test]
    fn a_damaged_token_is_one_too_and_other_text_is_none() {
        assert_eq!(scanned("'e30=.e30.AA'").tokens[0].1, "e30=.e30.AA");
        assert_eq!(scanned("eyJh\nbGci.e30.AA").tokens[0].1, "eyJhbGci.e30.AA");
        assert!(scanned("no token").tokens.is_empty());
        assert!(scanned("").tokens.is_empty());
    }
}
