//! JSON: the envelope `countersign/findings/v1`, frozen once released, and its schema.
//!
//! Texts are the input's own, not sanitised: whoever shows them escapes them for where they are shown. Lines and
//! columns count from 1, columns in characters; bytes count from 0 and the end is exclusive.

use std::io;

use serde::Serialize;
use serde_json::{Value, json};

use super::{Report, Style, Summary};
use crate::kernel::finding::fingerprint::fingerprints;
use crate::kernel::finding::{Finding, Location, Severity, Status};

/// The schema that the envelope names.
pub const SCHEMA: &str = "countersign/findings/v1";

pub(super) fn render(report: &Report, style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    let envelope = Envelope::of(report, style);
    serde_json::to_writer_pretty(&mut *out, &envelope)?;
    writeln!(out)
}

/// A finding as an object of the envelope, for other envelopes that carry findings.
pub fn finding(finding: &Finding, fingerprint: &str) -> Value {
    serde_json::to_value(FindingObject::of(finding, fingerprint))
        .expect("strings and numbers serialise")
}

#[derive(Serialize)]
struct Envelope<'a> {
    schema: &'static str,
    tool: Tool,
    summary: SummaryObject,
    findings: Vec<FindingObject<'a>>,
    notes: Vec<NoteObject<'a>>,
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
struct SummaryObject {
    active: usize,
    severities: serde_json::Map<String, Value>,
    ignored: usize,
    baselined: usize,
    inspected: serde_json::Map<String, Value>,
}

#[derive(Serialize)]
struct FindingObject<'a> {
    rule: &'static str,
    severity: &'static str,
    confidence: &'static str,
    message: &'a str,
    subject: &'a str,
    location: Option<LocationObject<'a>>,
    related: Vec<LocationObject<'a>>,
    evidence: &'a [String],
    help: &'a str,
    fingerprint: String,
    status: StatusObject<'a>,
}

#[derive(Serialize)]
struct LocationObject<'a> {
    path: &'a str,
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
    byte_start: u32,
    byte_end: u32,
    label: &'a str,
}

#[derive(Serialize)]
struct StatusObject<'a> {
    state: &'static str,
    reason: Option<&'a str>,
    expires: Option<&'a str>,
}

#[derive(Serialize)]
struct NoteObject<'a> {
    code: &'static str,
    message: &'a str,
    location: Option<LocationObject<'a>>,
}

impl<'a> Envelope<'a> {
    fn of(report: &'a Report, style: &Style) -> Self {
        let prints = fingerprints(&report.findings);
        let findings = report.findings.iter().zip(prints);
        let notes = report.notes.iter();
        Self {
            schema: SCHEMA,
            tool: Tool {
                name: "countersign",
                version: style.version,
            },
            summary: SummaryObject::of(&Summary::of(report)),
            findings: findings
                .map(|(finding, print)| FindingObject::of(finding, &print))
                .collect(),
            notes: notes
                .map(|note| NoteObject {
                    code: note.code,
                    message: &note.message,
                    location: note.location.as_ref().map(LocationObject::of),
                })
                .collect(),
        }
    }
}

impl SummaryObject {
    fn of(summary: &Summary) -> Self {
        let count = |severity| {
            let active = summary.active.iter();
            active
                .filter(|(s, _)| *s == severity)
                .map(|(_, n)| *n)
                .sum::<usize>()
        };
        let severities = Severity::ALL.into_iter().rev();
        let inspected = summary.counts.iter();
        Self {
            active: summary.total(),
            severities: severities
                .map(|severity| (severity.name().to_owned(), count(severity).into()))
                .collect(),
            ignored: summary.ignored,
            baselined: summary.baselined,
            inspected: inspected
                .map(|(what, count)| ((*what).to_owned(), (*count).into()))
                .collect(),
        }
    }
}

impl<'a> FindingObject<'a> {
    fn of(finding: &'a Finding, fingerprint: &str) -> Self {
        Self {
            rule: finding.rule.id,
            severity: finding.severity.name(),
            confidence: finding.confidence.name(),
            message: &finding.message,
            subject: &finding.subject,
            location: finding.primary.as_ref().map(LocationObject::of),
            related: finding.related.iter().map(LocationObject::of).collect(),
            evidence: &finding.evidence,
            help: &finding.help,
            fingerprint: fingerprint.to_owned(),
            status: StatusObject::of(&finding.status),
        }
    }
}

impl<'a> LocationObject<'a> {
    fn of(location: &'a Location) -> Self {
        let start = location.source.position(location.span.start);
        let end = location.source.position(location.span.end);
        Self {
            path: location.source.name(),
            line: start.line,
            column: start.column,
            end_line: end.line,
            end_column: end.column,
            byte_start: location.span.start,
            byte_end: location.span.end,
            label: &location.label,
        }
    }
}

