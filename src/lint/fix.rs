//! `lint --fix`: edits of the bytes concerned and of nothing else.
//!
//! A safe fix changes nothing that works: it removes what has no effect, or writes what every reader reads alike. The
//! others may refuse what is let in today, such as plaintext. Comments, order and style stay; where the bytes of a
//! finding are not plainly what it is about (anchors, block scalars, JSON in YAML), there is no fix.

use std::sync::Arc;

use crate::kernel::arrange::Arrange as _;
use crate::kernel::finding::{Finding, Location};
use crate::kernel::source::{Source, Span};
use crate::lint::documents;

/// Which fixes are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Those that change nothing that works.
    Safe,
    /// All.
    All,
}

/// Bytes to be replaced.
#[derive(Debug, Clone)]
pub struct Edit {
    /// The input.
    pub source: Arc<Source>,
    /// The bytes.
    pub span: Span,
    /// What takes their place.
    pub text: String,
}

/// Replacements of one word by another, for findings that point at it.
const WORDS: [(&str, &[&str], &str); 15] = [
    ("access-logs-off", &["true"], "false"),
    ("authorization-policy-dry-run", &["true"], "false"),
    ("authorization-principal-with-scheme", &["spiffe://"], ""),
    (
        "destination-rule-disables-tls",
        &["DISABLE"],
        "ISTIO_MUTUAL",
    ),
    ("destination-rule-skips-verification", &["true"], "false"),
    ("gateway-tls-version", &["TLSV1_0", "TLSV1_1"], "TLSV1_2"),
    (
        "linkerd-unauthenticated",
        &["all-unauthenticated"],
        "all-authenticated",
    ),
    (
        "linkerd-unauthenticated",
        &["cluster-unauthenticated"],
        "cluster-authenticated",
    ),
    ("linkerd-unauthenticated", &["audit"], "deny"),
    (
        "outbound-traffic-unrestricted",
        &["ALLOW_ANY"],
        "REGISTRY_ONLY",
    ),
    ("peer-authentication-disable", &["DISABLE"], "STRICT"),
    (
        "peer-authentication-disable-in-ambient",
        &["DISABLE"],
        "PERMISSIVE",
    ),
    ("peer-authentication-permissive", &["PERMISSIVE"], "STRICT"),
    ("port-level-mtls-exception", &["PERMISSIVE"], "STRICT"),
    ("port-level-mtls-exception", &["DISABLE"], "STRICT"),
];

/// The fix of a finding, if it has one of this level.
pub fn of(finding: &Finding, level: Level) -> Option<Edit> {
    let place = finding.primary.as_ref()?;
    match finding.rule.id {
        "separator-with-comment" => own_line(place),
        // The last of two equal keys wins: the first has no effect.
        "duplicate-key" => first_place(finding).and_then(|first| line(&first.source, first.span)),
        // `istio-injection` is obeyed, the revision beside it is not.
        "injection-labels-conflict" => {
            let second = finding.related.first()?;
            let is_revision = second.source.slice(second.span) == b"istio.io/rev";
            if is_revision {
                line(&second.source, second.span)
            } else {
                None
            }
        }
        _ if level == Level::Safe => None,
        "authorization-unknown-method" => upper(place),
        id => WORDS
            .iter()
            .filter(|(rule, _, _)| *rule == id)
            .find_map(|(_, from, to)| word(place, from, to)),
    }
}

/// Of a finding with two places the one that comes first in its input.
fn first_place(finding: &Finding) -> Option<&Location> {
    let places = finding.primary.iter().chain(&finding.related);
    places.min_by_key(|place| place.span.start)
}

/// Replaces a word that stands there once and once only.
fn word(place: &Location, from: &[&str], to: &str) -> Option<Edit> {
    let slice = std::str::from_utf8(place.source.slice(place.span)).ok()?;
    let (at, found) = from
        .iter()
        .find_map(|word| Some((slice.find(word)?, *word)))?;
    if slice.matches(found).count() != 1 {
        return None;
    }
    let start = place.span.start as usize + at;
    Some(Edit {
        source: Arc::clone(&place.source),
        span: Span::new(start, start + found.len()),
        text: to.to_owned(),
    })
}

/// A method in upper case, where it is letters only, perhaps in quotes.
fn upper(place: &Location) -> Option<Edit> {
    let slice = std::str::from_utf8(place.source.slice(place.span)).ok()?;
    let letters = slice.trim_matches(['"', '\'']);
    let is_method = !letters.is_empty() && letters.chars().all(|c| c.is_ascii_alphabetic());
    is_method.then(|| Edit {
        source: Arc::clone(&place.source),
        span: place.span,
        text: slice.to_ascii_uppercase(),
    })
}

