//! What an auditor gets: population, sources, decisions, conduct, remediation and sign-off in files, a manifest over them,
//! and a signature over the manifest. The same campaign gives the same bytes.
//!
//! | file | what it holds |
//! |---|---|
//! | `manifest.json` | the SHA-256 of every other file, the campaign, the head of its history |
//! | `signature.json` | Ed25519 over the bytes of `manifest.json` |
//! | `events.ndjson` | the history: each event with the hash over it and the one before |
//! | `population.csv` | every grant under review |
//! | `sources.json` | the exports: source, scope, completeness, integrity, precision |
//! | `decisions.ndjson` | every decision with its reviewer, time, justification and batch |
//! | `outcomes.csv` | what each item came to, and whether a person decided it |
//! | `findings.csv` | what the rules found, and `gaps.csv` what they could not judge |
//! | `conduct.json` | how each reviewer decided |
//! | `report.html` | all of it as one page to read, and `sources.json` the sheet about its sources |
//! | `policy.toml` | the policy in force |
//! | `controls.json` | which control which file is evidence for |

mod controls;
mod verify;

pub use controls::controls_of;
pub use verify::{Check, Verification, verify};

use std::io;

use base64::Engine as _;
use serde_json::{Value, json};

use super::campaign::check::severity;
use super::campaign::conduct::Conduct;
use super::campaign::desk::Desk;
use super::campaign::eligible::Eligible;
use super::campaign::progress::standing;
use super::results::{Results, html};
use super::rules;
use super::store::{Event, SourceRow, Store, StoreError};
use crate::kernel::arrange::Arrange as _;
use crate::kernel::crypto::{SignError, SignatureAlgorithm, SystemRandom, hex, sha256, sign};
use crate::kernel::key::{PrivateKey, thumbprint};
use crate::kernel::report::csv::Writer;
use crate::kernel::time::Timestamp;

/// Why there is no bundle.
#[derive(Debug, thiserror::Error)]
pub enum EvidenceError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The key.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// Writing.
    #[error("{0}")]
    Write(String),
}

impl From<io::Error> for EvidenceError {
    fn from(error: io::Error) -> Self {
        Self::Write(error.to_string())
    }
}

/// A file of the bundle.
pub type File = (String, Vec<u8>);

/// Makes a bundle of results, which only a campaign gives that is as it was written.
///
/// # Errors
/// [`EvidenceError`].
pub fn bundle(
    store: &Store,
    results: &Results,
    key: &PrivateKey,
    version: &str,
) -> Result<Vec<File>, EvidenceError> {
    let desk = &results.desk;
    let events = store.events()?;
    let mut files: Vec<File> = vec![
        ("events.ndjson".to_owned(), events_file(&events)),
        ("population.csv".to_owned(), population(desk)?),
        (
            "sources.json".to_owned(),
            pretty(&sources_file(&results.sources)),
        ),
        ("decisions.ndjson".to_owned(), decisions(desk)),
        ("outcomes.csv".to_owned(), outcomes(desk)?),
        ("findings.csv".to_owned(), findings(desk)?),
        ("gaps.csv".to_owned(), gaps(store)?),
        ("conduct.json".to_owned(), pretty(&conduct(desk))),
        (
            "policy.toml".to_owned(),
            desk.policy.text.clone().into_bytes(),
        ),
        ("controls.json".to_owned(), pretty(&controls::map())),
        (
            "report.html".to_owned(),
            html(results, version).into_bytes(),
        ),
    ];
    files.arrange();
    let (seq, head) = &results.head;
    let manifest = pretty(&json!({
        "schema": "countersign/review-evidence/v1",
        "tool": format!("countersign {version}"),
        "campaign": desk.id,
        "name": desk.policy.name,
        "state": desk.state.name,
        // A copy may lack what was written to the campaign since, and cannot know.
        "from_copy": store.was_copied()?,
        "opened": time(desk.state.opened_at),
        "deadline": time(desk.state.deadline),
        "closed": desk.state.closed.as_ref().map(|(at, _, body)| json!({
            "at": time(Some(*at)),
            "acknowledged_by": body.get("acknowledged_by"),
            "statement": body.get("statement"),
        })),
        "items": desk.items.len(),
        "decisions": desk.decisions.len(),
        "policy_sha256": desk.policy.sha256,
        "head": { "events": seq, "sha256": head },
        "files": files.iter().map(|(name, bytes)| json!({
            "name": name, "bytes": bytes.len(), "sha256": hex(&sha256(bytes)),
        })).collect::<Vec<_>>(),
    }));
    // Ed25519 takes no randomness: the same manifest has one signature.
    let signature = sign(
        SignatureAlgorithm::Ed25519,
        key,
        &manifest,
        &SystemRandom::default(),
    )?;
    let signature = pretty(&json!({
        "algorithm": "Ed25519",
        "over": "manifest.json",
        "key": thumbprint(&key.public()),
        "signature": base64::engine::general_purpose::STANDARD.encode(signature),
    }));
    files.push(("manifest.json".to_owned(), manifest));
    files.push(("signature.json".to_owned(), signature));
    Ok(files)
}

