//! Envelopes of `request sign` and `request verify`.

use serde_json::{Value, json};

use super::{closed, count, envelope, flag, nullable_text, reasons, text, texts};

pub(super) fn schemas() -> [(&'static str, Value); 9] {
    [
        (
            "signed-request-v1",
            envelope(
                "signed-request",
                "A request signed by countersign, version 1",
                &[
                    (
                        "message",
                        text("the whole message; bytes that are not UTF-8 are replaced"),
                    ),
                    ("fields", texts("the new header fields, a line each")),
                    ("signature_base", text("what the signature is over")),
                ],
            ),
        ),
        ("request-verdict-v1", verdict()),
        ("request-batch-v1", answer()),
        ("request-batch-summary-v1", summary()),
        ("request-exchange-v1", exchange()),
        ("request-selftest-v1", selftest()),
        (
            "request-recipe-v1",
            envelope(
                "request-recipe",
                "How to recompute a MAC with other tools, by countersign, version 1",
                &[
                    ("language", text("what it is written in")),
                    ("text", text("the lines")),
                ],
            ),
        ),
        ("request-explanation-v1", explanation()),
        (
            "request-verdicts-v1",
            envelope(
                "request-verdicts",
                "Verdicts of countersign about several signed messages, version 1",
                &[
                    ("messages", count("how many messages were judged")),
                    ("accepted", count("how many of them were accepted")),
                    ("verdicts", json!({ "type": "array", "items": verdict() })),
                ],
            ),
        ),
    ]
}

fn verdict() -> Value {
    envelope(
        "request-verdict",
        "A verdict of countersign about a signed message, version 1",
        &[
            ("input", text("the message as the user named it")),
            ("accepted", flag("whether one of its signatures is good")),
            ("reasons", reasons()),
            (
                "message",
                nullable_text("why there is no signature to judge, where there is none"),
            ),
            (
                "signatures",
                json!({ "type": "array", "items": signature() }),
            ),
            (
                "hint",
                nullable_text("the encoding of the secret under which the MAC would match"),
            ),
            ("forgiven", texts("what was tolerated while reading")),
            (
                "depends_on",
                texts("why the message may not be what was sent; a refusal then proves nothing"),
            ),
        ],
    )
}

fn answer() -> Value {
    let accepted = json!({
        "type": ["boolean", "null"],
        "description": "whether the message is accepted; null if the line could not be read",
    });
    envelope(
        "request-batch",
        "The answer of countersign about one message of a batch, version 1",
        &[
            ("line", count("the line of the input, from 1")),
            ("id", nullable_text("the caller's name for the message")),
            ("accepted", accepted),
            ("reasons", reasons()),
            (
                "label",
                nullable_text("the label of the signature that decides"),
            ),
            ("key_id", nullable_text("the key id that it names")),
            ("error", nullable_text("why the line could not be read")),
        ],
    )
}

fn summary() -> Value {
    envelope(
        "request-batch-summary",
        "The end of the answers of countersign about a batch, version 1",
        &[
            ("messages", count("how many lines held something")),
            ("accepted", count("how many messages were accepted")),
            ("refused", count("how many were refused")),
            ("unread", count("how many lines could not be read")),
        ],
    )
}

fn list(items: Value) -> Value {
    json!({ "type": "array", "items": items })
}

fn comparison() -> Value {
    let change = closed(&[
        ("in", json!({ "enum": ["both", "ours", "expected"] })),
        ("text", text("the line")),
    ]);
    list(closed(&[
        ("title", text("what the text is")),
        ("lines", list(change)),
    ]))
}

fn selftest() -> Value {
    let example = closed(&[
        ("name", text("what it is")),
        ("source", text("who published it")),
        (
            "holds",
            flag("whether it matches as printed and not when changed"),
        ),
    ]);
    envelope(
        "request-selftest",
        "Published examples verified by countersign, version 1",
        &[
            ("holds", flag("whether all hold")),
            ("examples", list(example)),
        ],
    )
}

fn exchange() -> Value {
    let fields = || {
        list(closed(&[
            ("name", text("the field's name")),
            ("value", text("its value; of credentials nothing is told")),
        ]))
    };
    envelope(
        "request-exchange",
        "A request that countersign signed and sent, and its answer, version 1",
        &[
            ("method", text("the method")),
            ("url", text("where it was sent")),
            ("request_fields", fields()),
            ("signed_text", text("what the signature is over")),
            ("status", count("the status of the answer")),
            (
                "milliseconds",
                count("from sending to the end of the answer"),
            ),
            ("response_fields", fields()),
            (
                "response_body",
                text("the body; bytes that are not UTF-8 are replaced"),
            ),
            (
                "verdict",
                json!({ "oneOf": [verdict(), { "type": "null" }] }),
            ),
            ("compared", comparison()),
        ],
    )
}

fn explanation() -> Value {
    let step = closed(&[
        ("code", text("what kind of change it is")),
        ("text", text("what completes `it verifies if`")),
    ]);
    let cause = closed(&[
        (
            "found",
            flag("whether a change was found that makes it match"),
        ),
        ("text", text("what was found")),
        ("steps", list(step)),
        ("tried", count("how many variants were tried")),
        ("exhausted", flag("whether the search ended at its limit")),
    ]);
    let line = closed(&[
        ("text", text("the line")),
        ("origin", text("where it comes from")),
    ]);
    let titled = |lines| {
        list(closed(&[
            ("title", text("what the text is")),
            ("lines", list(lines)),
        ]))
    };
    envelope(
        "request-explanation",
        "Why a signed message is refused, by countersign, version 1",
        &[
            ("verified", flag("whether a key was given to verify with")),
            ("causes", list(cause)),
            ("verdict", verdict()),
            ("texts", titled(line)),
            ("compared", comparison()),
        ],
    )
}

fn signature() -> Value {
    let part = || {
        closed(&[
            ("ok", flag("whether this part holds")),
            ("text", text("what was found")),
        ])
    };
    closed(&[
        ("scheme", text("the signature scheme")),
        (
            "label",
            nullable_text("the label of the signature, where the scheme has labels"),
        ),
        (
            "key_id",
            nullable_text("the key id that the signature names"),
        ),
        ("accepted", flag("whether all parts hold")),
        ("reasons", reasons()),
        (
            "target_conflict",
            nullable_text("why target, `Host` and scheme do not name one place"),
        ),
        ("mac", part()),
        ("freshness", part()),
        ("replay", json!({ "oneOf": [part(), { "type": "null" }] })),
        (
            "coverage",
            closed(&[
                ("ok", flag("whether it covers enough")),
                ("text", text("what was found")),
                ("covered", texts("the components that the signature covers")),
                ("missing", texts("the components that it should cover")),
            ]),
        ),
        ("body", part()),
        (
            "notes",
            texts("what a reader should know and does not decide"),
        ),
        (
            "signed_text",
            nullable_text("what the signature is over, with `--show-base`"),
        ),
    ])
}
