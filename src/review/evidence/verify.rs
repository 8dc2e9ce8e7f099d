//! A bundle checked by someone who has its files and a public key, and nothing else.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use serde_json::Value;

use super::File;
use crate::kernel::crypto::{
    Digest, DigestAlgorithm, SignatureAlgorithm, hex, sha256, unhex, verify as verify_signature,
};
use crate::kernel::key::{PublicKey, thumbprint};

/// One check.
#[derive(Debug, Clone)]
pub struct Check {
    /// What was checked.
    pub what: &'static str,
    /// Why it fails, where it does.
    pub fails: Option<String>,
}

/// What a verification came to.
#[derive(Debug)]
pub struct Verification {
    /// The checks, in their order.
    pub checks: Vec<Check>,
    /// The manifest, if it can be read.
    pub manifest: Value,
    /// What the bundle does not prove, a sentence each.
    pub not_proven: Vec<&'static str>,
}

impl Verification {
    /// Whether every check holds.
    pub fn holds(&self) -> bool {
        self.checks.iter().all(|check| check.fails.is_none())
    }
}

const NOT_PROVEN: [&str; 5] = [
    "that the exports were complete and unedited before they were imported: their digests say only what was imported",
    "that whoever acted was who they said: names in the history are as they were given",
    "when it happened: times come from the clock of the machine, or from `--at`; no timestamping authority was asked",
    "that nothing was taken back before the bundle was signed, unless an earlier head is known",
    "that the key belongs to whom you think: that must be known from elsewhere",
];

/// Checks a bundle.
pub fn verify(files: &[File], key: &PublicKey) -> Verification {
    let by_name: BTreeMap<&str, &[u8]> = files
        .iter()
        .map(|(name, bytes)| (name.as_str(), bytes.as_slice()))
        .collect();
    let file = |name: &str| {
        by_name
            .get(name)
            .copied()
            .ok_or_else(|| format!("`{name}` is missing"))
    };
    let json = |name: &str| -> Result<Value, String> {
        serde_json::from_slice(file(name)?)
            .map_err(|error| format!("`{name}` is not JSON: {error}"))
    };
    let manifest = json("manifest.json");
    let signed = json("signature.json").and_then(|s| signature(&s, file("manifest.json")?, key));
    let mut checks = Vec::new();
    let mut check = |what, result: Result<(), String>| {
        checks.push(Check {
            what,
            fails: result.err(),
        })
    };
    check("the signature over the manifest", signed);
    let manifest = match manifest {
        Ok(manifest) => manifest,
        Err(why) => {
            check("the manifest", Err(why));
            Value::Null
        }
    };
    check("the digest of every file", digests(&manifest, &by_name));
    check("it was made from the campaign itself", original(&manifest));
    let events = file("events.ndjson").and_then(events);
    match events {
        Err(why) => check("the history", Err(why)),
        Ok(events) => {
            check("the chain of the history", chain(&events, &manifest));
            let decisions = file("decisions.ndjson").and_then(values);
            match decisions {
                Err(why) => check("the decisions", Err(why)),
                Ok(decisions) => {
                    check(
                        "every decision in the batch of its event",
                        batches(&events, &decisions),
                    );
                    let what = match decisions.iter().all(is_somebodys) {
                        true => "nobody decided on themselves",
                        false => {
                            "nobody decided on themselves, where it is known whose access it is"
                        }
                    };
                    check(what, apart(&decisions));
                    check("late decisions are marked", late(&decisions, &manifest));
                }
            }
            check(
                "the sign-off is in the history",
                sign_off(&events, &manifest),
            );
        }
    }
    Verification {
        checks,
        manifest,
        not_proven: NOT_PROVEN.to_vec(),
    }
}

