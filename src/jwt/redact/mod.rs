//! Redaction: a token that can still be read and explained, and that is worth nothing to whoever finds it.
//!
//! The structure stays: parts, header, claims, their order, numbers and types. The signature becomes a pattern of the
//! same length, the header gains `redacted` and demands by `crit` that a reader understand it (RFC 7515 §4.1.11), so that
//! no verifier accepts it, not even one that takes `none`. Personal claims become pseudonyms, equal for equal values
//! within one run. What cannot be understood is not kept.

mod filter;
mod personal;
#[cfg(test)]
mod tests;
mod text;

pub use filter::Copied;

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::inspect::{disclosure_hash, json_text, lenient, push_string};
use crate::kernel::crypto::{MacAlgorithm, MacKey};
use crate::kernel::document::{Entry, Node, Value};
use crate::kernel::json;
use crate::kernel::secret::Secret;

/// What a destroyed signature decodes to, over and over.
const PATTERN: &[u8] = b"REDACTED!";
/// How deep tokens within claims are followed.
const MAX_NESTING: usize = 4;

/// Redacts tokens; equal personal values become equal pseudonyms as long as it lives.
#[derive(Debug)]
pub struct Redactor {
    key: MacKey,
}

impl Redactor {
    /// Takes the key of the pseudonyms: random, and forgotten when the run ends.
    pub fn new(key: &Secret) -> Self {
        Self {
            key: MacKey::new(MacAlgorithm::HmacSha256, key),
        }
    }

    /// Redacts one token of the compact serialization, or an SD-JWT.
    pub fn token(&self, token: &str) -> String {
        self.token_at(token, 0)
    }

    fn token_at(&self, token: &str, depth: usize) -> String {
        let mut sections = token.split('~');
        let issued = sections.next().unwrap_or_default();
        let rest: Vec<&str> = sections.collect();
        if rest.is_empty() {
            return self.compact(issued, &HashMap::new(), depth);
        }
        let hash = payload(issued).and_then(|claims| {
            let name = claims.get("_sd_alg").and_then(Node::as_str);
            disclosure_hash(name.unwrap_or("sha-256"))
        });
        let (renamed, disclosures) = self.disclosures(&rest, hash, depth);
        let mut text = self.compact(issued, &renamed, depth);
        for (index, section) in rest.iter().enumerate() {
            text.push('~');
            let last = index + 1 == rest.len();
            if last && !section.is_empty() {
                text.push_str(&self.compact(section, &HashMap::new(), depth + 1));
            } else if let Some(disclosure) = disclosures.get(index) {
                text.push_str(disclosure);
            }
        }
        text
    }

    /// The disclosures redacted, and the digest that takes the place of each old one. Disclosures can vouch for others,
    /// so that the digests are followed until none changes.
    fn disclosures(
        &self,
        sections: &[&str],
        hash: Option<crate::kernel::crypto::DigestAlgorithm>,
        depth: usize,
    ) -> (HashMap<String, String>, Vec<String>) {
        let digest =
            |text: &str| hash.map(|hash| URL_SAFE_NO_PAD.encode(hash.digest(text.as_bytes())));
        let own = sections.len().saturating_sub(1);
        let mut renamed = HashMap::new();
        let mut redacted = Vec::new();
        for _round in 0..=MAX_NESTING {
            redacted = sections
                .iter()
                .take(own)
                .map(|section| self.disclosure(section, &renamed, depth))
                .collect();
            let mut next = HashMap::new();
            for (old, new) in sections.iter().zip(&redacted) {
                if let (Some(old), Some(new)) = (digest(old), digest(new)) {
                    next.insert(old, new);
                }
            }
            if next == renamed {
                break;
            }
            renamed = next;
        }
        (renamed, redacted)
    }

