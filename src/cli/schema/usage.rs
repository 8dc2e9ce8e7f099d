//! The envelope of `review usage`.

use serde_json::{Value, json};

use super::{closed, count, envelope, flag, list, nullable_text, text, texts};

pub(super) fn schemas() -> [(&'static str, Value); 2] {
    let unused = closed(&[
        ("principal", text("who")),
        ("permission", text("what, as the log names it")),
        ("last_used", text("when last, RFC 3339")),
        ("count", count("how often")),
    ]);
    let left_out = closed(&[
        ("name", text("the log as the user named it")),
        ("counted_as", text("the name under which it is counted")),
    ]);
    let days = texts("the first and the last of some days without a row");
    let usage = envelope(
        "usage",
        "Who used which permission, counted by countersign, version 1",
        &[
            ("part", nullable_text("the file that keeps the result")),
            ("system", text("what the permissions are of")),
            ("log", text("the kind of log")),
            (
                "mapping",
                nullable_text(
                    "which members of a row were read as what; null for kinds that are known",
                ),
            ),
            (
                "complete",
                flag("whether every row of every log could be used"),
            ),
            (
                "covers_from",
                nullable_text("the earliest time of a row; before it, absence is no evidence"),
            ),
            (
                "covers_to",
                nullable_text("the latest; after it, absence is no evidence"),
            ),
            ("silent_days", list(days)),
            ("rows", count("rows read, blank lines aside")),
            ("uses", count("successful uses, each event once")),
            (
                "copies",
                count("copies of events that were counted already"),
            ),
            ("groups", count("pairs of a principal and a permission")),
            ("principals", count("principals with a use")),
            (
                "event_ids_kept",
                flag("whether a later run can tell copies of events"),
            ),
            ("sources", list(source())),
            ("left_out", list(left_out)),
            ("longest_unused", list(unused)),
        ],
    );
    let column = closed(&[
        ("name", text("its name")),
        ("meaning", text("its type and what it holds")),
    ]);
    let plan = envelope(
        "usage-plan",
        "The SQL with which a warehouse counts the same, version 1",
        &[
            ("engine", text("where it runs")),
            ("sql", text("the statement")),
            ("sql_sha256", text("its SHA-256, hexadecimal")),
            ("columns", list(column)),
        ],
    );
    [("usage-v1", usage), ("usage-plan-v1", plan)]
}

fn source() -> Value {
    let problem = closed(&[
        (
            "row",
            count("the line, or the record of a document, from 1"),
        ),
        ("reason", text("the code of the reason")),
        (
            "byte",
            json!({ "type": ["integer", "null"], "minimum": 0, "description": "the byte of the row at which it shows" }),
        ),
    ]);
    closed(&[
        ("name", text("the log as the user named it")),
        (
            "query_sha256",
            nullable_text("the SHA-256 of the SQL whose result it is; null for a log"),
        ),
        ("bytes", count("its size as stored")),
        ("sha256", text("its SHA-256 as stored, hexadecimal")),
        ("rows", count("rows read")),
        ("used", count("rows that are uses")),
        ("failed", count("rows about what failed or was denied")),
        ("unfinished", count("rows about a stage before the outcome")),
        ("blank", count("blank lines")),
        (
            "rejected",
            json!({
                "type": "object",
                "additionalProperties": { "type": "integer", "minimum": 1 },
                "description": "rows that could not be used, by reason",
            }),
        ),
        ("problems", list(problem)),
        (
            "first",
            nullable_text("the earliest time of a row, RFC 3339"),
        ),
        ("last", nullable_text("the latest")),
        (
            "defect",
            nullable_text("why the rest of it could not be read; null where all was"),
        ),
    ])
}
