//! How signed requests and verdicts about them look: `countersign/signed-request/v1`, `countersign/request-verdict/v1`.

use serde_json::{Value, json};

use crate::cli::outcome::View;
use crate::cli::paint::{Paint, Tone};
use crate::kernel::time::humanize;
use crate::request::Reason;
use crate::request::content_digest::DigestVerdict;
use crate::request::rfc9421::{Freshness, Mac, RequestVerdict, Signed, Window};

/// A signed request as JSON.
pub(super) struct SignedView {
    message: Vec<u8>,
    fields: Vec<String>,
    base: String,
}

impl SignedView {
    pub(super) fn new(signed: &Signed) -> Self {
        Self {
            message: signed.message.clone(),
            fields: signed.fields.clone(),
            base: signed.base.text().to_owned(),
        }
    }
}

impl View for SignedView {
    fn human(&self, paint: &mut Paint) {
        for field in &self.fields {
            paint.line(field);
        }
    }

    fn json(&self) -> Value {
        json!({
            "schema": "countersign/signed-request/v1",
            "message": String::from_utf8_lossy(&self.message),
            "fields": self.fields,
            "signature_base": self.base,
        })
    }
}

/// A verdict about a request.
pub(super) struct VerdictView {
    name: String,
    hint: Option<String>,
    state: State,
}

enum State {
    Judged {
        verdict: Box<RequestVerdict>,
        forgiven: Vec<String>,
        show_base: bool,
    },
    Unsigned {
        reason: Reason,
        message: String,
    },
}

impl VerdictView {
    pub(super) fn new(
        name: String,
        verdict: RequestVerdict,
        forgiven: Vec<String>,
        show_base: bool,
    ) -> Self {
        Self {
            name,
            hint: None,
            state: State::Judged {
                verdict: Box::new(verdict),
                forgiven,
                show_base,
            },
        }
    }

    /// Adds what would have made the MAC match.
    pub(super) fn hint(mut self, hint: Option<String>) -> Self {
        self.hint = hint;
        self
    }

    pub(super) fn unsigned(name: String, reason: Reason, message: String) -> Self {
        Self {
            name,
            hint: None,
            state: State::Unsigned { reason, message },
        }
    }
}

impl View for VerdictView {
    fn human(&self, paint: &mut Paint) {
        match &self.state {
            State::Unsigned { reason, message } => {
                paint.toned(Tone::Bad, "refused", &format!(": {}", self.name));
                paint.field("signature", message, Some(Tone::Bad));
                reasons(paint, &[*reason]);
            }
            State::Judged {
                verdict,
                forgiven,
                show_base,
            } => {
                let head = format!(": {}, signature `{}`", self.name, verdict.label);
                if verdict.is_accepted() {
                    paint.toned(Tone::Good, "accepted", &head);
                } else {
                    paint.toned(Tone::Bad, "refused", &head);
                }
                if let Some(conflict) = &verdict.target_conflict {
                    paint.field("target", &format!("CONFLICT: {conflict}"), Some(Tone::Bad));
                }
                for (label, (text, tone)) in [
                    ("mac", mac(&verdict.mac)),
                    ("freshness", freshness(&verdict.freshness, verdict.window)),
                    ("coverage", coverage(verdict)),
                    ("body digest", digest(verdict)),
                ] {
                    paint.field(label, &text, Some(tone));
                }
                if let Some(hint) = &self.hint {
                    paint.field("hint", hint, Some(Tone::Warn));
                }
                for text in forgiven {
                    paint.field("forgiven", text, Some(Tone::Dim));
                }
                reasons(paint, &verdict.reasons());
                if let Some(base) = verdict.base.as_ref().filter(|_| *show_base) {
                    paint.gap();
                    paint.toned(Tone::Strong, "signature base", "");
                    for line in base.text().split('\n') {
                        paint.line(&format!("  {line}"));
                    }
                }
            }
        }
    }

    fn json(&self) -> Value {
        match &self.state {
            State::Unsigned { reason, message } => json!({
                "schema": "countersign/request-verdict/v1",
                "input": self.name,
                "accepted": false,
                "reasons": [reason.code()],
                "message": message,
            }),
            State::Judged {
                verdict,
                forgiven,
                show_base,
            } => {
                let reasons: Vec<&str> = verdict.reasons().iter().map(|r| r.code()).collect();
                let part =
                    |(text, tone): (String, Tone)| json!({"ok": tone != Tone::Bad, "text": text});
                json!({
                    "schema": "countersign/request-verdict/v1",
                    "input": self.name,
                    "accepted": verdict.is_accepted(),
                    "reasons": reasons,
                    "target_conflict": verdict.target_conflict.as_ref().map(ToString::to_string),
                    "label": verdict.label,
                    "key_id": verdict.key_id,
                    "mac": part(mac(&verdict.mac)),
                    "freshness": part(freshness(&verdict.freshness, verdict.window)),
                    "coverage": {
                        "ok": coverage(verdict).1 != Tone::Bad,
                        "covered": verdict.coverage.covered,
                        "missing": verdict.coverage.missing,
                    },
                    "digest": part(digest(verdict)),
                    "hint": self.hint,
                    "forgiven": forgiven,
                    "signature_base": verdict.base.as_ref().filter(|_| *show_base).map(|base| base.text()),
                })
            }
        }
    }
}