/// Puts the comment of a separator on a line of its own.
fn own_line(place: &Location) -> Option<Edit> {
    let position = place.source.position(place.span.start);
    let text = place.source.line(position.line);
    let marker = text.find("---")?;
    let comment = text.find('#').filter(|comment| *comment > marker)?;
    let start = line_start(&place.source, place.span)?;
    Some(Edit {
        source: Arc::clone(&place.source),
        span: Span::new(start + marker + 3, start + comment),
        text: "\n".to_owned(),
    })
}

fn line_start(source: &Source, span: Span) -> Option<usize> {
    let before = source.bytes().get(..span.start as usize)?;
    Some(memchr::memrchr(b'\n', before).map_or(0, |newline| newline + 1))
}

/// Removes the line of a key with a plain scalar, where nothing else stands on it and nothing below belongs to it.
fn line(source: &Arc<Source>, key: Span) -> Option<Edit> {
    let start = line_start(source, key)?;
    let rest = source.bytes().get(start..)?;
    let length = memchr::memchr(b'\n', rest).map_or(rest.len(), |newline| newline + 1);
    let text = std::str::from_utf8(rest.get(..length)?).ok()?;
    let next = std::str::from_utf8(rest.get(length..)?).ok()?.lines();
    let indent = |line: &str| line.len() - line.trim_start().len();
    let value = text
        .get(key.end as usize - start..)?
        .trim()
        .strip_prefix(':')?
        .trim();
    let plain = match value.chars().next()? {
        quote @ ('"' | '\'') => is_closed(value, quote),
        first => first.is_ascii_alphanumeric(),
    };
    let alone = text.get(..key.start as usize - start)?.trim().is_empty()
        && plain
        && !value.contains(['{', '[']);
    let mut below = next.filter(|line| !line.trim().is_empty());
    let belongs = below.next().is_some_and(|line| indent(line) > indent(text));
    (alone && !belongs).then(|| Edit {
        source: Arc::clone(source),
        span: Span::new(start, start + length),
        text: String::new(),
    })
}

/// Whether a quoted scalar ends on its line.
fn is_closed(value: &str, quote: char) -> bool {
    let mut characters = value.chars().skip(1).peekable();
    while let Some(c) = characters.next() {
        match c {
            '\\' if quote == '"' => {
                characters.next();
            }
            c if c == quote && quote == '\'' && characters.peek() == Some(&quote) => {
                characters.next();
            }
            c if c == quote => {
                let rest: String = characters.collect();
                return rest.trim().is_empty() || rest.trim_start().starts_with('#');
            }
            _ => {}
        }
    }
    false
}

/// What a round of fixing came to.
#[derive(Debug)]
pub struct Fixed {
    /// The inputs, those that were edited anew.
    pub sources: Vec<Arc<Source>>,
    /// How many edits were made.
    pub edits: usize,
}

/// Applies the fixes of active findings to the inputs; none where there is nothing to fix. Edits that touch one another
/// wait for the next round.
pub fn apply(sources: &[Arc<Source>], findings: &[Finding], level: Level) -> Option<Fixed> {
    let active = findings.iter().filter(|finding| finding.is_active());
    let edits: Vec<Edit> = active.filter_map(|finding| of(finding, level)).collect();
    let mut made = 0;
    let edited = sources.iter().map(|source| {
        let mut own: Vec<&Edit> = edits
            .iter()
            .filter(|edit| Arc::ptr_eq(&edit.source, source))
            .collect();
        own.arrange_by_key(|edit| (edit.span.start, edit.span.end));
        let mut bytes = Vec::with_capacity(source.bytes().len());
        let (mut done, mut count) = (0, 0);
        for edit in own {
            let (start, end) = (edit.span.start as usize, edit.span.end as usize);
            if start < done || (start == 0 && end == 0) {
                continue;
            }
            bytes.extend_from_slice(source.bytes().get(done..start).unwrap_or_default());
            bytes.extend_from_slice(edit.text.as_bytes());
            done = end;
            count += 1;
        }
        if done == 0 {
            return Arc::clone(source);
        }
        bytes.extend_from_slice(source.bytes().get(done..).unwrap_or_default());
        match Source::new(source.name(), bytes) {
            // An edit that makes a file unreadable is none, whatever it was thought to be.
            Ok(edited) if unread(&edited) <= unread(source) => {
                made += count;
                edited
            }
            _ => Arc::clone(source),
        }
    });
    let sources = edited.collect();
    (made > 0).then_some(Fixed {
        sources,
        edits: made,
    })
}

