//! A JWK or a JWK set as the rules see it: its members as they are written, usable or not.
//!
//! The text that findings point into is a copy in which private values are blanked: a report shows lines of it.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::kernel::document::{Document, DuplicateKey, Node};
use crate::kernel::finding::{Finding, Rule};
use crate::kernel::key::{self, Expected, Key, KeyError, LoadOptions};
use crate::kernel::source::Source;
use crate::kernel::time::Timestamp;

/// The members that hold private values (RFC 7518 §6.2.2, §6.3.2, §6.4; RFC 8037 §2; RFC 9964).
pub(in crate::jwt) const PRIVATE: [&str; 9] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"];

/// A set to be judged.
#[derive(Debug)]
pub(in crate::jwt) struct KeySet<'a> {
    pub(in crate::jwt) members: Vec<Member<'a>>,
    pub(in crate::jwt) duplicates: &'a [DuplicateKey],
    /// Whether private keys belong in it.
    pub(in crate::jwt) private: bool,
    pub(in crate::jwt) now: Timestamp,
    pub(in crate::jwt) source: Arc<Source>,
}

/// A key of the set.
#[derive(Debug)]
pub(in crate::jwt) struct Member<'a> {
    pub(in crate::jwt) index: usize,
    pub(in crate::jwt) node: &'a Node,
    /// The key, or why it cannot be used.
    pub(in crate::jwt) key: Result<Key, KeyError>,
}

impl<'a> KeySet<'a> {
    /// The set in a document: an object with `keys`, or one key by itself.
    pub(in crate::jwt) fn of(
        document: &'a Document,
        private: bool,
        now: Timestamp,
    ) -> Option<Self> {
        let root = &document.root;
        let members: Vec<&Node> = match root.get("keys") {
            Some(keys) => keys.as_sequence()?.iter().collect(),
            None => vec![root],
        };
        let members = members.into_iter().enumerate();
        let member = |(index, node): (usize, &'a Node)| Member {
            index,
            node,
            key: read(document.source.slice(node.span)),
        };
        Some(Self {
            members: members.map(member).collect(),
            duplicates: &document.duplicates,
            private,
            now,
            source: blanked(document),
        })
    }

    /// A finding about a member of a key, at that member, or else at the key.
    pub(in crate::jwt) fn finding(
        &self,
        rule: &'static Rule,
        member: &Member<'_>,
        (name, message): (&str, String),
    ) -> Finding {
        let place = member.node.entry(name).map_or(member.node.span, |entry| {
            entry.key_span.to(entry.value.span)
        });
        Finding::new(rule, member.name(), message).at(&self.source, place, "")
    }
}

impl Member<'_> {
    /// How it is named: its id, or else its place.
    pub(in crate::jwt) fn name(&self) -> String {
        match self.text("kid") {
            Some(id) if !id.is_empty() => format!("key `{id}`"),
            _ => format!("key {}", self.index),
        }
    }

    /// A member that is text.
    pub(in crate::jwt) fn text(&self, name: &str) -> Option<&str> {
        self.node.get(name)?.as_str()
    }

    /// A member that is base64url.
    pub(in crate::jwt) fn octets(&self, name: &str) -> Option<Vec<u8>> {
        URL_SAFE_NO_PAD.decode(self.text(name)?).ok()
    }

    /// Modulus and exponent of an RSA key.
    pub(in crate::jwt) fn rsa(&self) -> Option<(Vec<u8>, Vec<u8>)> {
        (self.text("kty")? == "RSA").then_some(())?;
        Some((self.octets("n")?, self.octets("e")?))
    }

    /// What makes it the key it is, whatever its container says of it.
    pub(in crate::jwt) fn identity(&self) -> Option<Vec<String>> {
        let names: &[&str] = match self.text("kty")? {
            "RSA" => &["kty", "n", "e"],
            "EC" => &["kty", "crv", "x", "y"],
            "OKP" => &["kty", "crv", "x"],
            "oct" => &["kty", "k"],
            "AKP" => &["kty", "pub"],
            _ => return None,
        };
        let values = names.iter().map(|name| self.text(name).map(str::to_owned));
        values.collect()
    }
}

fn read(text: &[u8]) -> Result<Key, KeyError> {
    let set = key::load(text, LoadOptions::plain(Expected::Verification))?;
    set.keys.into_iter().next().ok_or(KeyError::EmptySet)
}

/// The document with its private values blanked, every byte in its place.
fn blanked(document: &Document) -> Arc<Source> {
    let source = &document.source;
    let mut bytes = source.bytes().to_vec();
    blank(&document.root, &mut bytes);
    Source::new(source.name(), bytes).unwrap_or_else(|_| Arc::clone(source))
}

// Wherever such a name occurs: a key may lie in a document that is no key set.
fn blank(node: &Node, bytes: &mut [u8]) {
    if let Some(entries) = node.as_mapping() {
        for entry in entries {
            if PRIVATE.contains(&entry.key.as_str()) {
                if let Some(value) = bytes.get_mut(entry.value.span.range()) {
                    let visible = value.iter_mut().filter(|byte| !byte.is_ascii_whitespace());
                    visible.for_each(|byte| *byte = b'*');
                }
            } else {
                blank(&entry.value, bytes);
            }
        }
    }
    for item in node.as_sequence().unwrap_or_default() {
        blank(item, bytes);
    }
}