fn reasons(paint: &mut Paint, reasons: &[Reason]) {
    for reason in reasons {
        let page = reason.page();
        paint.field("reason", &format!("{}: {}", page.code, page.title), None);
    }
    if let Some(first) = reasons.first() {
        paint.field(
            "more",
            &format!("countersign explain {}", first.code()),
            Some(Tone::Dim),
        );
    }
}

fn mac(mac: &Mac) -> (String, Tone) {
    match mac {
        Mac::Valid { key } => (format!("valid, under the key {key}"), Tone::Good),
        Mac::Invalid { tried } => (
            format!("INVALID, under each key tried: {}", tried.join(", ")),
            Tone::Bad,
        ),
        Mac::NotChecked(why) => (format!("NOT CHECKED: {why}"), Tone::Bad),
    }
}

fn freshness(freshness: &Freshness, window: Window) -> (String, Tone) {
    let now = window.now;
    let limit = match window.max_age {
        Some(age) => format!("at most {} old", humanize(age)),
        None => "any age".to_owned(),
    };
    let leeway = window.leeway.get();
    match freshness {
        Freshness::Fresh { created, by_leeway } => {
            let created = created.map_or_else(
                || "without a creation time".to_owned(),
                |created| format!("created {}", created.relative_to(now)),
            );
            if *by_leeway {
                let text = format!(
                    "fresh only by the leeway of {}: {created}, {limit}",
                    humanize(leeway)
                );
                (text, Tone::Warn)
            } else {
                (format!("fresh: {created}, {limit}"), Tone::Good)
            }
        }
        Freshness::TooOld { created, until } => (
            format!(
                "TOO OLD: created {created} ({}), accepted until {until} ({limit})",
                created.relative_to(now)
            ),
            Tone::Bad,
        ),
        Freshness::FromTheFuture { created } => (
            format!(
                "FROM THE FUTURE: created {created}, {}",
                created.relative_to(now)
            ),
            Tone::Bad,
        ),
        Freshness::Expired { expires } => (
            format!("EXPIRED: at {expires}, {}", expires.relative_to(now)),
            Tone::Bad,
        ),
        Freshness::NeverValid { created, expires } => (
            format!("NEVER VALID: expires at {expires}, not after its creation at {created}"),
            Tone::Bad,
        ),
        Freshness::Undated => (format!("UNKNOWN: no `created`, wanted {limit}"), Tone::Bad),
        Freshness::Unreadable => (
            "UNKNOWN: `created` or `expires` is not an integer time".into(),
            Tone::Bad,
        ),
    }
}

fn coverage(verdict: &RequestVerdict) -> (String, Tone) {
    let coverage = &verdict.coverage;
    let covered = if coverage.covered.is_empty() {
        "nothing".to_owned()
    } else {
        coverage.covered.join(" ")
    };
    let mut problems = Vec::new();
    if !coverage.missing.is_empty() {
        problems.push(format!("MISSING {}", coverage.missing.join(" ")));
    }
    for (_, expected, found) in &coverage.unmet {
        problems.push(format!("EXPECTED {expected}, found {found}"));
    }
    if problems.is_empty() {
        (format!("enough: {covered}"), Tone::Good)
    } else {
        (
            format!("{}; covered: {covered}", problems.join("; ")),
            Tone::Bad,
        )
    }
}

fn digest(verdict: &RequestVerdict) -> (String, Tone) {
    let covered = if verdict.digest_covered {
        "covered by the signature"
    } else {
        "NOT covered by the signature"
    };
    match &verdict.digest {
        DigestVerdict::Matches(names) if verdict.digest_covered => (
            format!("matches ({}), {covered}", names.join(", ")),
            Tone::Good,
        ),
        DigestVerdict::Matches(names) => (
            format!("matches ({}), {covered}", names.join(", ")),
            Tone::Warn,
        ),
        DigestVerdict::Mismatch(name) => {
            (format!("MISMATCH: {name} of the body differs"), Tone::Bad)
        }
        DigestVerdict::OnlyUnknown(names) => {
            let tone = if verdict.digest_covered || verdict.digest_required {
                Tone::Bad
            } else {
                Tone::Warn
            };
            (format!("NOT CHECKED: only {}", names.join(", ")), tone)
        }
        DigestVerdict::Malformed(error) => (format!("MALFORMED: {error}"), Tone::Bad),
        DigestVerdict::Absent if !verdict.has_body => ("no body, none needed".into(), Tone::Good),
        DigestVerdict::Absent if verdict.digest_required => {
            ("MISSING: the body is not protected".into(), Tone::Bad)
        }
        DigestVerdict::Absent => ("none: the body is not protected".into(), Tone::Warn),
    }
}
