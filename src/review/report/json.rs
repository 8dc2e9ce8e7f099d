//! The envelope `countersign/review/v1` and its schema.

use serde_json::{Value, json as object};

use super::severities;
use crate::kernel::finding::Severity;
use crate::kernel::finding::fingerprint::fingerprints;
use crate::kernel::report::json as findings;
use crate::review::{Review, SourceSheet};

/// The schema that the envelope names.
pub const SCHEMA: &str = "countersign/review/v1";

/// The review for programs. Texts are the exports' own, not sanitised.
pub fn json(review: &Review, version: &str) -> Value {
    let found = &review.assessment.findings;
    let objects: Vec<Value> = found
        .iter()
        .zip(fingerprints(found))
        .map(|(finding, print)| findings::finding(finding, &print))
        .collect();
    let not_evaluable = review.assessment.not_evaluable.iter().map(|one| {
        object!({
            "rule": one.rule.id,
            "subject": one.subject,
            "reason": one.reason,
            "path": one.origin.source.name(),
            "line": one.origin.line,
        })
    });
    object!({
        "schema": SCHEMA,
        "tool": { "name": "countersign", "version": version },
        "at": review.now.to_string(),
        "thresholds": thresholds(review),
        "complete": review.is_complete(),
        "summary": summary(review),
        "rules": review.assessment.tallies.iter().map(|tally| object!({
            "rule": tally.rule.id,
            "fires": tally.fired,
            "passes": tally.passed,
            "not_evaluable": tally.not_evaluable,
            "out_of_scope": tally.out_of_scope,
        })).collect::<Vec<_>>(),
        "findings": objects,
        "not_evaluable": not_evaluable.collect::<Vec<_>>(),
        "sources": review.sources.iter().map(source).collect::<Vec<_>>(),
    })
}

fn thresholds(review: &Review) -> Value {
    let options = review.options;
    object!({
        "dormant_after_seconds": options.dormant_after.as_secs(),
        "key_max_age_seconds": options.key_max_age.as_secs(),
        "usage_window_seconds": options.usage_window.map(|window| window.as_secs()),
    })
}

fn summary(review: &Review) -> Value {
    let found = severities(review);
    let count = |severity: Severity| {
        let found = found.iter().find(|(other, _)| *other == severity);
        found.map_or(0, |(_, count)| *count)
    };
    let severities = Severity::ALL.into_iter().rev();
    let severities: serde_json::Map<String, Value> = severities
        .map(|severity| (severity.name().to_owned(), count(severity).into()))
        .collect();
    object!({
        "findings": review.assessment.findings.len(),
        "severities": severities,
        "not_evaluable": review.assessment.not_evaluable.len(),
        "people": review.population.identities.len(),
        "systems": review.population.systems().len(),
        "accounts": review.population.accounts.len(),
        "grants": review.population.grants(),
    })
}

fn source(sheet: &SourceSheet) -> Value {
    let problems = sheet.problems.iter().map(|problem| {
        object!({
            "line": problem.line,
            "column": problem.column,
            "reason": problem.reason,
            "rejected": problem.rejected,
        })
    });
    let columns = sheet.columns.iter();
    let columns: serde_json::Map<String, Value> = columns
        .map(|(field, header)| ((*field).to_owned(), header.clone().into()))
        .collect();
    object!({
        "role": sheet.role,
        "name": sheet.name,
        "sha256": sheet.sha256,
        "bytes": sheet.bytes,
        "delimiter": sheet.delimiter,
        "columns": columns,
        "unused_columns": sheet.unused_columns,
        "rows": {
            "read": sheet.read,
            "kept": sheet.kept,
            "rejected": sheet.rejected,
            "repeated": sheet.duplicates,
            "blank": sheet.blank,
        },
        "problems": problems.collect::<Vec<_>>(),
    })
}

