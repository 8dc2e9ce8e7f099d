//! Two tokens compared by what they mean: sets as sets, times as distances, numbers as numbers.
//!
//! Nothing is verified. The order of members, of audiences and of scopes means nothing, so it makes no difference;
//! `1.7e9` and `1700000000` are one time.

use std::collections::BTreeSet;

use super::claims::{self, TimeClaim};
use super::inspect::Dissection;
use crate::kernel::document::{Node, Value};
use crate::kernel::time::humanize;

/// Where a difference is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// In the header.
    Header,
    /// In the claims.
    Claims,
}

impl Side {
    /// The name in every format.
    pub fn name(self) -> &'static str {
        match self {
            Self::Header => "header",
            Self::Claims => "claims",
        }
    }
}

/// One difference. A value that is None is not there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Where it is.
    pub side: Side,
    /// The member, with its path in nested objects, such as `cnf.jkt`.
    pub name: String,
    /// In the first token.
    pub left: Option<String>,
    /// In the second token.
    pub right: Option<String>,
    /// What it comes to, such as `2h later` or `without write:orders`.
    pub meaning: Option<String>,
}

/// The differences of two tokens.
pub fn diff(left: &Dissection, right: &Dissection) -> Vec<Difference> {
    let mut found = Differences(Vec::new());
    found.nodes(
        Side::Header,
        "",
        (left.header.as_ref(), right.header.as_ref()),
    );
    found.nodes(
        Side::Claims,
        "",
        (left.claims.as_ref(), right.claims.as_ref()),
    );
    found.texts("(payload)", (&left.payload_text, &right.payload_text));
    found.0
}

struct Differences(Vec<Difference>);

type Pair<'a> = (Option<&'a Node>, Option<&'a Node>);

impl Differences {
    fn nodes(&mut self, side: Side, path: &str, pair: Pair<'_>) {
        let (left, right) = pair;
        let mappings = (
            left.and_then(Node::as_mapping),
            right.and_then(Node::as_mapping),
        );
        if let (Some(theirs), Some(ours)) = mappings {
            let names = theirs.iter().chain(ours).map(|entry| entry.key.as_str());
            let mut seen = BTreeSet::new();
            for name in names.filter(|name| seen.insert(*name)) {
                let inner = if path.is_empty() {
                    name.to_owned()
                } else {
                    format!("{path}.{name}")
                };
                let of = |node: Option<&'_ Node>| node.and_then(|node| node.get(name).cloned());
                let (left, right) = (of(left), of(right));
                self.nodes(side, &inner, (left.as_ref(), right.as_ref()));
            }
            return;
        }
        let same = match pair {
            (Some(left), Some(right)) => means_the_same(path, left, right),
            (None, None) => true,
            _ => false,
        };
        if !same {
            let name = if path.is_empty() {
                format!("({})", side.name())
            } else {
                path.to_owned()
            };
            self.0.push(Difference {
                side,
                left: left.map(written),
                right: right.map(written),
                meaning: meaning(path, pair),
                name,
            });
        }
    }

    fn texts(&mut self, name: &str, (left, right): (&Option<String>, &Option<String>)) {
        if left != right {
            self.0.push(Difference {
                side: Side::Claims,
                name: name.to_owned(),
                left: left.clone(),
                right: right.clone(),
                meaning: None,
            });
        }
    }
}

/// Claims whose values are sets, as text with spaces or as a list.
fn set<'a>(name: &str, node: &'a Node) -> Option<BTreeSet<&'a str>> {
    match (name, &node.value) {
        // RFC 7519 §4.1.3: one name is a list of one.
        ("aud", Value::String(one)) => Some(BTreeSet::from([one.as_str()])),
        // RFC 8693 §4.2
        ("scope" | "scp", Value::String(text)) => Some(text.split_whitespace().collect()),
        (
            "aud" | "scope" | "scp" | "amr" | "groups" | "roles" | "entitlements" | "crit",
            Value::Sequence(items),
        ) => items.iter().map(Node::as_str).collect(),
        _ => None,
    }
}

fn means_the_same(name: &str, left: &Node, right: &Node) -> bool {
    if let (Some(left), Some(right)) = (set(name, left), set(name, right)) {
        return left == right;
    }
    match (&left.value, &right.value) {
        (Value::Null, Value::Null) => true,
        (Value::Bool(left), Value::Bool(right)) => left == right,
        (Value::String(left), Value::String(right)) => left == right,
        (Value::Number(left), Value::Number(right)) => match (left.integer, right.integer) {
            (Some(left), Some(right)) => left == right,
            // Beyond 64 bits two texts can round to one number.
            _ => left.text == right.text || left.float == right.float && left.float.abs() < 9e15,
        },
        (Value::Sequence(left), Value::Sequence(right)) => {
            let mut pairs = left.iter().zip(right);
            left.len() == right.len() && pairs.all(|(left, right)| means_the_same("", left, right))
        }
        (Value::Mapping(entries), Value::Mapping(others)) => {
            let same = |name: &str| match (left.get(name), right.get(name)) {
                (Some(left), Some(right)) => means_the_same("", left, right),
                _ => false,
            };
            entries.iter().chain(others).all(|entry| same(&entry.key))
        }
        _ => false,
    }
}

