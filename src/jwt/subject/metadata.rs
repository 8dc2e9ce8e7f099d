//! A discovery document as the rules see it: OpenID Connect Discovery §3 or RFC 8414 §2.

use std::sync::Arc;

use crate::kernel::document::{Document, DuplicateKey, Node};
use crate::kernel::finding::{Finding, Rule};
use crate::kernel::source::{Source, Span};

/// A document to be judged.
#[derive(Debug)]
pub(in crate::jwt) struct Metadata<'a> {
    pub(in crate::jwt) root: &'a Node,
    pub(in crate::jwt) duplicates: &'a [DuplicateKey],
    /// The issuer that it was asked of, where that is known.
    pub(in crate::jwt) expected_issuer: Option<&'a str>,
    source: &'a Arc<Source>,
}

impl<'a> Metadata<'a> {
    /// The metadata in a document.
    pub(in crate::jwt) fn of(document: &'a Document, expected_issuer: Option<&'a str>) -> Self {
        Self {
            root: &document.root,
            duplicates: &document.duplicates,
            expected_issuer,
            source: &document.source,
        }
    }

    /// A member that is text.
    pub(in crate::jwt) fn text(&self, name: &str) -> Option<&'a str> {
        self.root.get(name)?.as_str()
    }

    /// A member that is a list of texts; None where it is absent.
    pub(in crate::jwt) fn texts(&self, name: &str) -> Option<Vec<&'a str>> {
        let items = self.root.get(name)?.as_sequence()?;
        Some(items.iter().filter_map(Node::as_str).collect())
    }

    /// Whether it speaks of OpenID Connect, not of OAuth alone.
    pub(in crate::jwt) fn is_openid(&self) -> bool {
        let signs = [
            "subject_types_supported",
            "id_token_signing_alg_values_supported",
            "userinfo_endpoint",
        ];
        signs.iter().any(|name| self.root.get(name).is_some())
            || self
                .texts("scopes_supported")
                .is_some_and(|scopes| scopes.contains(&"openid"))
    }

    /// The grant types; without the member these two (RFC 8414 §2).
    pub(in crate::jwt) fn grants(&self) -> Vec<&'a str> {
        let named = self.texts("grant_types_supported");
        named.unwrap_or_else(|| vec!["authorization_code", "implicit"])
    }

    /// A finding at a member, or else at the beginning.
    pub(in crate::jwt) fn finding(
        &self,
        rule: &'static Rule,
        name: &str,
        message: String,
    ) -> Finding {
        let finding = Finding::new(rule, name, message);
        match self.root.entry(name) {
            Some(entry) => finding.at(self.source, entry.key_span.to(entry.value.span), ""),
            None => {
                let start = self.root.span.range().start;
                finding.at(self.source, Span::new(start, start + 1), "")
            }
        }
    }
}

/// A URL's scheme, authority and the rest, as far as rules compare them.
pub(in crate::jwt) fn url_parts(url: &str) -> Option<(String, String, &str)> {
    let (scheme, rest) = url.split_once("://")?;
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, rest) = rest.split_at(end);
    let plain =
        !authority.is_empty() && !authority.contains(|c: char| c.is_whitespace() || c.is_control());
    plain.then(|| {
        (
            scheme.to_ascii_lowercase(),
            authority.to_ascii_lowercase(),
            rest,
        )
    })
}