    fn disclosure(&self, text: &str, renamed: &HashMap<String, String>, depth: usize) -> String {
        let bytes = lenient(text);
        let parsed = std::str::from_utf8(&bytes).ok().map(json::parse_text);
        let Some(Ok((array, _duplicates))) = parsed else {
            return pattern(text.len());
        };
        let mut out = String::from("[");
        match array.as_sequence() {
            Some([salt, name, value]) => {
                self.personal(&mut out, salt, "");
                out.push(',');
                let name = self.scrubbed(&json_text(name), depth + 1);
                out.push_str(&name);
                out.push(',');
                self.disclosed(&mut out, value, (renamed, depth));
            }
            Some([salt, value]) => {
                self.personal(&mut out, salt, "");
                out.push(',');
                self.disclosed(&mut out, value, (renamed, depth));
            }
            _ => return pattern(text.len()),
        }
        out.push(']');
        URL_SAFE_NO_PAD.encode(out)
    }

    // What a holder may withhold is personal, whatever its name; objects keep their digests.
    fn disclosed(
        &self,
        out: &mut String,
        value: &Node,
        (renamed, depth): (&HashMap<String, String>, usize),
    ) {
        let rewrite = Rewrite {
            redactor: self,
            renamed,
            depth,
        };
        rewrite.value(out, value, ("", true));
    }

    fn compact(&self, token: &str, renamed: &HashMap<String, String>, depth: usize) -> String {
        let parts: Vec<&str> = token.split('.').collect();
        let header = parts.first().copied().unwrap_or_default();
        let mut text = self.header(header, depth);
        let encrypted = parts.len() == 5;
        let encoded = object(header).is_some_and(|header| {
            header.get("b64").and_then(Node::as_bool) != Some(false) && header.get("zip").is_none()
        });
        for (index, part) in parts.iter().enumerate().skip(1) {
            text.push('.');
            if index == 1 && !encrypted && encoded {
                text.push_str(&self.claims(part, renamed, depth));
            } else {
                text.push_str(&pattern(part.len()));
            }
        }
        text
    }

    fn claims(&self, part: &str, renamed: &HashMap<String, String>, depth: usize) -> String {
        let inner = lenient(part);
        if let Ok(inner) = std::str::from_utf8(&inner)
            && looks_like_token(inner)
            && depth < MAX_NESTING
        {
            return URL_SAFE_NO_PAD.encode(self.token_at(inner.trim(), depth + 1));
        }
        let Some(claims) = object(part) else {
            return pattern(part.len());
        };
        let rewrite = Rewrite {
            redactor: self,
            renamed,
            depth,
        };
        let mut out = String::new();
        rewrite.value(&mut out, &claims, ("", false));
        URL_SAFE_NO_PAD.encode(out)
    }

    /// The header with the mark. One that cannot be read becomes a pattern.
    fn header(&self, part: &str, depth: usize) -> String {
        let Some(header) = object(part) else {
            return pattern(part.len());
        };
        let entries = header.as_mapping().unwrap_or_default();
        let nothing = HashMap::new();
        let rewrite = Rewrite {
            redactor: self,
            renamed: &nothing,
            depth,
        };
        let mut out = String::from("{");
        for entry in entries.iter().filter(|entry| entry.key != "redacted") {
            if out.len() > 1 {
                out.push(',');
            }
            push_string(&mut out, &self.scrubbed(&entry.key, depth + 1));
            out.push(':');
            match entry.key.as_str() {
                "crit" => {
                    let mut names = String::new();
                    rewrite.value(&mut names, &entry.value, ("", false));
                    out.push_str(&with_mark(&names));
                }
                "jwk" => rewrite.jwk(&mut out, &entry.value),
                name => rewrite.value(&mut out, &entry.value, (name, personal::is_personal(name))),
            }
        }
        let comma = if out.len() > 1 { "," } else { "" };
        out.push_str(comma);
        if header.get("crit").is_none() {
            out.push_str("\"crit\":[\"redacted\"],");
        }
        out.push_str("\"redacted\":true}");
        URL_SAFE_NO_PAD.encode(out)
    }

    /// A value that is personal.
    fn personal(&self, out: &mut String, node: &Node, name: &str) {
        match &node.value {
            Value::String(text) => push_string(out, &self.pseudonym(name, text)),
            Value::Number(number) => out.push_str(&self.digits(&number.text)),
            _ => out.push_str(&json_text(node)),
        }
    }

    /// Sixteen bytes that stand for a value in this run.
    fn stand_in(&self, text: &str) -> Vec<u8> {
        self.key.sign(text.as_bytes())
    }
}

