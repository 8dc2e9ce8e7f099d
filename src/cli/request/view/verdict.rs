//! A verdict about a message: `countersign/request-verdict/v1`.

use std::sync::Arc;

use serde_json::{Value, json};

use super::parts::{Told, body, coverage, freshness, mac, replay};
use crate::cli::outcome::View;
use crate::cli::paint::{Paint, Tone};
use crate::cli::request::input::Loaded;
use crate::kernel::finding::Finding;
use crate::kernel::report::Report;
use crate::kernel::source::{Source, Span};
use crate::request::{Message, Reason, Unsigned, Verdict};

/// What was found out about one message.
pub(in crate::cli::request) struct VerdictView {
    name: String,
    state: State,
    forgiven: Vec<String>,
    hint: Option<String>,
    show_base: bool,
    undecidable: Vec<String>,
    unreliable: Vec<String>,
    place: Option<(Arc<Source>, Span)>,
}

// The fields that carry the signatures of most schemes.
const SIGNATURES: [&str; 6] = [
    "signature-input",
    "signature",
    "webhook-signature",
    "x-hub-signature-256",
    "stripe-signature",
    "authorization",
];

enum State {
    Judged(Vec<Verdict>),
    Unsigned(Unsigned),
}

impl VerdictView {
    /// The verdicts about a message, or why there are none.
    pub(in crate::cli::request) fn new(
        message: &Message,
        verdicts: Result<Vec<Verdict>, Unsigned>,
    ) -> Self {
        Self {
            name: message.source.name().to_owned(),
            state: match verdicts {
                Ok(verdicts) => State::Judged(verdicts),
                Err(unsigned) => State::Unsigned(unsigned),
            },
            forgiven: message.forgiven.clone(),
            hint: None,
            show_base: false,
            undecidable: Vec::new(),
            unreliable: Vec::new(),
            place: message
                .fields
                .iter()
                .find(|field| {
                    SIGNATURES
                        .iter()
                        .any(|name| field.name().eq_ignore_ascii_case(name))
                })
                .map(|field| (Arc::clone(&message.source), field.place(&message.source))),
        }
    }

    /// Adds what would have made the MAC match.
    pub(in crate::cli::request) fn hint(mut self, hint: String) -> Self {
        self.hint = Some(hint);
        self
    }

    /// Shows the text that was signed, too.
    pub(in crate::cli::request) fn show_base(mut self, show: bool) -> Self {
        self.show_base = show;
        self
    }

    /// Adds why the message may not be what was sent.
    pub(in crate::cli::request) fn recorded(mut self, from: &Loaded) -> Self {
        self.undecidable = [from.unreliable.as_slice(), &from.undecidable].concat();
        self.unreliable = from.unreliable.clone();
        self
    }

    /// Whether it is refused for certain: a signature that does not match proves nothing where the message may not be
    /// what was sent.
    pub(in crate::cli::request) fn is_refused(&self) -> bool {
        !self.is_accepted() && self.undecidable.is_empty()
    }

    /// Whether one signature is good, of a message that is known.
    pub(in crate::cli::request) fn is_accepted(&self) -> bool {
        match &self.state {
            State::Judged(_) if !self.unreliable.is_empty() => false,
            State::Judged(verdicts) => verdicts.iter().any(Verdict::is_accepted),
            State::Unsigned(_) => false,
        }
    }

    /// Why the message is refused: the reasons of its best signature.
    pub(in crate::cli::request) fn reasons(&self) -> Vec<Reason> {
        let mut reasons = match &self.state {
            State::Judged(verdicts) => best(verdicts).map(Verdict::reasons).unwrap_or_default(),
            State::Unsigned(unsigned) => vec![unsigned.reason],
        };
        if !self.unreliable.is_empty() {
            reasons.push(Reason::RecordingUnreliable);
        }
        reasons
    }

    /// The signature that decides: a good one, or the one that fails least.
    pub(in crate::cli::request) fn deciding(&self) -> Option<&Verdict> {
        match &self.state {
            State::Judged(verdicts) => best(verdicts),
            State::Unsigned(_) => None,
        }
    }
}

fn best(verdicts: &[Verdict]) -> Option<&Verdict> {
    verdicts
        .iter()
        .min_by_key(|verdict| verdict.reasons().len())
}

impl View for VerdictView {
    fn human(&self, paint: &mut Paint) {
        let (tone, word) = if self.is_accepted() {
            (Tone::Good, "accepted")
        } else if self.is_refused() {
            (Tone::Bad, "refused")
        } else {
            (Tone::Warn, "undecidable")
        };
        paint.toned(tone, word, &format!(": {}", self.name));
        for why in self.undecidable.iter().filter(|_| !self.is_accepted()) {
            paint.field("depends on", why, Some(Tone::Warn));
        }
        match &self.state {
            State::Unsigned(unsigned) => {
                paint.field("signature", &unsigned.message, Some(Tone::Bad));
            }
            State::Judged(verdicts) => {
                for verdict in verdicts {
                    if verdicts.len() > 1 {
                        paint.gap();
                    }
                    self.signature(paint, verdict, verdicts.len() > 1);
                }
                if verdicts.len() > 1 {
                    paint.gap();
                }
            }
        }
        if let Some(hint) = &self.hint {
            paint.field("hint", hint, Some(Tone::Warn));
        }
        for text in &self.forgiven {
            paint.field("forgiven", text, Some(Tone::Dim));
        }
        let reasons = self.reasons();
        for reason in &reasons {
            let page = reason.page();
            paint.field("reason", &format!("{}: {}", page.code, page.title), None);
        }
        if let Some(first) = reasons.first() {
            let text = format!("countersign explain {}", first.code());
            paint.field("more", &text, Some(Tone::Dim));
        }
    }

