//! SARIF 2.1.0 (OASIS), as code scanning services take it.
//!
//! Findings set aside are marked (`suppressions`, `baselineState`) and never dropped, so that a service closes
//! nothing that is merely ignored. Columns count UTF-16 code units. The texts are the input's own; what SARIF would
//! take for a link in a message (§3.11.6) is escaped.

use std::io;

use serde_json::{Map, Value, json};

use super::{Note, Report, Style};
use crate::kernel::arrange::Arrange as _;
use crate::kernel::finding::fingerprint::{VERSION, fingerprints};
use crate::kernel::finding::{Confidence, Finding, Location, Rule, Severity, Status};

/// The schema that a log names.
const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
/// What relative paths are relative to (§3.4.4).
const ROOT: &str = "%SRCROOT%";

pub(super) fn render(report: &Report, style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    let rules = rules(&report.findings);
    let prints = fingerprints(&report.findings);
    let findings = report.findings.iter().zip(prints);
    let results: Vec<Value> = findings
        .map(|(finding, print)| result(finding, &print, &rules))
        .collect();
    let log = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "countersign",
                "version": style.version,
                "semanticVersion": style.version,
                "rules": rules.iter().map(|rule| descriptor(rule)).collect::<Vec<_>>(),
            } },
            "columnKind": "utf16CodeUnits",
            "originalUriBaseIds": { ROOT: {
                "description": { "text": "the directory in which the check was run" },
            } },
            "invocations": [{
                "executionSuccessful": !report.notes.iter().any(Note::is_failure),
                "toolExecutionNotifications":
                    report.notes.iter().map(notification).collect::<Vec<_>>(),
            }],
            "results": results,
        }],
    });
    serde_json::to_writer_pretty(&mut *out, &log)?;
    writeln!(out)
}

/// The rules that fired, each once, by id.
fn rules(findings: &[Finding]) -> Vec<&'static Rule> {
    let mut rules: Vec<&'static Rule> = findings.iter().map(|finding| finding.rule).collect();
    rules.arrange_by_key(|rule| rule.id);
    rules.dedup_by_key(|rule| rule.id);
    rules
}

/// §3.49.
fn descriptor(rule: &Rule) -> Value {
    json!({
        "id": rule.id,
        "name": pascal_case(rule.id),
        "shortDescription": { "text": rule.title },
        "fullDescription": { "text": first_paragraph(rule) },
        "help": { "text": rule.page.text(), "markdown": rule.page.text() },
        "defaultConfiguration": { "level": level(rule.severity) },
        "properties": {
            "security-severity": security_severity(rule.severity),
            "precision": precision(rule.confidence),
            "tags": ["security"],
        },
    })
}