fn meaning(name: &str, pair: Pair<'_>) -> Option<String> {
    let (left, right) = (pair.0?, pair.1?);
    if let (Some(left), Some(right)) = (set(name, left), set(name, right)) {
        let words = |names: BTreeSet<&str>| names.into_iter().collect::<Vec<_>>().join(" ");
        let with: BTreeSet<&str> = right.difference(&left).copied().collect();
        let without: BTreeSet<&str> = left.difference(&right).copied().collect();
        let parts = [("with", with), ("without", without)].into_iter();
        let parts = parts.filter(|(_, names)| !names.is_empty());
        let parts: Vec<String> = parts
            .map(|(word, names)| format!("{word} {}", words(names)))
            .collect();
        return Some(parts.join(", "));
    }
    if !["exp", "nbf", "iat", "auth_time", "updated_at"].contains(&name) {
        return (left.kind() != right.kind())
            .then(|| format!("{} became {}", left.kind(), right.kind()));
    }
    let at = |node: &Node| match claims::time_of(node) {
        TimeClaim::At { time, .. } => Some(time),
        _ => None,
    };
    let (left, right) = (at(left)?, at(right)?);
    Some(match left.cmp(&right) {
        std::cmp::Ordering::Less => format!(
            "{} later: {left} became {right}",
            humanize(right.since(left))
        ),
        std::cmp::Ordering::Greater => format!(
            "{} earlier: {left} became {right}",
            humanize(left.since(right))
        ),
        std::cmp::Ordering::Equal => "the same second".to_owned(),
    })
}

/// A value as it is shown: numbers as they are written.
fn written(node: &Node) -> String {
    match node.as_number() {
        Some(number) => number.text.clone(),
        None => node.to_json().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::inspect::inspect;
    use super::*;
    use crate::kernel::time::Timestamp;
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    fn compared(left: &str, right: &str) -> Vec<Difference> {
        let now = Timestamp::from_unix(1_795_338_000).unwrap();
        let token = |claims: &str| {
            let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"ES256"}"#);
            inspect(
                &format!("{header}.{}.AA", URL_SAFE_NO_PAD.encode(claims)),
                now,
            )
        };
        diff(&token(left), &token(right))
    }

    #[test]
    fn what_means_the_same_is_no_difference() {
        let left =
            r#"{"aud":"a","scope":"x y","exp":1.7e9,"cnf":{"jkt":"k"},"n":[1,{"a":1,"b":2}]}"#;
        let right = r#"{"n":[1.0,{"b":2,"a":1}],"cnf":{"jkt":"k"},"exp":1700000000,"scope":"y  x","aud":["a"]}"#;
        assert_eq!(compared(left, right), []);
    }

    #[test]
    fn what_differs_is_told_by_what_it_comes_to() {
        let left = r#"{"aud":["a","b"],"exp":1700000000,"cnf":{"jkt":"k"},"sub":"1","n":[1,2]}"#;
        let right =
            r#"{"aud":["b","c"],"exp":1700003600,"cnf":{"jkt":"l"},"sub":1,"n":[2,1],"x":null}"#;
        let found = compared(left, right);
        let told: Vec<(&str, Option<&str>)> = found
            .iter()
            .map(|difference| (difference.name.as_str(), difference.meaning.as_deref()))
            .collect();
        assert_eq!(
            told,
            [
                ("aud", Some("with c, without a")),
                (
                    "exp",
                    Some("1h later: 2023-11-14T22:13:20Z became 2023-11-14T23:13:20Z")
                ),
                ("cnf.jkt", None),
                ("sub", Some("a string became a number")),
                ("n", None),
                ("x", None),
            ]
        );
        assert_eq!(found[5].left, None);
        assert_eq!(found[5].right.as_deref(), Some("null"));
    }

    #[test]
    fn large_numbers_that_differ_are_different() {
        assert_eq!(
            compared(
                r#"{"n":18446744073709551617}"#,
                r#"{"n":18446744073709551618}"#
            )
            .len(),
            1
        );
        assert_eq!(
            compared(r#"{"n":9007199254740993}"#, r#"{"n":9007199254740992}"#).len(),
            1
        );
        assert_eq!(compared("text", "other").len(), 1);
    }
}