/// The JSON Schema (draft 2020-12) of the envelope; `docs/reference/schemas/review-v1.schema.json` holds it.
pub fn schema() -> Value {
    let list = |items: Value| object!({ "type": "array", "items": items });
    let mut schema = findings::object(&[
        ("schema", object!({ "const": SCHEMA })),
        (
            "tool",
            findings::object(&[
                ("name", object!({ "const": "countersign" })),
                ("version", text("the version of the program")),
            ]),
        ),
        ("at", text("the time for which the review holds, RFC 3339")),
        (
            "thresholds",
            findings::object(&[
                (
                    "dormant_after_seconds",
                    count("an account without use for longer is dormant"),
                ),
                (
                    "key_max_age_seconds",
                    count("a key that was not changed for longer is too old"),
                ),
                (
                    "usage_window_seconds",
                    object!({
                        "type": ["integer", "null"],
                        "minimum": 0,
                        "description": "how far back the log behind `last_used` reaches, where known",
                    }),
                ),
            ]),
        ),
        (
            "complete",
            object!({ "type": "boolean", "description": "whether every row and cell could be used" }),
        ),
        ("summary", summary_schema()),
        ("rules", list(rule_schema())),
        ("findings", list(object!({ "$ref": "#/$defs/finding" }))),
        ("not_evaluable", list(not_evaluable_schema())),
        ("sources", list(source_schema())),
    ]);
    if let Some(fields) = schema.as_object_mut() {
        let head = [
            ("$schema", "https://json-schema.org/draft/2020-12/schema"),
            ("$id", "urn:countersign:review:v1"),
            ("title", "An access review by countersign, version 1"),
        ];
        for (name, value) in head {
            fields.insert(name.to_owned(), value.into());
        }
        fields.insert("$defs".to_owned(), findings::definitions());
    }
    schema
}

fn summary_schema() -> Value {
    let severities = Severity::ALL.iter().rev();
    let severities: Vec<(&str, Value)> = severities
        .map(|severity| (severity.name(), count("findings of this severity")))
        .collect();
    findings::object(&[
        ("findings", count("all findings")),
        ("severities", findings::object(&severities)),
        (
            "not_evaluable",
            count("rules that could not judge an account"),
        ),
        ("people", count("rows of the roster in the population")),
        ("systems", count("systems in the population")),
        ("accounts", count("accounts in the population")),
        ("grants", count("grants in the population")),
    ])
}

fn rule_schema() -> Value {
    findings::object(&[
        ("rule", text("the rule's stable id")),
        ("fires", count("accounts for which it fired")),
        ("passes", count("accounts that passed")),
        ("not_evaluable", count("accounts that it could not judge")),
        ("out_of_scope", count("accounts that it is not for")),
    ])
}

fn not_evaluable_schema() -> Value {
    findings::object(&[
        ("rule", text("the rule's stable id")),
        ("subject", text("the account")),
        ("reason", text("why it could not be judged")),
        ("path", text("the export of the account's first row")),
        ("line", count("the line of that row, from 1")),
    ])
}

fn source_schema() -> Value {
    let texts = object!({ "type": "array", "items": { "type": "string" } });
    let problem = findings::object(&[
        ("line", count("the line in which the row begins, from 1")),
        ("column", object!({ "type": ["string", "null"] })),
        ("reason", text("why it could not be used")),
        (
            "rejected",
            object!({ "type": "boolean", "description": "whether the row is not in the population" }),
        ),
    ]);
    findings::object(&[
        ("role", object!({ "enum": ["hr roster", "grants"] })),
        ("name", text("the file as the user named it")),
        ("sha256", text("SHA-256 of its bytes, hexadecimal")),
        ("bytes", count("its size")),
        ("delimiter", text("the delimiter found")),
        (
            "columns",
            object!({
                "type": "object",
                "description": "the fields found, each with its header",
                "additionalProperties": { "type": "string" },
            }),
        ),
        ("unused_columns", texts),
        (
            "rows",
            findings::object(&[
                (
                    "read",
                    count("rows after the header: the sum of the others"),
                ),
                ("kept", count("rows in the population")),
                ("rejected", count("rows that are not, each with a problem")),
                (
                    "repeated",
                    count("rows that repeat an earlier one cell for cell"),
                ),
                ("blank", count("rows whose cells are all empty")),
            ]),
        ),
        ("problems", object!({ "type": "array", "items": problem })),
    ])
}

fn text(description: &str) -> Value {
    object!({ "type": "string", "description": description })
}

fn count(description: &str) -> Value {
    object!({ "type": "integer", "minimum": 0, "description": description })
}
