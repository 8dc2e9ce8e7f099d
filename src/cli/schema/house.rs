//! Envelopes that belong to no job: errors, explanations, the configuration, decision records, baselines.

use serde_json::{Value, json};

use super::{closed, envelope, head, list, names, nullable_text, partly, text, texts};
use crate::kernel::finding::Severity;

pub(super) fn schemas() -> [(&'static str, Value); 6] {
    let explanation = envelope(
        "explanation",
        "A rule or reason code explained by countersign, version 1",
        &[("entry", entry())],
    );
    let catalogue = envelope(
        "catalogue",
        "All rules and reason codes of countersign, version 1",
        &[("entries", list(entry()))],
    );
    [
        ("error-v1", error()),
        ("explanation-v1", explanation),
        ("catalogue-v1", catalogue),
        ("config-v1", config()),
        ("decision-v1", decision()),
        ("baseline-v1", baseline()),
    ]
}

fn error() -> Value {
    let kinds = [
        "usage",
        "configuration",
        "input",
        "secret",
        "output",
        "network",
        "nothing-to-evaluate",
    ];
    let error = closed(&[
        ("kind", names(&kinds)),
        ("message", text("what happened")),
        ("reasons", texts("stable reason codes, where there are any")),
        ("causes", texts("why, the nearest first")),
        ("hints", texts("what to type next")),
        ("exit_code", json!({ "enum": [2, 3] })),
    ]);
    envelope(
        "error",
        "Why countersign gives no answer, version 1: one line on standard error",
        &[("error", error)],
    )
}

fn entry() -> Value {
    let severities: Vec<Value> = Severity::ALL
        .iter()
        .map(|severity| severity.name().into())
        .chain([Value::Null])
        .collect();
    closed(&[
        ("code", text("the rule id or reason code")),
        ("kind", text("where it belongs")),
        ("title", text("one line")),
        (
            "severity",
            json!({ "enum": severities, "description": "of a rule, its severity" }),
        ),
        ("text", text("the page, Markdown")),
    ])
}

fn config() -> Value {
    let setting = closed(&[
        ("name", text("the name in a file")),
        ("variable", text("the name in the environment")),
        ("value", nullable_text("the value in force")),
        ("origin", nullable_text("where it comes from")),
    ]);
    envelope(
        "config",
        "The configuration of countersign in force, version 1",
        &[("settings", list(setting))],
    )
}

fn decision() -> Value {
    let required = [
        ("schema", json!({ "const": "countersign/decision/v1" })),
        ("decision_id", text("a random UUID")),
        ("time", text("when, RFC 3339")),
        (
            "tool",
            closed(&[
                ("name", json!({ "const": "countersign" })),
                ("version", text("the version of the program")),
            ]),
        ),
        ("action", text("what was asked, such as `jwt.verify`")),
        (
            "actor",
            nullable_text("who is judged, where known and the decision is yes"),
        ),
        ("resource", text("what was judged")),
        ("decision", names(&["yes", "no", "unknown"])),
        ("reasons", texts("stable reason codes or rule ids")),
        (
            "input_sha256",
            text("SHA-256 of the bytes that were judged, hexadecimal"),
        ),
    ];
    let optional = [
        (
            "claimed_actor",
            nullable_text("whom a refused input says it is about, unverified"),
        ),
        ("correlation_id", text("the caller's own id")),
        ("trace_id", text("the trace id of a W3C `traceparent`")),
        ("span_id", text("the parent id of a W3C `traceparent`")),
    ];
    head(
        "decision",
        "A decision record of countersign, version 1: one line of the audit log",
        partly(&required, &optional),
    )
}

fn baseline() -> Value {
    let finding = partly(
        &[
            ("rule", text("the rule's stable id")),
            ("path", nullable_text("the input, where there is a place")),
            ("subject", text("what it is about")),
            (
                "fingerprint",
                text("what decides: the finding's fingerprint"),
            ),
            ("message", text("what is wrong")),
        ],
        &[
            (
                "covers",
                list(text("a member of its group, or what it opens")),
            ),
            (
                "kin",
                text("the fingerprint of what it is about, whatever it covers"),
            ),
        ],
    );
    envelope(
        "baseline",
        "A baseline of countersign, version 1: findings that are known and not counted",
        &[("findings", list(finding))],
    )
}