fn pretty(value: &Value) -> Vec<u8> {
    let mut text = format!("{value:#}").into_bytes();
    text.push(b'\n');
    text
}

fn time(seconds: Option<i64>) -> Option<String> {
    seconds
        .and_then(Timestamp::from_unix)
        .map(|time| time.to_string())
}

fn lines(values: impl Iterator<Item = Value>) -> Vec<u8> {
    let mut out = Vec::new();
    for value in values {
        out.extend_from_slice(value.to_string().as_bytes());
        out.push(b'\n');
    }
    out
}

fn events_file(events: &[Event]) -> Vec<u8> {
    lines(events.iter().map(|event| {
        json!({
            "seq": event.seq, "at": event.at, "kind": event.kind, "actor": event.actor,
            "body": event.body, "hash": hex(&event.hash),
        })
    }))
}

fn decisions(desk: &Desk) -> Vec<u8> {
    let eligible = Eligible::of(desk);
    lines(desk.decisions.iter().map(|decision| {
        let item = desk.item(decision.item);
        json!({
            "id": decision.id,
            "item": decision.item,
            "stage": decision.stage,
            "reviewer": decision.reviewer,
            "answer": decision.answer.name(),
            "justification": decision.justification,
            "at": decision.at,
            "late": u8::from(decision.late),
            "replaces": decision.replaces,
            "event": decision.event,
            "shown": {
                "time": time(Some(decision.at)),
                "reviewer": desk.person_label(decision.reviewer),
                "subject": item.and_then(|item| item.subject).map(|id| desk.person_label(id)),
                "subject_id": item.and_then(|item| item.subject),
                "not_by": item.map(|item| eligible.barred_ids(item)),
                "account": item.map(|item| format!("{}/{}", item.system, item.account)),
                "access": item.map(|item| format!("{} {}", item.kind.name(), item.entitlement)),
            },
        })
    }))
}

fn population(desk: &Desk) -> Result<Vec<u8>, EvidenceError> {
    let mut bytes = Vec::new();
    let header = [
        "item",
        "system",
        "account",
        "person",
        "kind",
        "entitlement",
        "scope",
        "how",
        "path",
        "granted",
        "granted_by",
        "last_used",
        "expires",
        "risk",
        "new",
        "source",
        "row",
    ];
    let mut writer = Writer::new(&mut bytes, &header)?;
    for item in &desk.items {
        writer.row(&[
            format!("i{}", item.id),
            item.system.clone(),
            item.account.clone(),
            item.subject
                .map(|id| desk.person_label(id))
                .unwrap_or_default(),
            item.kind.name().to_owned(),
            item.entitlement.clone(),
            item.scope.clone(),
            item.how.name().to_owned(),
            item.path.clone(),
            item.granted.text(),
            item.granted_by.clone(),
            item.last_used.text(),
            item.expires.text(),
            severity(item.risk)
                .map_or("", |severity| severity.name())
                .to_owned(),
            if item.changed { "new" } else { "" }.to_owned(),
            item.place.0.to_string(),
            item.place.1.to_string(),
        ])?;
    }
    writer.finish()?;
    Ok(bytes)
}

