//! Envelopes of `request sign` and `request verify`.

use serde_json::{Value, json};

use super::{closed, envelope, flag, head, nullable_text, reasons, text, texts};

pub(super) fn schemas() -> [(&'static str, Value); 2] {
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
    ]
}

fn verdict() -> Value {
    let schema = (
        "schema",
        json!({ "const": "countersign/request-verdict/v1" }),
    );
    let part = || {
        closed(&[
            ("ok", flag("whether this part holds")),
            ("text", text("what was found")),
        ])
    };
    let judged = closed(&[
        schema.clone(),
        ("input", text("the message as the user named it")),
        ("accepted", flag("whether all four parts hold")),
        ("reasons", reasons()),
        (
            "target_conflict",
            nullable_text("why target, `Host` and scheme do not name one place"),
        ),
        ("label", text("the label of the signature")),
        (
            "key_id",
            nullable_text("the key id that the signature names"),
        ),
        ("mac", part()),
        ("freshness", part()),
        (
            "coverage",
            closed(&[
                ("ok", flag("whether it covers enough")),
                ("covered", texts("the components that the signature covers")),
                ("missing", texts("the components that it should cover")),
            ]),
        ),
        ("digest", part()),
        (
            "hint",
            nullable_text("the encoding of the secret under which the MAC would match"),
        ),
        ("forgiven", texts("what was tolerated while reading")),
        (
            "signature_base",
            nullable_text("what the signature is over, with `--show-base`"),
        ),
    ]);
    let unsigned = closed(&[
        schema,
        ("input", text("the message as the user named it")),
        ("accepted", json!({ "const": false })),
        ("reasons", reasons()),
        ("message", text("why there is no signature to judge")),
    ]);
    head(
        "request-verdict",
        "A verdict of countersign about a signed request, version 1",
        json!({ "oneOf": [judged, unsigned] }),
    )
}
