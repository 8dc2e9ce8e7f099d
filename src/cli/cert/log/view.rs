//! How verdicts about a log look: `countersign/log-verdict/v1`, `countersign/log-watch/v1`.

use serde_json::{Value, json};

use super::scan::Found;
use crate::cert::issuance_log::{LogReason, Remark};
use crate::cli::exit::ExitCode;
use crate::cli::outcome::{Outcome, View};
use crate::cli::paint::{Paint, Tone};
use crate::kernel::record::{Decision, Verdict};

/// A verdict about a log, a proof, or a directory.
#[derive(Debug, Default)]
pub(super) struct VerdictView {
    pub(super) name: String,
    pub(super) size: Option<u64>,
    pub(super) root: Option<String>,
    pub(super) held: Vec<String>,
    pub(super) notes: Vec<String>,
    pub(super) problems: Vec<Found>,
}

impl VerdictView {
    /// The codes of the problems, each once.
    fn reasons(&self) -> Vec<&'static str> {
        let mut codes = Vec::new();
        for reason in LogReason::ALL {
            if self.problems.iter().any(|found| found.reason == reason) {
                codes.push(reason.code());
            }
        }
        codes
    }
}

/// The outcome with its record.
pub(super) fn verdict(action: &'static str, view: VerdictView) -> Outcome {
    let mut record = Verdict::new(
        action,
        view.name.clone(),
        view.root.clone().unwrap_or_default().as_bytes(),
    );
    record.reasons = view.reasons().into_iter().map(str::to_owned).collect();
    let holds = view.problems.is_empty();
    record.decision = if holds { Decision::Yes } else { Decision::No };
    let exit = if holds { ExitCode::Yes } else { ExitCode::No };
    Outcome::verdict(exit, view, record)
}

/// How many problems people are told.
const TOLD: usize = 50;

impl View for VerdictView {
    fn human(&self, paint: &mut Paint) {
        let rest = format!(": {}", self.name);
        if self.problems.is_empty() {
            paint.toned(Tone::Good, "holds", &rest);
        } else {
            paint.toned(Tone::Bad, "does not hold", &rest);
        }
        for held in &self.held {
            paint.field("yes", held, Some(Tone::Good));
        }
        for found in self.problems.iter().take(TOLD) {
            let text = format!("{}: {}", found.subject, found.detail);
            paint.field("no", &text, Some(Tone::Bad));
        }
        if let Some(more @ 1..) = self.problems.len().checked_sub(TOLD) {
            paint.field("no", &format!("and {more} more"), Some(Tone::Bad));
        }
        for note in &self.notes {
            paint.field("note", note, Some(Tone::Dim));
        }
        let reasons = self.reasons();
        for reason in LogReason::ALL {
            let page = reason.page();
            if reasons.contains(&page.code) {
                paint.field("reason", &format!("{}: {}", page.code, page.title), None);
            }
        }
        if let Some(first) = reasons.first() {
            let text = format!("countersign explain {first}");
            paint.field("more", &text, Some(Tone::Dim));
        }
    }

    fn json(&self) -> Value {
        let problems: Vec<Value> = self
            .problems
            .iter()
            .map(|found| {
                json!({
                    "reason": found.reason.code(),
                    "subject": found.subject,
                    "detail": found.detail,
                })
            })
            .collect();
        json!({
            "schema": "countersign/log-verdict/v1",
            "log": self.name,
            "holds": self.problems.is_empty(),
            "reasons": self.reasons(),
            "size": self.size,
            "root": self.root,
            "held": self.held,
            "notes": self.notes,
            "problems": problems,
        })
    }
}

/// What is unusual in a log.
#[derive(Debug)]
pub(super) struct WatchView {
    pub(super) name: String,
    pub(super) size: u64,
    pub(super) since: u64,
    pub(super) remarks: Vec<Remark>,
    pub(super) unlogged: Vec<Found>,
}

impl View for WatchView {
    fn human(&self, paint: &mut Paint) {
        let seen = self.size - self.since;
        let count = self.remarks.len() + self.unlogged.len();
        let rest = format!(": {seen} entries of {}", self.name);
        if count == 0 {
            paint.toned(Tone::Good, "nothing unusual", &rest);
        } else {
            paint.toned(Tone::Warn, "unusual", &rest);
        }
        for found in &self.unlogged {
            let text = format!("{}: {}", found.subject, found.detail);
            paint.field(found.reason.code(), &text, Some(Tone::Bad));
        }
        for remark in &self.remarks {
            let code = remark.anomaly.code();
            let text = format!(
                "entry {}, {}: {}",
                remark.index, remark.subject, remark.detail
            );
            paint.field(code, &text, Some(Tone::Warn));
        }
    }

    fn json(&self) -> Value {
        let remarks: Vec<Value> = self
            .remarks
            .iter()
            .map(|remark| {
                json!({
                    "anomaly": remark.anomaly.code(),
                    "index": remark.index,
                    "subject": remark.subject,
                    "detail": remark.detail,
                })
            })
            .collect();
        let unlogged: Vec<Value> = self
            .unlogged
            .iter()
            .map(|found| {
                json!({
                    "reason": found.reason.code(),
                    "subject": found.subject,
                    "detail": found.detail,
                })
            })
            .collect();
        json!({
            "schema": "countersign/log-watch/v1",
            "log": self.name,
            "size": self.size,
            "since": self.since,
            "anomalies": remarks,
            "seen": unlogged,
        })
    }
}
