//! A token as the rules see it: header and claims, what it is for, and the time.

use super::role::{self, Role};
use crate::jwt::claims::{self, TimeClaim};
use crate::jwt::inspect::{Defect, Dissection, Kind, Payload};
use crate::kernel::document::Node;
use crate::kernel::time::Timestamp;

/// A token to be judged. Nothing about it is verified.
#[derive(Debug)]
pub(in crate::jwt) struct Token<'a> {
    pub(in crate::jwt) header: Option<&'a Node>,
    pub(in crate::jwt) claims: Option<&'a Node>,
    pub(in crate::jwt) defects: &'a [Defect],
    /// Whether the signature is empty.
    pub(in crate::jwt) unsigned: bool,
    /// Whether it has five parts.
    pub(in crate::jwt) encrypted: bool,
    /// The length of the text, where it is known.
    pub(in crate::jwt) length: Option<usize>,
    pub(in crate::jwt) role: Role,
    pub(in crate::jwt) now: Timestamp,
}

impl<'a> Token<'a> {
    /// The token that was taken apart.
    pub(in crate::jwt) fn of(taken: &'a Dissection, length: Option<usize>, now: Timestamp) -> Self {
        let header = taken.header.as_ref();
        // Of claims that break off none is known to be missing.
        let whole = taken.payload != Payload::Prefix;
        let claims = taken.claims.as_ref().filter(|_| whole);
        Self {
            header,
            claims,
            defects: &taken.defects,
            unsigned: taken.kind == Kind::Unsecured,
            encrypted: taken.kind == Kind::Encrypted,
            length,
            role: Role::of(header, claims),
            now,
        }
    }

    /// A header parameter.
    pub(in crate::jwt) fn parameter(&self, name: &str) -> Option<&'a Node> {
        self.header?.get(name)
    }

    /// The value of `alg`, where it is a string.
    pub(in crate::jwt) fn algorithm(&self) -> Option<&'a str> {
        self.parameter("alg")?.as_str()
    }

    /// A claim.
    pub(in crate::jwt) fn claim(&self, name: &str) -> Option<&'a Node> {
        self.claims?.get(name)
    }

    /// A claim that is text.
    pub(in crate::jwt) fn text(&self, name: &str) -> Option<&'a str> {
        self.claim(name)?.as_str()
    }

    /// A claim that is a time of the calendar.
    pub(in crate::jwt) fn time(&self, name: &str) -> Option<Timestamp> {
        match claims::time(self.claims?, name) {
            TimeClaim::At { time, .. } => Some(time),
            _ => None,
        }
    }

    /// The values of `aud`; none where it is absent or ill-typed.
    pub(in crate::jwt) fn audiences(&self) -> Vec<&'a str> {
        let node = self.claim("aud");
        node.and_then(claims::audiences).unwrap_or_default()
    }

    /// What it grants: `scope` and `scp`, as text or as list.
    pub(in crate::jwt) fn scopes(&self) -> Vec<&'a str> {
        let mut scopes = Vec::new();
        for node in ["scope", "scp"]
            .into_iter()
            .filter_map(|name| self.claim(name))
        {
            match node.as_sequence() {
                Some(items) => scopes.extend(items.iter().filter_map(Node::as_str)),
                None => scopes.extend(node.as_str().unwrap_or_default().split_whitespace()),
            }
        }
        scopes
    }

    /// Whether a service says it sent it.
    pub(in crate::jwt) fn is_service(&self) -> bool {
        self.claims.is_some_and(role::is_service)
    }

    /// Of these names, the claims that are absent.
    pub(in crate::jwt) fn absent(&self, names: &[&'static str]) -> Vec<&'static str> {
        let absent = |name: &&&str| self.claim(name).is_none_or(Node::is_null);
        names.iter().filter(absent).copied().collect()
    }
}

/// Whether an algorithm's name is that of a MAC.
pub(in crate::jwt) fn is_hmac(algorithm: &str) -> bool {
    algorithm.starts_with("HS")
}

/// Names as a message lists them.
pub(in crate::jwt) fn quoted<T: AsRef<str>>(names: &[T]) -> String {
    let names: Vec<String> = names
        .iter()
        .map(|name| format!("`{}`", name.as_ref()))
        .collect();
    names.join(", ")
}