impl<'a> StatusObject<'a> {
    fn of(status: &'a Status) -> Self {
        let (state, reason, expires) = match status {
            Status::Active => ("active", None, None),
            Status::Suppressed { reason, expires } => {
                ("suppressed", Some(reason.as_str()), expires.as_deref())
            }
            Status::Baselined => ("baselined", None, None),
        };
        Self {
            state,
            reason,
            expires,
        }
    }
}

/// The JSON Schema (draft 2020-12) of the envelope; `docs/reference/schemas/findings-v1.schema.json` holds it.
pub fn schema() -> Value {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:countersign:findings:v1",
        "title": "Findings of countersign, version 1",
        "description": "What a gate found. Later releases of version 1 may add properties, never change or remove one.",
        "type": "object",
        "required": ["schema", "tool", "summary", "findings", "notes"],
        "properties": {
            "schema": { "const": SCHEMA },
            "tool": object(&[
                ("name", json!({ "const": "countersign" })),
                ("version", text("the version of the program")),
            ]),
            "summary": summary_schema(),
            "findings": { "type": "array", "items": { "$ref": "#/$defs/finding" } },
            "notes": { "type": "array", "items": object(&[
                ("code", text("a stable code; `unparsable-…` and `unreadable-…` say that something was not looked at")),
                ("message", text("one sentence")),
                ("location", nullable_location()),
            ]) },
        },
        "$defs": definitions(),
    })
}

/// The definitions `finding` and `location`, for every schema whose envelope carries findings.
pub fn definitions() -> Value {
    let names = |all: Vec<&str>| json!({ "enum": all });
    let nullable_text = |what: &str| json!({ "type": ["string", "null"], "description": what });
    let locations = json!({ "type": "array", "items": { "$ref": "#/$defs/location" } });
    json!({
        "finding": object(&[
            ("rule", text("the rule's stable id; `countersign explain RULE` tells more")),
            ("severity", names(Severity::ALL.iter().map(|s| s.name()).collect())),
            ("confidence", names(vec!["low", "medium", "high"])),
            ("message", text("what is wrong, one sentence")),
            ("subject", text("what it is about")),
            ("location", nullable_location()),
            ("related", locations),
            ("evidence", json!({ "type": "array", "items": { "type": "string" } })),
            ("help", text("what to do; may be empty")),
            ("fingerprint", text("the same for the same finding when lines move: SHA-256 in hexadecimal")),
            ("status", object(&[
                ("state", names(vec!["active", "suppressed", "baselined"])),
                ("reason", nullable_text("why it was set aside")),
                ("expires", nullable_text("the last day on which it is set aside, YYYY-MM-DD")),
            ])),
        ]),
        "location": object(&[
            ("path", text("the input as the user named it")),
            ("line", count(1, "the line, from 1")),
            ("column", count(1, "the column in characters, from 1")),
            ("end_line", count(1, "the line of the end, from 1")),
            ("end_column", count(1, "the column after the end, from 1")),
            ("byte_start", count(0, "the offset of the first byte")),
            ("byte_end", count(0, "the offset after the last byte")),
            ("label", text("what is to be seen there; may be empty")),
        ]),
    })
}

/// The schema of an object whose properties are all required.
pub fn object(properties: &[(&str, Value)]) -> Value {
    let required: Vec<&str> = properties.iter().map(|(name, _)| *name).collect();
    let properties: serde_json::Map<String, Value> = properties
        .iter()
        .map(|(name, schema)| ((*name).to_owned(), schema.clone()))
        .collect();
    json!({ "type": "object", "required": required, "properties": properties })
}

fn summary_schema() -> Value {
    let severities = Severity::ALL.iter().rev();
    let severities: Vec<(&str, Value)> = severities
        .map(|severity| {
            (
                severity.name(),
                count(0, "active findings of this severity"),
            )
        })
        .collect();
    object(&[
        ("active", count(0, "findings that count")),
        ("severities", object(&severities)),
        ("ignored", count(0, "findings set aside by a comment")),
        ("baselined", count(0, "findings known from the baseline")),
        (
            "inspected",
            json!({
                "type": "object",
                "description": "what was looked at, by kind",
                "additionalProperties": { "type": "integer", "minimum": 0 },
            }),
        ),
    ])
}

fn text(description: &str) -> Value {
    json!({ "type": "string", "description": description })
}

fn count(minimum: u32, description: &str) -> Value {
    json!({ "type": "integer", "minimum": minimum, "description": description })
}

fn nullable_location() -> Value {
    json!({ "oneOf": [{ "type": "null" }, { "$ref": "#/$defs/location" }] })
}