/// §3.27.
fn result(finding: &Finding, fingerprint: &str, rules: &[&'static Rule]) -> Value {
    let mut result = Map::new();
    let index = rules.binary_search_by_key(&finding.rule.id, |rule| rule.id);
    result.insert("ruleId".into(), finding.rule.id.into());
    if let Ok(index) = index {
        result.insert("ruleIndex".into(), index.into());
    }
    result.insert("level".into(), level(finding.severity).into());
    result.insert("message".into(), json!({ "text": message(finding) }));
    result.insert("locations".into(), locations(finding));
    let related = finding.related.iter().enumerate();
    let related: Vec<Value> = related
        .map(|(id, place)| related_location(id, place))
        .collect();
    if !related.is_empty() {
        result.insert("relatedLocations".into(), related.into());
    }
    result.insert(
        "partialFingerprints".into(),
        json!({ VERSION: fingerprint }),
    );
    let suppressions = match &finding.status {
        Status::Active => json!([]),
        Status::Suppressed { reason, .. } => {
            json!([{ "kind": "inSource", "justification": reason }])
        }
        Status::Baselined => {
            result.insert("baselineState".into(), "unchanged".into());
            json!([{ "kind": "external", "justification": "known from the baseline" }])
        }
    };
    result.insert("suppressions".into(), suppressions);
    result.insert("properties".into(), properties(finding));
    Value::Object(result)
}

fn properties(finding: &Finding) -> Value {
    json!({
        "severity": finding.severity.name(),
        "confidence": finding.confidence.name(),
        "evidence": finding.evidence,
        "help": finding.help,
    })
}

/// The message and the evidence: what a reader of a code scanning page sees.
fn message(finding: &Finding) -> String {
    let parts = std::iter::once(&finding.message).chain(&finding.evidence);
    let parts: Vec<String> = parts.map(|part| without_links(part)).collect();
    parts.join("\n")
}

/// Where a finding has no place of its own, the first related place stands in: services refuse results without one.
fn locations(finding: &Finding) -> Value {
    let mut location = Map::new();
    if let Some(place) = finding.primary.as_ref().or(finding.related.first()) {
        location.insert("physicalLocation".into(), physical_location(place));
    }
    if !finding.subject.is_empty() {
        location.insert(
            "logicalLocations".into(),
            json!([{ "fullyQualifiedName": finding.subject }]),
        );
    }
    match location.is_empty() {
        true => json!([]),
        false => json!([location]),
    }
}

fn related_location(id: usize, place: &Location) -> Value {
    let mut location = json!({ "id": id, "physicalLocation": physical_location(place) });
    if let (false, Some(fields)) = (place.label.is_empty(), location.as_object_mut()) {
        fields.insert(
            "message".into(),
            json!({ "text": without_links(&place.label) }),
        );
    }
    location
}

/// §3.29, §3.30.
fn physical_location(place: &Location) -> Value {
    let start = place.source.position(place.span.start);
    let end = place.source.position(place.span.end);
    json!({
        "artifactLocation": artifact_location(place.source.name()),
        "region": {
            "startLine": start.line,
            "startColumn": start.utf16_column,
            "endLine": end.line,
            "endColumn": end.utf16_column,
        },
    })
}

/// §3.4: a relative path is relative to the source root, an absolute one is a `file` URI.
fn artifact_location(name: &str) -> Value {
    let path = name.replace('\\', "/");
    let path = path.trim_start_matches("./");
    let drive = path.as_bytes().first().is_some_and(u8::is_ascii_alphabetic)
        && path.get(1..3) == Some(":/");
    if drive {
        let (letter, rest) = path.split_at(2);
        return json!({ "uri": format!("file:///{letter}{}", percent_encode(rest)) });
    }
    if path.starts_with('/') {
        return json!({ "uri": format!("file://{}", percent_encode(path)) });
    }
    json!({ "uri": percent_encode(path), "uriBaseId": ROOT })
}

/// RFC 3986 §2.3 and the `/` between segments stay; every other byte is encoded, `:` included (§4.2).
fn percent_encode(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(char::from(byte));
            }
            other => uri.push_str(&format!("%{other:02X}")),
        }
    }
    uri
}

/// §3.58.
fn notification(note: &Note) -> Value {
    let level = if note.is_failure() {
        "error"
    } else {
        "warning"
    };
    let mut notification = json!({
        "descriptor": { "id": note.code },
        "level": level,
        "message": { "text": without_links(&note.message) },
    });
    if let (Some(place), Some(fields)) = (&note.location, notification.as_object_mut()) {
        let location = json!([{ "physicalLocation": physical_location(place) }]);
        fields.insert("locations".into(), location);
    }
    notification
}

/// §3.11.6: brackets of a text that would be read as a link are escaped.
fn without_links(text: &str) -> String {
    if !text.contains("](") {
        return text.to_owned();
    }
    text.replace('\\', "\\\\")
        .replace('[', "\\[")
        .replace(']', "\\]")
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info => "note",
    }
}

/// A number as text, in the bands that code scanning services use: over 9, 7, 4, 0.
fn security_severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "2.5",
        Severity::Info => "0.0",
    }
}

fn precision(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::Low => "low",
        Confidence::Medium => "medium",
        Confidence::High => "high",
    }
}

fn pascal_case(id: &str) -> String {
    let capitalise = |word: &str| {
        let mut chars = word.chars();
        let first = chars.next().map(|c| c.to_ascii_uppercase());
        first.into_iter().chain(chars).collect::<String>()
    };
    id.split('-').map(capitalise).collect()
}

/// What a rule's page says first, headings apart.
fn first_paragraph(rule: &Rule) -> String {
    let paragraphs = rule.page.text().split("\n\n").map(|paragraph| {
        let lines = paragraph.lines().filter(|line| !line.starts_with('#'));
        lines.collect::<Vec<_>>().join(" ").trim().to_owned()
    });
    let mut paragraphs = paragraphs.filter(|paragraph| !paragraph.is_empty());
    paragraphs.next().unwrap_or_else(|| rule.title.to_owned())
}
