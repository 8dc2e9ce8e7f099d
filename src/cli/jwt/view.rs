//! How verdicts about tokens look: `countersign/token-verdict/v1`.

use serde_json::{Value, json};

use crate::cli::outcome::View;
use crate::cli::paint::{Paint, Tone};
use crate::jwt::{KeyOutcome, Reason, SignatureVerdict, TokenError, TokenVerdict, forensics};
use crate::kernel::document::Node;
use crate::kernel::finding::Finding;
use crate::kernel::time::{Leeway, Timestamp, humanize};

/// What is weak about a token, for people.
pub(super) fn advice(paint: &mut Paint, advice: &[Finding]) {
    if advice.is_empty() {
        return;
    }
    paint.gap();
    for finding in advice {
        let word = format!("{}[{}]", finding.severity, finding.rule.id);
        paint.toned(Tone::Warn, &word, &format!(": {}", finding.message));
        paint.line(&format!("  help: {}", finding.help));
    }
}

/// What is weak about a token, for programs.
pub(super) fn advice_json(advice: &[Finding]) -> Vec<Value> {
    advice
        .iter()
        .map(|finding| {
            json!({
                "rule": finding.rule.id,
                "severity": finding.severity.name(),
                "message": finding.message,
                "help": finding.help,
            })
        })
        .collect()
}

/// A verdict about a token.
pub(super) struct VerdictView {
    pub(super) place: String,
    pub(super) issuer_checked: bool,
    pub(super) leeway: Leeway,
    pub(super) cause: Option<forensics::Found>,
    pub(super) hint: Option<String>,
    pub(super) advice: Vec<Finding>,
    pub(super) verdict: TokenVerdict,
    pub(super) now: Timestamp,
}

impl View for VerdictView {
    fn human(&self, paint: &mut Paint) {
        let rest = format!(
            ": the token found in {}, judged at {}",
            self.place, self.now
        );
        match &self.cause {
            _ if self.verdict.is_accepted() => paint.toned(Tone::Good, "accepted", &rest),
            Some(cause) => {
                paint.toned(Tone::Bad, "refused", &format!(": {}", cause.text));
                let place = format!("found in {}, judged at {}", self.place, self.now);
                paint.field("token", &place, None);
            }
            None => paint.toned(Tone::Bad, "refused", &rest),
        }
        let (text, tone) = signature(&self.verdict.signature);
        paint.field("signature", &text, Some(tone));
        for line in self.verdict.signature.iter().flat_map(keys_of) {
            paint.field("", &line, Some(Tone::Dim));
        }
        if let Some(hint) = &self.hint {
            paint.field("hint", hint, Some(Tone::Warn));
        }
        if let (Ok(_), Err(error)) = (&self.verdict.signature, &self.verdict.claims) {
            paint.field("claims", &error.to_string(), Some(Tone::Bad));
        }
        for check in &self.verdict.checks {
            let (text, tone) = match check.failure {
                None if check.by_leeway => (
                    format!(
                        "{}, only by the leeway of {}",
                        check.actual,
                        humanize(self.leeway.get())
                    ),
                    Tone::Warn,
                ),
                None => (check.actual.clone(), Tone::Good),
                Some(_) => (
                    format!("expected {}, found {}", check.expected, check.actual),
                    Tone::Bad,
                ),
            };
            paint.field(&check.claim, &text, Some(tone));
        }
        if !self.issuer_checked {
            paint.field("iss", "not checked (no --iss)", Some(Tone::Warn));
        }
        let reasons = self.verdict.reasons();
        for reason in &reasons {
            let page = reason.page();
            paint.field("reason", &format!("{}: {}", page.code, page.title), None);
        }
        let code = match &self.cause {
            Some(cause) => Some(cause.cause.code()),
            None => reasons.first().map(|reason| reason.code()),
        };
        if let Some(code) = code {
            let more = format!("countersign explain {code}");
            paint.field("more", &more, Some(Tone::Dim));
        }
        advice(paint, &self.advice);
    }

    fn json(&self) -> Value {
        let reasons: Vec<&str> = self
            .verdict
            .reasons()
            .into_iter()
            .map(Reason::code)
            .collect();
        let checks: Vec<Value> = self
            .verdict
            .checks
            .iter()
            .map(|check| {
                json!({
                    "claim": check.claim,
                    "ok": check.failure.is_none(),
                    "expected": check.expected,
                    "actual": check.actual,
                    "by_leeway": check.by_leeway,
                    "reason": check.failure.map(Reason::code),
                })
            })
            .collect();
        let keys: Vec<Value> = self.verdict.signature.iter().flat_map(keys_json).collect();
        let (text, tone) = signature(&self.verdict.signature);
        json!({
            "schema": "countersign/token-verdict/v1",
            "accepted": self.verdict.is_accepted(),
            "reasons": reasons,
            "judged_at": self.now.to_string(),
            "signature": {"ok": tone == Tone::Good, "text": text, "keys": keys},
            "checks": checks,
            "issuer_checked": self.issuer_checked,
            "cause": self.cause.as_ref().map(|cause| cause.cause.code()),
            "hint": self.cause.as_ref().map(|cause| &cause.text).or(self.hint.as_ref()),
            "claims": self.verdict.claims.as_ref().ok().map(Node::to_json),
            "advice": advice_json(&self.advice),
        })
    }
}

fn signature(verdict: &Result<SignatureVerdict, TokenError>) -> (String, Tone) {
    match verdict {
        Err(error) => (format!("NOT CHECKED: {error}"), Tone::Bad),
        Ok(verdict) => told(verdict),
    }
}

/// What a signature is worth, in words.
pub(super) fn told(verdict: &SignatureVerdict) -> (String, Tone) {
    match verdict {
        SignatureVerdict::Valid { key, algorithm } => (
            format!("valid, {algorithm} under the key {key}"),
            Tone::Good,
        ),
        SignatureVerdict::Invalid { .. } => ("INVALID under each key that fits".into(), Tone::Bad),
        SignatureVerdict::NoKey { .. } => ("NOT CHECKED: no key fits".into(), Tone::Bad),
        SignatureVerdict::AlgorithmRefused { found, accepted } => {
            let accepted: Vec<&str> = accepted.iter().map(|algorithm| algorithm.name()).collect();
            let text = format!(
                "NOT CHECKED: the token says `{found}`; accepted are {}",
                accepted.join(", ")
            );
            (text, Tone::Bad)
        }
    }
}

/// What became of each key that was not the one, a line each.
pub(super) fn keys_of(verdict: &SignatureVerdict) -> Vec<String> {
    let line = |(name, outcome): &(String, KeyOutcome)| match outcome {
        KeyOutcome::Tried => format!("key {name}: tried, not its signature"),
        KeyOutcome::Skipped(reason) => format!("key {name}: passed over: {reason}"),
    };
    outcomes(verdict).iter().map(line).collect()
}

/// The same for programs.
pub(super) fn keys_json(verdict: &SignatureVerdict) -> Vec<Value> {
    let each = |(name, outcome): &(String, KeyOutcome)| {
        let skipped = match outcome {
            KeyOutcome::Tried => None,
            KeyOutcome::Skipped(reason) => Some(reason.to_string()),
        };
        json!({"key": name, "tried": skipped.is_none(), "passed_over": skipped})
    };
    outcomes(verdict).iter().map(each).collect()
}

fn outcomes(verdict: &SignatureVerdict) -> &[(String, KeyOutcome)] {
    match verdict {
        SignatureVerdict::Invalid { keys } | SignatureVerdict::NoKey { keys } => keys,
        _ => &[],
    }
}