/// One walk through claims.
struct Rewrite<'a> {
    redactor: &'a Redactor,
    renamed: &'a HashMap<String, String>,
    depth: usize,
}

impl Rewrite<'_> {
    fn value(&self, out: &mut String, node: &Node, (name, is_personal): (&str, bool)) {
        match &node.value {
            Value::String(text) => self.text(out, text, (name, is_personal)),
            Value::Number(_) if is_personal => self.redactor.personal(out, node, name),
            Value::Sequence(items) => {
                out.push('[');
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    self.value(out, item, (name, is_personal));
                }
                out.push(']');
            }
            Value::Mapping(entries) => self.mapping(out, entries, is_personal),
            _ => out.push_str(&json_text(node)),
        }
    }

    fn mapping(&self, out: &mut String, entries: &[Entry], is_personal: bool) {
        out.push('{');
        for (index, entry) in entries.iter().enumerate() {
            if index > 0 {
                out.push(',');
            }
            push_string(out, &self.redactor.scrubbed(&entry.key, self.depth + 1));
            out.push(':');
            let digests = matches!(entry.key.as_str(), "_sd" | "...");
            let inner = !digests && (is_personal || personal::is_personal(&entry.key));
            self.value(out, &entry.value, (&entry.key, inner));
        }
        out.push('}');
    }

    fn text(&self, out: &mut String, text: &str, (name, is_personal): (&str, bool)) {
        let replaced = if let Some(renamed) = self.renamed.get(text) {
            renamed.clone()
        } else if looks_like_token(text) {
            if self.depth < MAX_NESTING {
                self.redactor.token_at(text, self.depth + 1)
            } else {
                pattern(text.len())
            }
        } else if is_personal || personal::looks_personal(name, text) {
            self.redactor.pseudonym(name, text)
        } else {
            self.redactor.scrubbed(text, self.depth + 1)
        };
        push_string(out, &replaced);
    }

    // The public members of a key are no secret; the others must not be there at all.
    fn jwk(&self, out: &mut String, node: &Node) {
        let Some(entries) = node.as_mapping() else {
            return self.value(out, node, ("", false));
        };
        out.push('{');
        for (index, entry) in entries.iter().enumerate() {
            if index > 0 {
                out.push(',');
            }
            push_string(out, &self.redactor.scrubbed(&entry.key, self.depth + 1));
            out.push(':');
            let public = [
                "kty", "crv", "x", "y", "n", "e", "kid", "alg", "use", "key_ops", "x5c", "x5t",
            ];
            if public.contains(&entry.key.as_str()) {
                self.value(out, &entry.value, ("", false));
            } else {
                push_string(
                    out,
                    &pattern(json_text(&entry.value).len().saturating_sub(2)),
                );
            }
        }
        out.push('}');
    }
}

// What is no list cannot be extended.
fn with_mark(names: &str) -> String {
    let inner = names
        .strip_prefix('[')
        .and_then(|names| names.strip_suffix(']'));
    match inner.unwrap_or_default() {
        "" => "[\"redacted\"]".to_owned(),
        inner if inner.contains("\"redacted\"") => format!("[{inner}]"),
        inner => format!("[{inner},\"redacted\"]"),
    }
}

fn object(part: &str) -> Option<Node> {
    let bytes = lenient(part);
    let (node, _duplicates) = json::parse_text(std::str::from_utf8(&bytes).ok()?).ok()?;
    node.as_mapping()?;
    Some(node)
}

fn payload(issued: &str) -> Option<Node> {
    object(issued.split('.').nth(1)?)
}

fn looks_like_token(text: &str) -> bool {
    let text = text.trim();
    text.matches('.').count() >= 2 && super::locate::opens_a_token(text.as_bytes())
}

/// Text of this many characters that decodes to the pattern.
fn pattern(characters: usize) -> String {
    let bytes: Vec<u8> = PATTERN
        .iter()
        .copied()
        .cycle()
        .take(characters.saturating_mul(3) / 4)
        .collect();
    let mut text = URL_SAFE_NO_PAD.encode(bytes);
    // A length that no encoding has, as a damaged part may have it.
    while text.len() < characters {
        text.push('A');
    }
    text
}
