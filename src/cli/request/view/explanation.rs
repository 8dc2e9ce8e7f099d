//! Why a message is refused: `countersign/request-explanation/v1`.

use serde_json::{Value, json};

use super::verdict::VerdictView;
use crate::cli::outcome::View;
use crate::cli::paint::{Paint, Tone};
use crate::request::ShownText;
use crate::request::explain::{Goal, LineChange, Search};

/// An explanation.
pub(in crate::cli::request) struct ExplanationView {
    pub(in crate::cli::request) verdict: VerdictView,
    pub(in crate::cli::request) without_key: bool,
    pub(in crate::cli::request) causes: Vec<Cause>,
    pub(in crate::cli::request) texts: Vec<ShownText>,
    pub(in crate::cli::request) compared: Vec<Compared>,
}

/// What a search for a cause came to.
pub(in crate::cli::request) struct Cause(pub(in crate::cli::request) Search);

/// Our text and theirs.
pub(in crate::cli::request) struct Compared {
    pub(in crate::cli::request) title: &'static str,
    pub(in crate::cli::request) lines: Vec<LineChange>,
}

impl Cause {
    fn verb(&self) -> &'static str {
        match self.0.goal {
            Goal::Mac => "it verifies if",
            Goal::Body => "the body matches its digest if",
        }
    }

    fn text(&self) -> String {
        match &self.0.found {
            Some(steps) => {
                let steps: Vec<&str> = steps.iter().map(|step| step.text.as_str()).collect();
                format!("{} {}", self.verb(), steps.join(", and "))
            }
            None if self.0.exhausted => format!(
                "NOT FOUND among the first {} variants; the search ended there",
                self.0.tried
            ),
            None => format!(
                "NOT FOUND: none of {} variants of message and key verifies; another key, or a change that is \
                 not a usual one",
                self.0.tried
            ),
        }
    }
}

impl View for ExplanationView {
    fn human(&self, paint: &mut Paint) {
        for cause in &self.causes {
            let tone = if cause.0.found.is_some() {
                Tone::Good
            } else {
                Tone::Warn
            };
            paint.toned(tone, "cause", &format!(": {}", cause.text()));
            for step in cause.0.found.iter().flatten() {
                paint.field("code", step.cause.code(), Some(Tone::Dim));
            }
            paint.gap();
        }
        if self.without_key {
            paint.toned(
                Tone::Warn,
                "no key given",
                ": the signature is NOT VERIFIED",
            );
        } else {
            self.verdict.human(paint);
        }
        for text in &self.texts {
            paint.gap();
            paint.toned(Tone::Strong, text.title, "");
            for line in &text.lines {
                shown(paint, &line.text, &line.origin);
            }
        }
        paint_compared(paint, &self.compared);
    }

    fn json(&self) -> Value {
        let causes = self.causes.iter().map(|cause| {
            let steps = cause.0.found.iter().flatten();
            json!({
                "found": cause.0.found.is_some(),
                "text": cause.text(),
                "steps": steps
                    .map(|step| json!({"code": step.cause.code(), "text": step.text}))
                    .collect::<Vec<_>>(),
                "tried": cause.0.tried,
                "exhausted": cause.0.exhausted,
            })
        });
        let texts = self.texts.iter().map(|text| {
            let lines = text.lines.iter().map(
                |line| json!({"text": String::from_utf8_lossy(&line.text), "origin": line.origin}),
            );
            json!({"title": text.title, "lines": lines.collect::<Vec<_>>()})
        });
        json!({
            "schema": "countersign/request-explanation/v1",
            "verified": !self.without_key,
            "causes": causes.collect::<Vec<_>>(),
            "verdict": self.verdict.json(),
            "texts": texts.collect::<Vec<_>>(),
            "compared": compared_json(&self.compared),
        })
    }
}

/// Shows two texts side by side.
pub(super) fn paint_compared(paint: &mut Paint, compared_texts: &[Compared]) {
    for compared in compared_texts {
        paint.gap();
        let same = compared
            .lines
            .iter()
            .all(|line| matches!(line, LineChange::Same(_)));
        let rest = if same {
            ": ours and the expected one are the same"
        } else {
            ": `-` stands in the expected text alone, `+` in ours alone"
        };
        paint.toned(Tone::Strong, compared.title, rest);
        for line in compared.lines.iter().filter(|_| !same) {
            match line {
                LineChange::Same(text) => paint.line(&format!("    {text}")),
                LineChange::Theirs(text) => paint.toned(Tone::Bad, "  - ", text),
                LineChange::Ours(text) => paint.toned(Tone::Good, "  + ", text),
            }
        }
    }
}

/// The same for programs.
pub(super) fn compared_json(compared: &[Compared]) -> Vec<Value> {
    let each = compared.iter().map(|compared| {
        let lines = compared.lines.iter().map(|line| match line {
            LineChange::Same(text) => json!({"in": "both", "text": text}),
            LineChange::Ours(text) => json!({"in": "ours", "text": text}),
            LineChange::Theirs(text) => json!({"in": "expected", "text": text}),
        });
        json!({"title": compared.title, "lines": lines.collect::<Vec<_>>()})
    });
    each.collect()
}

// A part may hold several lines, or end with a line end that is signed too.
fn shown(paint: &mut Paint, text: &[u8], origin: &str) {
    let text = String::from_utf8_lossy(text);
    let mut lines: Vec<&str> = text.split('\n').collect();
    if lines.len() > 1 && lines.last() == Some(&"") {
        lines.pop();
    }
    for (index, line) in lines.iter().enumerate() {
        let note = if index == 0 { origin } else { "" };
        paint.noted(&format!("  {line}"), note);
    }
}
