//! The decision record: one structured line for every verdict, for whoever has to account for it later.
//!
//! It says who asked what about which resource, what was decided and why, and which bytes were judged, by their
//! digest. It never holds a secret, a token or a key.

use std::fmt;
use std::path::Path;

use super::crypto::{Random, RandomError, hex, sha256};
use super::fs::{self, FileError};
use super::time::Timestamp;

/// What was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Verified, clean, done.
    Yes,
    /// Refused.
    No,
    /// It could not be decided.
    Unknown,
}

impl Decision {
    /// The word in the record.
    pub fn name(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::No => "no",
            Self::Unknown => "unknown",
        }
    }
}

/// A verdict, before it is stamped with time, tool and correlation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// What was asked, such as `jwt.verify`.
    pub action: &'static str,
    /// Who is judged, such as a token's subject: untrusted text. Recorded as the actor only if the decision is yes.
    pub actor: Option<String>,
    /// What was judged, such as a file name.
    pub resource: String,
    /// What was decided.
    pub decision: Decision,
    /// Stable reason codes, sorted by importance.
    pub reasons: Vec<String>,
    /// The SHA-256 of the bytes that were judged.
    pub input_sha256: [u8; 32],
}

impl Verdict {
    /// A verdict about some bytes.
    pub fn new(action: &'static str, resource: impl Into<String>, input: &[u8]) -> Self {
        Self {
            action,
            actor: None,
            resource: resource.into(),
            decision: Decision::Unknown,
            reasons: Vec::new(),
            input_sha256: sha256(input),
        }
    }
}

/// Ties a record to the request it belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Correlation {
    /// An id of the caller's own.
    Id(String),
    /// A W3C trace context.
    Trace {
        /// 32 hexadecimal digits.
        trace_id: String,
        /// 16 hexadecimal digits.
        span_id: String,
    },
}

/// Why a text is no correlation id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CorrelationError {
    /// Empty, too long or with control characters.
    #[error("a correlation id is 1 to 256 printable ASCII characters")]
    BadId,
    /// Not a valid `traceparent`.
    #[error("`{0}` is not a W3C `traceparent`")]
    BadTraceparent(String),
}

impl Correlation {
    /// An id of the caller's own; a `traceparent` is recognised.
    ///
    /// # Errors
    /// [`CorrelationError::BadId`].
    pub fn from_id(text: &str) -> Result<Self, CorrelationError> {
        if let Ok(trace) = Self::from_traceparent(text) {
            return Ok(trace);
        }
        let printable = text.bytes().all(|byte| (0x20..0x7f).contains(&byte));
        if text.is_empty() || text.len() > 256 || !printable {
            return Err(CorrelationError::BadId);
        }
        Ok(Self::Id(text.to_owned()))
    }

    /// W3C Trace Context §3.2: `00-<32 hex>-<16 hex>-<2 hex>`, lower case, no id all zero, version not `ff`.
    ///
    /// # Errors
    /// [`CorrelationError::BadTraceparent`].
    pub fn from_traceparent(text: &str) -> Result<Self, CorrelationError> {
        let bad = || CorrelationError::BadTraceparent(text.chars().take(80).collect());
        let mut parts = text.split('-');
        let mut part = |length: usize| {
            parts.next().filter(|part| {
                part.len() == length
                    && part
                        .bytes()
                        .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
            })
        };
        let version = part(2).ok_or_else(bad)?;
        let trace_id = part(32).ok_or_else(bad)?;
        let span_id = part(16).ok_or_else(bad)?;
        part(2).ok_or_else(bad)?;
        // A higher version may append fields; version 00 may not.
        let complete = version != "00" || parts.next().is_none();
        let zero = |id: &str| id.bytes().all(|byte| byte == b'0');
        if version == "ff" || zero(trace_id) || zero(span_id) || !complete {
            return Err(bad());
        }
        Ok(Self::Trace {
            trace_id: trace_id.to_owned(),
            span_id: span_id.to_owned(),
        })
    }
}

/// A verdict with everything that makes it a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecisionRecord {
    id: String,
    time: Timestamp,
    verdict: Verdict,
    correlation: Option<Correlation>,
}

