//! SD-JWT (RFC 9901): disclosures decoded and held against the digests that vouch for them, the key binding shown.

use std::cell::RefCell;
use std::collections::HashSet;
use std::rc::Rc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::defect::{Defect, DefectKind, Section};
use super::read::Reader;
use crate::kernel::crypto::DigestAlgorithm;
use crate::kernel::document::{Node, Value};
use crate::kernel::json;

/// How many disclosures are read.
const MAX_DISCLOSURES: usize = 1000;

/// A disclosure: a claim, or an element of an array, that the holder shows.
#[derive(Debug, Clone)]
pub struct Disclosure {
    /// Its digest, as it stands in `_sd`.
    pub digest: Option<String>,
    /// The name of the claim; None for an element of an array.
    pub name: Option<String>,
    /// The value.
    pub value: Option<Node>,
    /// Where its digest stands, such as `address._sd[0]`; None if nothing vouches for it.
    pub vouched: Option<String>,
}

/// Whether the key binding belongs to this presentation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyBinding {
    /// There is none.
    Absent,
    /// Its `sd_hash` is that of the presentation. Its signature is not verified.
    Matches,
    /// Its `sd_hash` is another.
    Mismatch {
        /// What it would have to be.
        expected: String,
        /// What it is.
        found: String,
    },
    /// It cannot be told.
    Unknown(String),
}

/// What a token discloses selectively.
#[derive(Debug, Clone)]
pub struct SelectiveDisclosure {
    /// The name of the hash (`_sd_alg`, `sha-256` unless told).
    pub hash: String,
    /// The disclosures, in order.
    pub disclosures: Vec<Disclosure>,
    /// How many digests no disclosure was presented for: withheld claims or decoys.
    pub withheld: usize,
    /// The text of the key binding token.
    pub key_binding_token: Option<String>,
    /// Its header and claims.
    pub key_binding_parts: Option<(Option<Node>, Option<Node>)>,
    /// Whether it belongs here.
    pub key_binding: KeyBinding,
}

/// A digest in the payload, and where.
struct Promise {
    digest: String,
    place: String,
    kept: bool,
    /// The object that a claim is disclosed into; None for an element of an array.
    into: Option<Rc<Level>>,
}

/// An object with digests.
struct Level {
    /// The names that it has openly, then those that were disclosed into it.
    names: RefCell<HashSet<String>>,
}

/// Reads what stands behind the first `~` of a token.
pub(super) fn read(token: &str, claims: Option<&Node>, reader: &mut Reader) -> SelectiveDisclosure {
    let mut at = token.find('~').map_or(token.len(), |tilde| tilde + 1);
    let mut parts: Vec<(&str, usize)> = Vec::new();
    for part in token.get(at..).unwrap_or_default().split('~') {
        parts.push((part, at));
        at += part.len() + 1;
    }
    // RFC 9901 §4: what follows the last `~` is the key binding, or nothing.
    let (binding, binding_at) = parts.pop().unwrap_or_default();
    let mut found = check(&parts, claims, reader);
    if !binding.is_empty() {
        let presented = token.get(..binding_at).unwrap_or_default();
        bind(&mut found, (binding, binding_at), presented, reader);
    }
    found
}

/// Reads disclosures from the header of a JSON serialization.
pub(super) fn read_listed(
    texts: &[&str],
    claims: Option<&Node>,
    reader: &mut Reader,
) -> SelectiveDisclosure {
    let parts: Vec<(&str, usize)> = texts.iter().map(|text| (*text, 0)).collect();
    check(&parts, claims, reader)
}

fn check(
    parts: &[(&str, usize)],
    claims: Option<&Node>,
    reader: &mut Reader,
) -> SelectiveDisclosure {
    let hash = claims
        .and_then(|claims| claims.get("_sd_alg")?.as_str())
        .unwrap_or("sha-256");
    let algorithm = algorithm(hash);
    let mut promises = Vec::new();
    if let Some(claims) = claims {
        collect(claims, "", &mut promises);
    }
    let mut disclosures = Vec::new();
    for (index, (text, at)) in parts.iter().take(MAX_DISCLOSURES).enumerate() {
        let section = Section::Disclosure(index + 1);
        let disclosure = one(section, (text, *at), algorithm, reader);
        if let Some(value) = &disclosure.value {
            let name = disclosure.name.as_deref().unwrap_or("…");
            collect(value, &format!("{name}."), &mut promises);
        }
        disclosures.push(disclosure);
    }
    if parts.len() > MAX_DISCLOSURES {
        let text = format!(
            "{} disclosures; the first {MAX_DISCLOSURES} are read",
            parts.len()
        );
        reader.defect(Defect::new(DefectKind::Disclosure, Section::Token, text));
    }
    for (index, disclosure) in disclosures.iter_mut().enumerate() {
        let at = parts.get(index).map_or(0, |(_, at)| *at);
        vouch(disclosure, &mut promises, (index + 1, at), reader);
    }
    repeated(&promises, reader);
    if algorithm.is_none() {
        let text = format!("the digests are of `{hash}`, which is not computed here");
        reader.defect(Defect::new(DefectKind::Disclosure, Section::Payload, text));
    }
    SelectiveDisclosure {
        hash: hash.to_owned(),
        withheld: promises.iter().filter(|promise| !promise.kept).count(),
        disclosures,
        key_binding_token: None,
        key_binding_parts: None,
        key_binding: KeyBinding::Absent,
    }
}

