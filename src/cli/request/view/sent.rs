//! A request that was sent, and its answer: `countersign/request-exchange/v1`.

use std::time::Duration;

use serde_json::{Value, json};

use super::explanation::{Compared, compared_json, paint_compared};
use super::verdict::VerdictView;
use crate::cli::outcome::View;
use crate::cli::paint::{Paint, Tone};
use crate::cli::request::signer::SignedMessage;
use crate::kernel::fs::Privacy;
use crate::kernel::http::Answer;

/// A request and its answer.
pub(in crate::cli::request) struct SentView {
    pub(in crate::cli::request) url: String,
    pub(in crate::cli::request) signed: SignedMessage,
    pub(in crate::cli::request) answer: Answer,
    pub(in crate::cli::request) took: Duration,
    pub(in crate::cli::request) verdict: Option<VerdictView>,
    pub(in crate::cli::request) compared: Vec<Compared>,
    pub(in crate::cli::request) whole_body: bool,
}

/// How much of a body is shown to people.
const SHOWN_BODY: usize = 4096;

// RFC 9110 §11.6.2, RFC 6265: what opens doors is not shown. A SigV4 signature is none of that.
fn shown_value(name: &str, value: &str) -> String {
    let secret = [
        "authorization",
        "proxy-authorization",
        "cookie",
        "set-cookie",
        "x-amz-security-token",
    ];
    let hidden = secret.iter().any(|known| name.eq_ignore_ascii_case(known));
    if !hidden || value.starts_with("AWS4-") || value.starts_with("Signature ") {
        return value.to_owned();
    }
    match value.split_once(' ') {
        Some((scheme, _)) if name.to_ascii_lowercase().ends_with("authorization") => {
            format!("{scheme} (not shown)")
        }
        _ => "(not shown)".to_owned(),
    }
}

impl SentView {
    fn request_fields(&self) -> Vec<(String, String)> {
        let fields = self.signed.message.fields.iter();
        fields
            .map(|field| {
                let value = String::from_utf8_lossy(field.value());
                (field.name().to_owned(), shown_value(field.name(), &value))
            })
            .collect()
    }

    fn answer_fields(&self) -> Vec<(String, String)> {
        let fields = self.answer.fields.iter();
        fields
            .map(|(name, value)| {
                let value = String::from_utf8_lossy(value);
                (name.clone(), shown_value(name, &value))
            })
            .collect()
    }

    fn method(&self) -> &str {
        self.signed.message.method().unwrap_or_default()
    }
}

impl View for SentView {
    fn human(&self, paint: &mut Paint) {
        paint.toned(Tone::Strong, self.method(), &format!(" {}", self.url));
        for (name, value) in self.request_fields() {
            paint.line(&format!("  {name}: {value}"));
        }
        paint.gap();
        let tone = match self.answer.status {
            200..=299 => Tone::Good,
            300..=399 => Tone::Warn,
            _ => Tone::Bad,
        };
        let took = format!(" in {} ms", self.took.as_millis());
        paint.toned(tone, &self.answer.status.to_string(), &took);
        for (name, value) in self.answer_fields() {
            paint.line(&format!("  {name}: {value}"));
        }
        if (300..400).contains(&self.answer.status) {
            paint.field(
                "redirect",
                "not followed: a signature is for one place",
                Some(Tone::Warn),
            );
        }
        if !self.answer.body.is_empty() {
            paint.gap();
            let limit = if self.whole_body {
                usize::MAX
            } else {
                SHOWN_BODY
            };
            let shown = self.answer.body.get(..limit).unwrap_or(&self.answer.body);
            for line in String::from_utf8_lossy(shown).lines() {
                paint.line(line);
            }
            if shown.len() < self.answer.body.len() {
                let rest = self.answer.body.len() - shown.len();
                paint.field(
                    "more",
                    &format!("{rest} further bytes; `--whole-body` shows them"),
                    Some(Tone::Dim),
                );
            }
        }
        if let Some(verdict) = &self.verdict {
            paint.gap();
            verdict.human(paint);
        }
        paint_compared(paint, &self.compared);
    }

    fn json(&self) -> Value {
        let fields = |fields: Vec<(String, String)>| {
            let each = fields
                .into_iter()
                .map(|(name, value)| json!({"name": name, "value": value}));
            each.collect::<Vec<_>>()
        };
        json!({
            "schema": "countersign/request-exchange/v1",
            "method": self.method(),
            "url": self.url,
            "request_fields": fields(self.request_fields()),
            "signed_text": String::from_utf8_lossy(&self.signed.text.last_text()),
            "status": self.answer.status,
            "milliseconds": u64::try_from(self.took.as_millis()).unwrap_or(u64::MAX),
            "response_fields": fields(self.answer_fields()),
            "response_body": String::from_utf8_lossy(&self.answer.body),
            "verdict": self.verdict.as_ref().map(View::json),
            "compared": compared_json(&self.compared),
        })
    }

    fn privacy(&self) -> Privacy {
        Privacy::Private
    }
}