fn outcomes(desk: &Desk) -> Result<Vec<u8>, EvidenceError> {
    let mut bytes = Vec::new();
    let header = [
        "item",
        "account",
        "access",
        "outcome",
        "decided_by",
        "stages",
        "stages_contradict",
    ];
    let mut writer = Writer::new(&mut bytes, &header)?;
    let closed = desk.state.name == "closed";
    for (item, case) in desk.items.iter().zip(&desk.cases) {
        let (outcome, by) = standing(&desk.policy, case, closed);
        let stages: Vec<&str> = case.stages.iter().map(|stage| stage.name()).collect();
        writer.row(&[
            format!("i{}", item.id),
            format!("{}/{}", item.system, item.account),
            format!("{} {}", item.kind.name(), item.entitlement),
            outcome.name().to_owned(),
            by.to_owned(),
            stages.join(" > "),
            if case.conflict { "yes" } else { "" }.to_owned(),
        ])?;
    }
    writer.finish()?;
    Ok(bytes)
}

fn findings(desk: &Desk) -> Result<Vec<u8>, EvidenceError> {
    let mut bytes = Vec::new();
    let mut writer = Writer::new(&mut bytes, &["severity", "rule", "about", "what"])?;
    for finding in &desk.findings {
        let item = finding.item.map(|id| format!("i{id}"));
        writer.row(&[
            severity(finding.severity).map_or("", |severity| severity.name()),
            &finding.rule,
            &item.unwrap_or_else(|| finding.account.clone()),
            &finding.text,
        ])?;
    }
    writer.finish()?;
    Ok(bytes)
}

fn gaps(store: &Store) -> Result<Vec<u8>, EvidenceError> {
    let mut bytes = Vec::new();
    let mut writer = Writer::new(&mut bytes, &["rule", "subjects", "not_evaluable_because"])?;
    for (rule, reason, subjects) in store.gaps()? {
        writer.row(&[rule, subjects.to_string(), reason])?;
    }
    writer.finish()?;
    Ok(bytes)
}

/// The sheet about information produced by the entity: where each list comes from and what became of its rows.
pub fn sources_file(sources: &[SourceRow]) -> Value {
    let each = |source: &SourceRow| {
        let [read, kept, rejected, repeated, blank] = source.rows;
        json!({
            "source": { "id": source.id, "kind": source.kind, "file": source.name, "exported": source.exported.text(), "imported": time(Some(source.imported)) },
            "scope": { "filter": source.query, "remarks": source.remarks },
            "completeness": { "read": read, "kept": kept, "rejected": rejected, "repeated": repeated, "blank": blank },
            "integrity": { "sha256": source.sha256, "bytes": source.bytes },
            "precision": { "usage_since": source.covers_from.text() },
            "problems": source.problems.iter().map(|(line, field, reason, rejected)| json!({
                "line": line, "field": field, "reason": reason, "rejected": rejected,
            })).collect::<Vec<_>>(),
        })
    };
    json!({ "sources": sources.iter().map(each).collect::<Vec<_>>() })
}

fn conduct(desk: &Desk) -> Value {
    let conduct = Conduct::new(&desk.decisions, &desk.items);
    let reviewers: Vec<Value> = conduct
        .figures()
        .into_iter()
        .map(|(reviewer, figures)| {
            json!({
                "reviewer": desk.person_label(reviewer),
                "decisions": figures.decisions,
                "accepted": figures.accepted,
                "late": figures.late,
                "batches": figures.batches,
                "largest_batch": figures.largest_batch,
                "seconds_from_first_to_last": figures.span,
                "different_justifications": figures.justifications,
            })
        })
        .collect();
    let said: Vec<Value> = rules::CONDUCT
        .iter()
        .flat_map(|(rule, judge)| {
            judge(&conduct)
                .into_iter()
                .map(|said| (rule.id, said))
                .collect::<Vec<_>>()
        })
        .map(|(rule, said)| {
            json!({
                "rule": rule, "severity": said.severity.name(),
                "reviewer": desk.person_label(said.reviewer), "what": said.text,
            })
        })
        .collect();
    json!({ "reviewers": reviewers, "findings": said })
}