fn unread(source: &Arc<Source>) -> usize {
    documents::read(&[Arc::clone(source)]).unread
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::{Options, lint};

    /// Fixes until nothing is left to fix, as the gate does.
    fn fixed(text: &str, level: Level) -> String {
        let mut sources = vec![Source::new("m.yaml", text.as_bytes().to_vec()).unwrap()];
        for _ in 0..8 {
            let outcome = lint(&sources, &Options::default());
            match apply(&sources, &outcome.findings, level) {
                Some(round) => sources = round.sources,
                None => break,
            }
        }
        String::from_utf8(sources[0].bytes().to_vec()).unwrap()
    }

    #[test]
    fn a_value_over_several_lines_is_not_cut() {
        for value in ["\"x\n    y\"", "\"x\n  y\"", "'x\n  y'", "\"x\\\"\n  y\""] {
            let text = format!(
                "apiVersion: v1\nkind: Service\nmetadata:\n  name: {value}\n  name: zz\nspec: {{}}\n"
            );
            assert_eq!(fixed(&text, Level::Safe), text);
        }
        for value in ["\"x\"", "'it''s'", "\"a\\\"b\" # c", "x"] {
            let text = format!(
                "apiVersion: v1\nkind: Service\nmetadata:\n  name: {value}\n  name: zz\nspec: {{}}\n"
            );
            let without = text.replace(&format!("  name: {value}\n"), "");
            assert_eq!(fixed(&text, Level::Safe), without);
        }
    }

    #[test]
    fn edits_the_word_and_keeps_comments_and_style() {
        let text = "# ours\napiVersion: security.istio.io/v1 # v1\nkind: PeerAuthentication\n\
                    metadata: {name: default, namespace: a}\nspec:\n    mtls:   # for now\n        mode: \"PERMISSIVE\"   # TODO\n";
        let expected = text.replace("PERMISSIVE", "STRICT");
        assert_eq!(fixed(text, Level::All), expected);
        assert_eq!(
            fixed(&expected, Level::All),
            expected,
            "fixing twice changes nothing"
        );
        assert_eq!(
            fixed(text, Level::Safe),
            text,
            "this may refuse what works today"
        );
        let crlf = text.replace('\n', "\r\n");
        assert_eq!(fixed(&crlf, Level::All), expected.replace('\n', "\r\n"));
    }

    #[test]
    fn safe_fixes_change_nothing_that_works() {
        let text = "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: a\n  labels:\n    istio-injection: enabled\n    istio.io/rev: canary\n    team: x\n--- # next\n\
                    apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: b\n  name: c\n";
        let expected = "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: a\n  labels:\n    istio-injection: enabled\n    team: x\n---\n# next\n\
                        apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: c\n";
        assert_eq!(fixed(text, Level::Safe), expected);
        assert_eq!(fixed(expected, Level::Safe), expected);
    }

    #[test]
    fn leaves_alone_what_it_cannot_point_at() {
        for text in [
            // A flow mapping: the entry is not alone on its line.
            "apiVersion: v1\nkind: Namespace\nmetadata: {name: a, labels: {istio-injection: enabled, istio.io/rev: canary}}\n",
            // The first value goes on below.
            "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: b\n  labels: a\n    b\n  labels: {}\n",
        ] {
            assert_eq!(fixed(text, Level::Safe), text);
        }
    }

    /// The fixed manifest is lint-clean of what was fixed, for every rule that has a fix.
    #[test]
    fn every_fix_settles_its_finding() {
        let ids = WORDS.iter().map(|(id, _, _)| *id);
        for id in ids.chain(["authorization-unknown-method", "separator-with-comment"]) {
            let page = crate::lint::rules::rule(id).unwrap().page.text();
            let bad = page.split("```yaml bad\n").nth(1).unwrap();
            let bad = bad.split("```").next().unwrap();
            let result = fixed(bad, Level::All);
            // The page's example is a ConfigMap, which holds the text of another document.
            let has_fix = id != "outbound-traffic-unrestricted" && id != "linkerd-unauthenticated";
            assert!(result != bad || !has_fix, "{id}: no edit");
            let source = Source::new("m.yaml", result.clone().into_bytes()).unwrap();
            let outcome = lint(&[source], &Options::default());
            let again = outcome.findings.iter().any(|finding| finding.rule.id == id);
            assert!(!again || !has_fix, "{id}:\n{result}");
        }
    }
}