impl DecisionRecord {
    /// Stamps a verdict.
    ///
    /// # Errors
    /// [`RandomError`]: the record's id is random.
    pub fn new(
        verdict: Verdict,
        time: Timestamp,
        correlation: Option<Correlation>,
        random: &impl Random,
    ) -> Result<Self, RandomError> {
        Ok(Self {
            id: random_uuid(random)?,
            time,
            verdict,
            correlation,
        })
    }

    /// The record as one line of JSON, without its line end.
    pub fn to_line(&self) -> String {
        let verdict = &self.verdict;
        let mut record = serde_json::json!({
            "schema": "countersign/decision/v1",
            "decision_id": self.id,
            "time": self.time.to_string(),
            "tool": {"name": "countersign", "version": env!("CARGO_PKG_VERSION")},
            "action": verdict.action,
            "actor": verdict.actor,
            "resource": verdict.resource,
            "decision": verdict.decision.name(),
            "reasons": verdict.reasons,
            "input_sha256": hex(&verdict.input_sha256),
        });
        // Of a refused thing, what it says of itself is a claim.
        if verdict.decision != Decision::Yes
            && let Some(fields) = record.as_object_mut()
        {
            let claimed = fields.insert("actor".into(), serde_json::Value::Null);
            fields.insert("claimed_actor".into(), claimed.unwrap_or_default());
        }
        if let Some(fields) = record.as_object_mut() {
            match &self.correlation {
                Some(Correlation::Id(id)) => {
                    fields.insert("correlation_id".into(), id.as_str().into());
                }
                Some(Correlation::Trace { trace_id, span_id }) => {
                    fields.insert("trace_id".into(), trace_id.as_str().into());
                    fields.insert("span_id".into(), span_id.as_str().into());
                }
                None => {}
            }
        }
        record.to_string()
    }

    /// Appends records to a file of such lines, all in one go.
    ///
    /// # Errors
    /// [`FileError`]: a verdict whose record cannot be written must not be given.
    pub fn append_all(records: &[Self], path: &Path) -> Result<(), FileError> {
        if records.is_empty() {
            return Ok(());
        }
        let lines: Vec<String> = records.iter().map(Self::to_line).collect();
        fs::append_line(path, &lines.join("\n"))
    }
}

/// A random UUID, version 4 (RFC 9562 §5.4).
///
/// # Errors
/// [`RandomError`].
pub fn random_uuid(random: &impl Random) -> Result<String, RandomError> {
    let mut bytes: [u8; 16] = random.bytes()?;
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let digits = hex(&bytes);
    let part = |range: std::ops::Range<usize>| digits.get(range).unwrap_or_default().to_owned();
    Ok([
        part(0..8),
        part(8..12),
        part(12..16),
        part(16..20),
        part(20..32),
    ]
    .join("-"))
}

impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::crypto::SystemRandom;

    #[test]
    fn a_record_is_one_line_whatever_the_input_holds() {
        let mut verdict = Verdict::new("jwt.verify", "a\nb", b"abc");
        verdict.actor = Some("x\u{2028}\"\r\n".into());
        verdict.decision = Decision::No;
        verdict.reasons = vec!["expired".into()];
        let time = Timestamp::from_unix(1_717_000_000).unwrap();
        let trace = Correlation::from_id("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
        let random = SystemRandom::default();
        let record = DecisionRecord::new(verdict, time, trace.ok(), &random).unwrap();
        let line = record.to_line();
        assert!(!line.contains(['\n', '\r']));
        let parsed: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(parsed["time"], "2024-05-29T16:26:40Z");
        assert_eq!(parsed["trace_id"], "4bf92f3577b34da6a3ce929d0e0e4736");
        assert_eq!(parsed["decision"], "no");
        assert_eq!(parsed["actor"], serde_json::Value::Null);
        assert_eq!(parsed["claimed_actor"], "x\u{2028}\"\r\n");
        assert_eq!(parsed["decision_id"].as_str().unwrap().len(), 36);
    }

    #[test]
    fn bad_trace_contexts_are_refused() {
        for text in [
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-x",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
        ] {
            assert!(Correlation::from_traceparent(text).is_err(), "{text}");
        }
        assert!(Correlation::from_id("").is_err());
        assert!(Correlation::from_id("a\nb").is_err());
        assert_eq!(
            Correlation::from_id("order-17"),
            Ok(Correlation::Id("order-17".into()))
        );
    }
}
