//! Marks by which a token is recognised: each either holds, and says so in words, or does not.

use crate::kernel::document::{Node, Value};

/// A mark. Names of claims are paths: the members below each other.
#[derive(Debug, Clone, Copy)]
pub(super) enum Mark {
    /// `typ` is this media type, `application/` assumed (RFC 7515 §4.1.9).
    Typ(&'static str),
    /// `typ` is absent or says nothing: `JWT` or `JOSE`.
    PlainTyp,
    /// The header has a parameter.
    Header(&'static str),
    /// A header parameter is this text.
    HeaderIs(&'static str, &'static str),
    /// The header has no other parameters.
    OnlyHeaders(&'static [&'static str]),
    /// `alg` is one of these.
    Alg(&'static [&'static str]),
    /// A claim is there.
    Claim(&'static [&'static str]),
    /// All of these claims are there.
    Claims(&'static [&'static str]),
    /// None of these claims is there.
    Without(&'static [&'static str]),
    /// A claim is this text, or holds it in its array.
    Is(&'static str, &'static str),
    /// A claim starts so.
    Starts(&'static str, &'static str),
    /// A claim ends so.
    Ends(&'static str, &'static str),
    /// A claim contains this.
    Contains(&'static str, &'static str),
    /// `iss` equals `sub` (RFC 7523 §3).
    OwnIssuer,
}

/// What is looked at.
pub(super) struct Shape<'a> {
    pub(super) header: Option<&'a Node>,
    pub(super) claims: Option<&'a Node>,
}

impl Shape<'_> {
    /// The evidence, if every mark holds.
    pub(super) fn holds(&self, marks: &[Mark]) -> Option<Vec<String>> {
        marks.iter().map(|mark| self.evidence(*mark)).collect()
    }

    fn evidence(&self, mark: Mark) -> Option<String> {
        match mark {
            Mark::Typ(wanted) => {
                let typ = self.header_text("typ")?;
                let bare = typ.to_ascii_lowercase();
                let bare = bare.strip_prefix("application/").unwrap_or(&bare);
                (bare == wanted).then(|| format!("`typ` is `{typ}`"))
            }
            Mark::PlainTyp => match self.header_text("typ") {
                None => Some("no `typ`".to_owned()),
                Some(typ) => {
                    let plain = ["jwt", "jose"].contains(&typ.to_ascii_lowercase().as_str());
                    plain.then(|| format!("`typ` is only `{typ}`"))
                }
            },
            Mark::Header(name) => self
                .header?
                .get(name)
                .map(|_| format!("the header has `{name}`")),
            Mark::HeaderIs(name, wanted) => {
                (self.header_text(name)? == wanted).then(|| format!("`{name}` is `{wanted}`"))
            }
            Mark::OnlyHeaders(names) => {
                let entries = self.header?.as_mapping()?;
                let only = entries
                    .iter()
                    .all(|entry| names.contains(&entry.key.as_str()));
                only.then(|| format!("the header has nothing but {}", listed(names)))
            }
            Mark::Alg(names) => {
                let alg = self.header_text("alg")?;
                names.contains(&alg).then(|| format!("`alg` is `{alg}`"))
            }
            Mark::Claim(path) => {
                self.claims?.at(path)?;
                Some(format!("has `{}`", path.join(".")))
            }
            Mark::Claims(names) => {
                let claims = self.claims?;
                let all = names.iter().all(|name| claims.get(name).is_some());
                all.then(|| format!("has {}", listed(names)))
            }
            Mark::Without(names) => {
                let claims = self.claims?;
                let none = names.iter().all(|name| claims.get(name).is_none());
                none.then(|| format!("has no {}", listed(names)))
            }
            Mark::Is(name, wanted) => {
                let any = self.texts(name).any(|text| text == wanted);
                any.then(|| format!("`{name}` is `{wanted}`"))
            }
            Mark::Starts(name, wanted) => {
                let any = self.texts(name).any(|text| text.starts_with(wanted));
                any.then(|| format!("`{name}` starts with `{wanted}`"))
            }
            Mark::Ends(name, wanted) => {
                let any = self.texts(name).any(|text| text.ends_with(wanted));
                any.then(|| format!("`{name}` ends with `{wanted}`"))
            }
            Mark::Contains(name, wanted) => {
                let any = self.texts(name).any(|text| text.contains(wanted));
                any.then(|| format!("`{name}` contains `{wanted}`"))
            }
            Mark::OwnIssuer => {
                let claims = self.claims?;
                let (iss, sub) = (claims.get("iss")?.as_str()?, claims.get("sub")?.as_str()?);
                (iss == sub).then(|| "`iss` equals `sub`".to_owned())
            }
        }
    }

    fn header_text(&self, name: &str) -> Option<&str> {
        self.header?.get(name)?.as_str()
    }

    fn texts(&self, name: &str) -> impl Iterator<Item = &str> {
        let node = self.claims.and_then(|claims| claims.get(name));
        let items = match node.map(|node| &node.value) {
            Some(Value::Sequence(items)) => &**items,
            _ => &[],
        };
        let single = node.and_then(Node::as_str);
        single
            .into_iter()
            .chain(items.iter().filter_map(Node::as_str))
    }
}

fn listed(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    quoted.join(", ")
}