    fn json(&self) -> Value {
        let codes: Vec<&str> = self.reasons().iter().map(|reason| reason.code()).collect();
        let (signatures, message) = match &self.state {
            State::Judged(verdicts) => {
                let all = verdicts.iter().map(|verdict| self.signature_json(verdict));
                (all.collect(), None)
            }
            State::Unsigned(unsigned) => (Vec::new(), Some(&unsigned.message)),
        };
        json!({
            "schema": "countersign/request-verdict/v1",
            "input": self.name,
            "accepted": self.is_accepted(),
            "reasons": codes,
            "message": message,
            "signatures": signatures,
            "hint": self.hint,
            "forgiven": self.forgiven,
            "depends_on": self.undecidable,
        })
    }

    fn report(&self) -> Option<Report> {
        Some(Report {
            findings: self.findings(),
            counts: vec![("messages", 1)],
            ..Report::default()
        })
    }
}

/// Verdicts about several messages: `countersign/request-verdicts/v1`.
pub(in crate::cli::request) struct VerdictsView(pub(in crate::cli::request) Vec<VerdictView>);

impl View for VerdictsView {
    fn human(&self, paint: &mut Paint) {
        for view in &self.0 {
            view.human(paint);
            paint.gap();
        }
        let accepted = self.0.iter().filter(|view| view.is_accepted()).count();
        paint.line(&format!("{accepted} of {} messages accepted", self.0.len()));
    }

    fn json(&self) -> Value {
        let accepted = self.0.iter().filter(|view| view.is_accepted()).count();
        json!({
            "schema": "countersign/request-verdicts/v1",
            "messages": self.0.len(),
            "accepted": accepted,
            "verdicts": self.0.iter().map(View::json).collect::<Vec<_>>(),
        })
    }

    fn report(&self) -> Option<Report> {
        Some(Report {
            findings: self.0.iter().flat_map(VerdictView::findings).collect(),
            counts: vec![("messages", self.0.len())],
            ..Report::default()
        })
    }
}

impl VerdictView {
    // A refusal as findings: one for each reason, at the field that carries the signature.
    fn findings(&self) -> Vec<Finding> {
        if self.is_accepted() {
            return Vec::new();
        }
        let reasons = self.reasons().into_iter();
        reasons
            .map(|reason| {
                let rule = reason.rule();
                let help = format!("countersign explain {}", rule.id);
                let mut finding = Finding::new(rule, &self.name, rule.title).help(help);
                finding.undecided = !self.is_refused();
                for why in &self.undecidable {
                    finding = finding.because(why.as_str());
                }
                match &self.place {
                    Some((source, span)) => finding.at(source, *span, "the signature"),
                    None => finding,
                }
            })
            .collect()
    }

    fn signature(&self, paint: &mut Paint, verdict: &Verdict, several: bool) {
        let name = match &verdict.label {
            Some(label) => format!("`{label}`, {}", verdict.scheme),
            None => verdict.scheme.clone(),
        };
        if several {
            let (tone, word) = if verdict.is_accepted() {
                (Tone::Good, "good")
            } else {
                (Tone::Bad, "bad")
            };
            paint.field("signature", &format!("{name}: {word}"), Some(tone));
        } else {
            paint.field("signature", &name, None);
        }
        if let Some(conflict) = &verdict.target_conflict {
            paint.field("target", &format!("CONFLICT: {conflict}"), Some(Tone::Bad));
        }
        for (label, told) in parts(verdict) {
            paint.field(label, &told.text, Some(told.tone));
        }
        for note in &verdict.notes {
            paint.field("note", note, Some(Tone::Warn));
        }
        if let Some(signed) = verdict.signed.as_ref().filter(|_| self.show_base) {
            for text in signed.shown() {
                paint.gap();
                paint.toned(Tone::Strong, text.title, "");
                for line in text.lines {
                    paint.line(&format!("  {}", String::from_utf8_lossy(&line.text)));
                }
            }
            paint.gap();
        }
    }

    fn signature_json(&self, verdict: &Verdict) -> Value {
        let codes: Vec<&str> = verdict.reasons().iter().map(|r| r.code()).collect();
        let part = |told: Told| json!({"ok": told.tone != Tone::Bad, "text": told.text});
        let coverage_told = coverage(verdict);
        let base = verdict.signed.as_ref().filter(|_| self.show_base);
        json!({
            "scheme": verdict.scheme,
            "label": verdict.label,
            "key_id": verdict.key_id,
            "accepted": verdict.is_accepted(),
            "reasons": codes,
            "target_conflict": verdict.target_conflict.as_ref().map(ToString::to_string),
            "mac": part(mac(&verdict.mac)),
            "freshness": part(freshness(&verdict.freshness, verdict.window)),
            "replay": replay(verdict.replay, verdict.window).map(part),
            "coverage": {
                "ok": coverage_told.tone != Tone::Bad,
                "text": coverage_told.text,
                "covered": verdict.covered(),
                "missing": verdict.coverage.missing,
            },
            "body": part(body(&verdict.body)),
            "notes": verdict.notes,
            "signed_text": base.map(|base| String::from_utf8_lossy(&base.last_text()).into_owned()),
        })
    }
}

fn parts(verdict: &Verdict) -> Vec<(&'static str, Told)> {
    let mut parts = vec![
        ("mac", mac(&verdict.mac)),
        ("freshness", freshness(&verdict.freshness, verdict.window)),
    ];
    if let Some(told) = replay(verdict.replay, verdict.window) {
        parts.push(("replay", told));
    }
    parts.push(("coverage", coverage(verdict)));
    parts.push(("body", body(&verdict.body)));
    parts
}
