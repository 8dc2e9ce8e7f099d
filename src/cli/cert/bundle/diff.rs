//! `countersign cert bundle diff`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use clap::Args as ClapArgs;
use serde_json::{Value, json};

use crate::cert::{BundleDocument, TrustBundle};
use crate::cli::cert::material::read_bundle;
use crate::cli::env::Env;
use crate::cli::error::Failure;
use crate::cli::exit::ExitCode;
use crate::cli::outcome::{Outcome, View};
use crate::cli::paint::{Paint, Tone};
use crate::kernel::crypto::{hex, sha256};

/// Show what changed from one bundle, or map of bundles, to another
///
/// Authorities are compared by their certificates, keys of JWT-SVIDs by their identifiers and thumbprints. Whoever loses an
/// authority no longer verifies what it issued: `cert bundle plan` says who that is.
#[derive(Debug, ClapArgs)]
#[command(after_long_help = "Examples:
  countersign cert bundle diff yesterday.json bundle.json
  countersign cert bundle diff --format json federation.json new-federation.json

Exit codes: 0 nothing changed, 1 something did, 2 cannot compare")]
pub(crate) struct Args {
    /// The older one: JSON or PEM
    old: PathBuf,
    /// The newer one
    new: PathBuf,
}

/// What changed in the bundle of one trust domain.
#[derive(Debug, Default)]
struct Changed {
    /// The trust domain; None where the files do not say.
    domain: Option<String>,
    added: Vec<String>,
    removed: Vec<String>,
    kept: usize,
    /// Whether the keys of JWT-SVIDs are others.
    jwt_added: Vec<String>,
    jwt_removed: Vec<String>,
    sequence: [Option<u64>; 2],
    refresh: [Option<u64>; 2],
    notes: Vec<String>,
}

struct DifferenceView {
    names: [String; 2],
    all: Vec<Changed>,
}

/// Runs the verb.
pub(super) fn run(env: &Env, args: &Args) -> Result<Outcome, Failure> {
    let old = by_domain(read_bundle(env, &args.old)?);
    let new = by_domain(read_bundle(env, &args.new)?);
    if old.contains_key(&None) != new.contains_key(&None) {
        return Err(Failure::usage(
            "one of them is the bundle of one trust domain and the other a map of bundles",
        ));
    }
    let domains: BTreeSet<_> = old.keys().chain(new.keys()).cloned().collect();
    let none = TrustBundle::default();
    let all: Vec<Changed> = domains
        .into_iter()
        .map(|domain| {
            let (before, after) = (old.get(&domain), new.get(&domain));
            let gone = match (before, after) {
                (_, None) => Some("the trust domain is no longer there"),
                (None, _) => Some("the trust domain is new"),
                _ => None,
            };
            let pair = (before.unwrap_or(&none), after.unwrap_or(&none));
            let mut changed = compare(pair);
            changed.domain = domain;
            changed.notes.extend(gone.map(str::to_owned));
            changed
        })
        .collect();
    let same = all.iter().all(Changed::is_nothing);
    let names = [&args.old, &args.new].map(|path| path.display().to_string());
    let mut outcome = Outcome::view(DifferenceView { names, all });
    if !same {
        outcome.exit = ExitCode::No;
    }
    Ok(outcome)
}

fn by_domain(document: BundleDocument) -> BTreeMap<Option<String>, TrustBundle> {
    match document {
        BundleDocument::One(bundle) => BTreeMap::from([(None, bundle)]),
        BundleDocument::Map(map) => map
            .into_iter()
            .map(|(domain, bundle)| (Some(domain.to_string()), bundle))
            .collect(),
    }
}

