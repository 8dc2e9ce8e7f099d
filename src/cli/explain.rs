//! `countersign explain`: what a rule or a reason code means and what to do about it.

use clap::Args as ClapArgs;
use serde_json::{Value, json};

use super::catalogue::{self, Entry};
use super::env::Env;
use super::error::{Failure, did_you_mean};
use super::outcome::{Outcome, View};
use super::paint::{Paint, Tone};

/// Explain a rule or a reason code
///
/// Every finding names its rule and every refusal its reason code. Without a code, all of them are listed.
#[derive(Debug, ClapArgs)]
#[command(after_long_help = "Examples:
  countersign explain
  countersign explain jwt-expired")]
pub(crate) struct Args {
    /// The rule id or reason code
    code: Option<String>,
}

struct Explanation(Entry);

struct Listing(Vec<Entry>);

/// Runs the verb.
pub(super) fn run(_env: &Env, args: Args) -> Result<Outcome, Failure> {
    let entries = catalogue::entries();
    let Some(code) = args.code else {
        return Ok(Outcome::view(Listing(entries)));
    };
    let close = did_you_mean(&code, entries.iter().map(|entry| entry.code)).map(str::to_owned);
    match entries.into_iter().find(|entry| entry.code == code) {
        Some(entry) => Ok(Outcome::view(Explanation(entry))),
        None => Err(
            Failure::usage(format!("there is no rule or reason code `{code}`")).hint(match close {
                Some(close) => format!("did you mean `{close}`?"),
                None => "`countersign explain` lists them all".to_owned(),
            }),
        ),
    }
}

impl View for Explanation {
    fn human(&self, paint: &mut Paint) {
        let entry = &self.0;
        paint.toned(Tone::Strong, entry.code, &format!(": {}", entry.title));
        if let Some(severity) = entry.severity {
            paint.line(&format!("severity: {severity}"));
        }
        paint.gap();
        for line in entry.text.trim().lines() {
            paint.line(line);
        }
    }

    fn json(&self) -> Value {
        json!({"schema": "countersign/explanation/v1", "entry": to_json(&self.0)})
    }
}

impl View for Listing {
    fn human(&self, paint: &mut Paint) {
        let width = self
            .0
            .iter()
            .map(|entry| entry.code.len())
            .max()
            .unwrap_or(0);
        let mut kind = "";
        for entry in &self.0 {
            if entry.kind != kind {
                if !kind.is_empty() {
                    paint.gap();
                }
                kind = entry.kind;
                paint.toned(Tone::Strong, kind, "");
            }
            paint.line(&format!("  {:<width$}  {}", entry.code, entry.title));
        }
    }

    fn json(&self) -> Value {
        let entries: Vec<Value> = self.0.iter().map(to_json).collect();
        json!({"schema": "countersign/catalogue/v1", "entries": entries})
    }
}

fn to_json(entry: &Entry) -> Value {
    json!({
        "code": entry.code,
        "kind": entry.kind,
        "title": entry.title,
        "severity": entry.severity.map(|severity| severity.name()),
        "text": entry.text,
    })
}