fn signature(statement: &Value, manifest: &[u8], key: &PublicKey) -> Result<(), String> {
    let text = |name: &str| {
        statement
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    if text("algorithm") != "Ed25519" {
        return Err("its algorithm is not Ed25519".to_owned());
    }
    // What a reader is told about the signature is not signed itself.
    if text("over") != "manifest.json" {
        return Err("it says that it is over another file".to_owned());
    }
    if text("key") != thumbprint(key) {
        return Err("it names another key".to_owned());
    }
    let bytes = base64::engine::general_purpose::STANDARD.decode(text("signature"));
    let bytes = bytes.map_err(|_| "it is not base64".to_owned())?;
    verify_signature(SignatureAlgorithm::Ed25519, key, manifest, &bytes)
        .map_err(|error| error.to_string())
}

fn digests(manifest: &Value, files: &BTreeMap<&str, &[u8]>) -> Result<(), String> {
    let listed = manifest
        .get("files")
        .and_then(Value::as_array)
        .ok_or("the manifest lists no files")?;
    let mut named = BTreeSet::from(["manifest.json", "signature.json"]);
    for entry in listed {
        let text = |name: &str| entry.get(name).and_then(Value::as_str).unwrap_or_default();
        let name = text("name");
        named.insert(name);
        let bytes = files
            .get(name)
            .ok_or_else(|| format!("`{name}` is missing"))?;
        if hex(&sha256(bytes)) != text("sha256") {
            return Err(format!("`{name}` was changed"));
        }
    }
    match files.keys().find(|name| !named.contains(*name)) {
        Some(name) => Err(format!("`{name}` is not in the manifest")),
        None => Ok(()),
    }
}

/// A copy of a campaign may lack what was decided since; whoever made a bundle of one may not have known.
fn original(manifest: &Value) -> Result<(), String> {
    match manifest.get("from_copy").and_then(Value::as_bool) {
        Some(false) => Ok(()),
        Some(true) => Err(
            "the campaign's file had been copied or moved: what was written to it elsewhere since is not in it".to_owned(),
        ),
        None => Err("the manifest does not say whether it was made from a copy".to_owned()),
    }
}

fn values(bytes: &[u8]) -> Result<Vec<Value>, String> {
    let text = std::str::from_utf8(bytes).map_err(|error| error.to_string())?;
    let lines = text.lines().map(serde_json::from_str);
    lines
        .collect::<Result<_, _>>()
        .map_err(|error: serde_json::Error| error.to_string())
}

struct Event {
    seq: i64,
    at: i64,
    kind: String,
    actor: String,
    body: String,
    hash: String,
}

fn events(bytes: &[u8]) -> Result<Vec<Event>, String> {
    let each = |value: Value| {
        let number = |name: &str| value.get(name).and_then(Value::as_i64);
        let text = |name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
        Some(Event {
            seq: number("seq")?,
            at: number("at")?,
            kind: text("kind")?,
            actor: text("actor")?,
            body: text("body")?,
            hash: text("hash")?,
        })
    };
    let events = values(bytes)?.into_iter().map(each);
    events
        .collect::<Option<_>>()
        .ok_or_else(|| "an event lacks a field".to_owned())
}

fn chain(events: &[Event], manifest: &Value) -> Result<(), String> {
    let mut head = vec![0; 32];
    for (event, expected) in events.iter().zip(1_i64..) {
        let mut digest = Digest::new(DigestAlgorithm::Sha256);
        digest.update(&head);
        digest.update(&event.seq.to_be_bytes());
        digest.update(&event.at.to_be_bytes());
        for text in [&event.kind, &event.actor, &event.body] {
            digest.update(&(text.len() as u64).to_be_bytes());
            digest.update(text.as_bytes());
        }
        head = digest.finish();
        if event.seq != expected || hex(&head) != event.hash {
            return Err(format!("event {} was changed", event.seq));
        }
    }
    let said = manifest
        .pointer("/head/sha256")
        .and_then(Value::as_str)
        .and_then(|text| unhex(text.as_bytes()));
    if said.as_deref() != Some(head.as_slice()) {
        return Err("the history does not end in the manifest's head".to_owned());
    }
    Ok(())
}

/// The digest of each batch over the rows as the store writes them: every column with its type and length.
fn batches(events: &[Event], decisions: &[Value]) -> Result<(), String> {
    let mut rows: BTreeMap<i64, (u64, Vec<u8>)> = BTreeMap::new();
    for decision in decisions {
        let event = decision
            .get("event")
            .and_then(Value::as_i64)
            .ok_or("a decision has no event")?;
        let (count, bytes) = rows.entry(event).or_default();
        *count += 1;
        bytes.push(b'R');
        for name in [
            "id",
            "item",
            "stage",
            "reviewer",
            "answer",
            "justification",
            "at",
            "late",
            "replaces",
            "event",
        ] {
            match decision.get(name) {
                Some(Value::Number(number)) => {
                    bytes.push(b'i');
                    bytes.extend_from_slice(&number.as_i64().unwrap_or_default().to_be_bytes());
                }
                Some(Value::String(text)) => {
                    bytes.push(b't');
                    bytes.extend_from_slice(&(text.len() as u64).to_be_bytes());
                    bytes.extend_from_slice(text.as_bytes());
                }
                _ => bytes.push(b'0'),
            }
        }
    }
    for event in events {
        let body: Value = serde_json::from_str(&event.body).unwrap_or_default();
        let said = body.get("decisions").filter(|said| said.is_object());
        let (count, mut bytes) = rows.remove(&event.seq).unwrap_or_default();
        let (Some(said), true) = (said, count > 0) else {
            if said.is_some() || count > 0 {
                return Err(format!("event {} and its decisions do not fit", event.seq));
            }
            continue;
        };
        bytes.push(b'T');
        let digest = said.get("sha256").and_then(Value::as_str);
        if said.get("rows").and_then(Value::as_u64) != Some(count)
            || digest != Some(&hex(&sha256(&bytes)))
        {
            return Err(format!("the decisions of event {} were changed", event.seq));
        }
    }
    match rows.keys().next() {
        Some(event) => Err(format!(
            "decisions of event {event}, which is not in the history"
        )),
        None => Ok(()),
    }
}

/// The ids of those whose access a decision may be about.
fn not_by(decision: &Value) -> impl Iterator<Item = i64> {
    let all = decision.pointer("/shown/not_by").and_then(Value::as_array);
    all.into_iter().flatten().filter_map(Value::as_i64)
}

/// Whether it is known whose access a decision is about.
fn is_somebodys(decision: &Value) -> bool {
    let subject = decision.pointer("/shown/subject_id");
    subject.is_some_and(Value::is_i64) || not_by(decision).next().is_some()
}

fn apart(decisions: &[Value]) -> Result<(), String> {
    let own = decisions.iter().find(|decision| {
        let subject = decision
            .pointer("/shown/subject_id")
            .and_then(Value::as_i64);
        let reviewer = decision.get("reviewer").and_then(Value::as_i64);
        reviewer.is_some()
            && (subject == reviewer || not_by(decision).any(|id| Some(id) == reviewer))
    });
    match own {
        Some(decision) => Err(format!("decision {} is about its reviewer", decision["id"])),
        None => Ok(()),
    }
}

fn late(decisions: &[Value], manifest: &Value) -> Result<(), String> {
    let deadline = manifest.get("deadline").and_then(Value::as_str);
    let deadline = deadline.and_then(|text| crate::kernel::time::Timestamp::parse(text).ok());
    let deadline = deadline.ok_or("the manifest has no deadline")?.unix();
    let wrong = decisions.iter().find(|decision| {
        let at = decision
            .get("at")
            .and_then(Value::as_i64)
            .unwrap_or_default();
        (at > deadline) != (decision.get("late").and_then(Value::as_i64) == Some(1))
    });
    match wrong {
        Some(decision) => Err(format!(
            "decision {} is not marked as it should be",
            decision["id"]
        )),
        None => Ok(()),
    }
}

fn sign_off(events: &[Event], manifest: &Value) -> Result<(), String> {
    let closed = events.iter().find(|event| event.kind == "closed");
    let said = manifest.get("closed").filter(|closed| !closed.is_null());
    match (closed, said) {
        (None, None) => Err("the campaign is not closed: nobody has acknowledged it".to_owned()),
        (Some(event), Some(said)) => {
            let body: Value = serde_json::from_str(&event.body).unwrap_or_default();
            let same = ["acknowledged_by", "statement"]
                .iter()
                .all(|name| body.get(name) == said.get(name));
            same.then_some(())
                .ok_or_else(|| "the manifest names someone else".to_owned())
        }
        _ => Err("the manifest and the history disagree".to_owned()),
    }
}