fn compare((old, new): (&TrustBundle, &TrustBundle)) -> Changed {
    let missing = |from: &TrustBundle, of: &TrustBundle| -> Vec<String> {
        let absent = from
            .authorities
            .iter()
            .filter(|one| !of.authorities.iter().any(|other| other.der == one.der));
        absent
            .map(|one| format!("{}, SHA-256 {}", one.name(), hex(&sha256(&one.der))))
            .collect()
    };
    let keys = |from: &TrustBundle, of: &TrustBundle| -> Vec<String> {
        let absent = from
            .jwt_keys
            .iter()
            .filter(|one| !of.jwt_keys.contains(one));
        absent.cloned().collect()
    };
    let added = missing(new, old);
    let mut changed = Changed {
        kept: new.authorities.len() - added.len(),
        added,
        removed: missing(old, new),
        jwt_added: keys(new, old),
        jwt_removed: keys(old, new),
        sequence: [old.sequence, new.sequence],
        refresh: [old.refresh_hint, new.refresh_hint],
        ..Changed::default()
    };
    // SPIFFE Trust Domain and Bundle §4.1.1.
    if let [Some(before), Some(after)] = changed.sequence {
        let content = !changed.has_same_keys();
        if after < before {
            let note = "its sequence went back: who has the older one will not take it";
            changed.notes.push(note.to_owned());
        } else if content && after == before {
            let note = "it changed and its sequence did not: nobody can tell which is newer";
            changed.notes.push(note.to_owned());
        }
    }
    changed
}

impl Changed {
    fn has_same_keys(&self) -> bool {
        let all = [
            &self.added,
            &self.removed,
            &self.jwt_added,
            &self.jwt_removed,
        ];
        all.iter().all(|one| one.is_empty())
    }

    fn is_nothing(&self) -> bool {
        let [before, after] = self.sequence;
        let [old_hint, new_hint] = self.refresh;
        self.has_same_keys() && before == after && old_hint == new_hint && self.notes.is_empty()
    }
}

impl View for DifferenceView {
    fn human(&self, paint: &mut Paint) {
        let [old, new] = &self.names;
        let rest = format!(": {old} and {new}");
        match self.all.iter().all(Changed::is_nothing) {
            true => paint.toned(Tone::Good, "the same", &rest),
            false => paint.toned(Tone::Warn, "different", &rest),
        }
        for changed in self.all.iter().filter(|one| !one.is_nothing()) {
            if let Some(domain) = &changed.domain {
                paint.field("domain", domain, None);
            }
            let rows = [
                ("added", &changed.added, Tone::Good),
                ("removed", &changed.removed, Tone::Bad),
                ("JWT added", &changed.jwt_added, Tone::Good),
                ("JWT removed", &changed.jwt_removed, Tone::Bad),
            ];
            for (name, values, tone) in rows {
                for value in values {
                    paint.field(name, value, Some(tone));
                }
            }
            paint.field("kept", &changed.kept.to_string(), None);
            for (name, [before, after]) in
                [("sequence", changed.sequence), ("refresh", changed.refresh)]
            {
                if before != after {
                    let words = |number: Option<u64>| {
                        number.map_or_else(|| "none".to_owned(), |number| number.to_string())
                    };
                    let text = format!("{}, before {}", words(after), words(before));
                    paint.field(name, &text, None);
                }
            }
            for note in &changed.notes {
                paint.field("note", note, Some(Tone::Warn));
            }
        }
    }

    fn json(&self) -> Value {
        let all: Vec<Value> = self
            .all
            .iter()
            .map(|one| {
                let [before, after] = one.sequence;
                let [old_hint, new_hint] = one.refresh;
                json!({
                    "trust_domain": one.domain,
                    "added": one.added,
                    "removed": one.removed,
                    "kept": one.kept,
                    "jwt_added": one.jwt_added,
                    "jwt_removed": one.jwt_removed,
                    "sequence_before": before,
                    "sequence": after,
                    "refresh_hint_before": old_hint,
                    "refresh_hint": new_hint,
                    "notes": one.notes,
                })
            })
            .collect();
        json!({
            "schema": "countersign/bundle-difference/v1",
            "same": self.all.iter().all(Changed::is_nothing),
            "bundles": all,
        })
    }
}