fn one(
    section: Section,
    (text, at): (&str, usize),
    algorithm: Option<DigestAlgorithm>,
    reader: &mut Reader,
) -> Disclosure {
    let mut disclosure = Disclosure {
        // RFC 9901 §4.2.3: over the text as it was sent, not over what it decodes to.
        digest: algorithm.map(|hash| URL_SAFE_NO_PAD.encode(hash.digest(text.as_bytes()))),
        name: None,
        value: None,
        vouched: None,
    };
    let decoded = reader.decode(section, text, at);
    let mut wrong = |what: &str| {
        let text = format!("{section} {what}");
        reader.defect(Defect::new(DefectKind::Disclosure, section, text).at(at));
    };
    let Ok(inner) = std::str::from_utf8(&decoded.bytes) else {
        wrong("is not UTF-8");
        return disclosure;
    };
    let parsed = json::parse_text(inner);
    let Ok((array, duplicates)) = parsed else {
        wrong("is not JSON");
        return disclosure;
    };
    if !duplicates.is_empty() {
        wrong("has a member twice");
    }
    if let Some([salt, ..]) = array.as_sequence()
        && salt.as_str().is_none()
    {
        wrong("has a salt that is no string");
    }
    match array.as_sequence() {
        Some([_salt, value]) => disclosure.value = Some(value.clone()),
        Some([_salt, name, value]) if name.as_str().is_some() => {
            let name = name.as_str().unwrap_or_default();
            // RFC 9901 §7.1
            if matches!(name, "_sd" | "...") {
                wrong("names a claim that only digests may use");
            }
            disclosure.name = Some(name.to_owned());
            disclosure.value = Some(value.clone());
        }
        _ => wrong("is not an array of a salt, a name and a value"),
    }
    disclosure
}

fn vouch(
    disclosure: &mut Disclosure,
    promises: &mut [Promise],
    (number, at): (usize, usize),
    reader: &mut Reader,
) {
    let Some(digest) = &disclosure.digest else {
        return;
    };
    let kept = promises
        .iter_mut()
        .find(|promise| !promise.kept && promise.digest == *digest);
    match kept {
        Some(promise) => {
            promise.kept = true;
            disclosure.vouched = Some(promise.place.clone());
            if let Some(problem) = misplaced(disclosure, promise) {
                let text = format!("disclosure {number} {problem} (RFC 9901 §7.1)");
                let section = Section::Disclosure(number);
                reader.defect(Defect::new(DefectKind::Disclosure, section, text).at(at));
            }
        }
        None => {
            let name = disclosure.name.as_deref().unwrap_or("an array element");
            let text = format!(
                "disclosure {number} (`{name}`) is vouched for by no digest: the issuer did not sign it"
            );
            let section = Section::Disclosure(number);
            reader.defect(Defect::new(DefectKind::Disclosure, section, text).at(at));
        }
    }
}

/// Why a disclosure cannot stand where its digest does: a verifier rejects the token.
fn misplaced(disclosure: &Disclosure, promise: &Promise) -> Option<String> {
    disclosure.value.as_ref()?;
    match (&disclosure.name, &promise.into) {
        (Some(name), Some(level)) => {
            let is_new = level.names.borrow_mut().insert(name.clone());
            (!is_new).then(|| format!("names the claim `{name}`, which is there already"))
        }
        (None, None) => None,
        (None, Some(_)) => {
            Some("is an element of an array, and its digest stands in `_sd`".to_owned())
        }
        (Some(_), None) => {
            Some("is a claim, and its digest stands for an element of an array".to_owned())
        }
    }
}

// RFC 9901 §7.1: a digest that is there twice rejects the token.
fn repeated(promises: &[Promise], reader: &mut Reader) {
    let mut seen = HashSet::new();
    for promise in promises {
        if !seen.insert(promise.digest.as_str()) {
            let text = format!("the digest `{}` is there twice", promise.digest);
            reader.defect(Defect::new(DefectKind::Disclosure, Section::Payload, text));
        }
    }
}

/// Collects `_sd` arrays and `{"...": digest}` elements at every depth (RFC 9901 §4.2.4).
fn collect(node: &Node, path: &str, into: &mut Vec<Promise>) {
    let mut promise = |digest: &str, place: String, level: Option<&Rc<Level>>| {
        into.push(Promise {
            digest: digest.to_owned(),
            place,
            kept: false,
            into: level.cloned(),
        });
    };
    match &node.value {
        Value::Mapping(entries) => {
            for entry in entries {
                match (entry.key.as_str(), &entry.value.value) {
                    ("_sd", Value::Sequence(digests)) => {
                        let names = entries.iter().map(|entry| entry.key.clone()).collect();
                        let level = Rc::new(Level {
                            names: RefCell::new(names),
                        });
                        for (index, digest) in digests.iter().enumerate() {
                            if let Some(digest) = digest.as_str() {
                                let place = format!("{path}_sd[{index}]");
                                promise(digest, place, Some(&level));
                            }
                        }
                    }
                    ("...", Value::String(digest)) if entries.len() == 1 => {
                        promise(digest, path.trim_end_matches('.').to_owned(), None);
                    }
                    _ => {}
                }
            }
            for entry in entries {
                collect(&entry.value, &format!("{path}{}.", entry.key), into);
            }
        }
        Value::Sequence(items) => {
            let name = path.trim_end_matches('.');
            for (index, item) in items.iter().enumerate() {
                collect(item, &format!("{name}[{index}]."), into);
            }
        }
        _ => {}
    }
}

fn bind(
    found: &mut SelectiveDisclosure,
    (token, at): (&str, usize),
    presented: &str,
    reader: &mut Reader,
) {
    let mut parts = token.split('.');
    let mut own = Reader::default();
    let (header, payload) = (parts.next(), parts.next());
    let header_text = header.unwrap_or_default();
    let header = own.decode(Section::Header, header_text, at);
    let header = own.object(&header).map(|object| object.node);
    let payload_at = at + header_text.len() + 1;
    let payload = own.decode(Section::Payload, payload.unwrap_or_default(), payload_at);
    let claims = own.object(&payload).map(|object| object.node);
    for mut defect in own.defects {
        defect.kind = DefectKind::KeyBinding;
        defect.message = format!("key binding: {}", defect.message);
        reader.defect(defect);
    }
    found.key_binding = hold(claims.as_ref(), algorithm(&found.hash), presented);
    if let KeyBinding::Mismatch { expected, found } = &found.key_binding {
        let text = format!(
            "the key binding belongs to another presentation: its `sd_hash` is `{found}`, that of this one is `{expected}`"
        );
        reader.defect(Defect::new(DefectKind::KeyBinding, Section::Token, text).at(at));
    }
    found.key_binding_token = Some(token.to_owned());
    found.key_binding_parts = Some((header, claims));
}

// RFC 9901 §4.3.1: over the presentation up to its last `~`.
fn hold(claims: Option<&Node>, algorithm: Option<DigestAlgorithm>, presented: &str) -> KeyBinding {
    let Some(algorithm) = algorithm else {
        return KeyBinding::Unknown("the hash is not known here".to_owned());
    };
    let Some(found) = claims.and_then(|claims| claims.get("sd_hash")?.as_str()) else {
        return KeyBinding::Unknown("it has no `sd_hash`".to_owned());
    };
    let expected = URL_SAFE_NO_PAD.encode(algorithm.digest(presented.as_bytes()));
    if expected == found {
        KeyBinding::Matches
    } else {
        KeyBinding::Mismatch {
            expected,
            found: found.to_owned(),
        }
    }
}

/// The hashes of the registry "Named Information Hash Algorithm" that are computed here.
pub(in crate::jwt) fn algorithm(name: &str) -> Option<DigestAlgorithm> {
    match name {
        "sha-256" => Some(DigestAlgorithm::Sha256),
        "sha-384" => Some(DigestAlgorithm::Sha384),
        "sha-512" => Some(DigestAlgorithm::Sha512),
        _ => None,
    }
}
