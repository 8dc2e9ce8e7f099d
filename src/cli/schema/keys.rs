//! Envelopes of `jwt jwks` and `jwt diff`.

use serde_json::{Value, json};

use super::{closed, envelope, flag, list, names, nullable_text, text, texts};

pub(super) fn schemas() -> [(&'static str, Value); 5] {
    let key = envelope(
        "key",
        "A key made or chosen by countersign, version 1",
        &[
            ("private", flag("whether the key is private or shared")),
            (
                "thumbprint",
                nullable_text("RFC 7638, SHA-256; null of a shared secret"),
            ),
            ("thumbprint_uri", nullable_text("RFC 9278")),
            (
                "key",
                json!({ "type": "object", "description": "the JWK (RFC 7517)" }),
            ),
        ],
    );
    let converted = envelope(
        "converted-keys",
        "Keys written in another form by countersign, version 1",
        &[
            ("form", names(&["jwk", "jwks", "pem", "der"])),
            ("private", flag("whether a key is private or shared")),
            ("text", text("the keys in that form; DER in base64")),
        ],
    );
    let print = closed(&[
        ("kid", nullable_text("the key id")),
        ("kind", text("what the key is")),
        ("thumbprint", text("RFC 7638, SHA-256")),
        ("thumbprint_uri", text("RFC 9278")),
    ]);
    let thumbprints = envelope(
        "thumbprints",
        "Thumbprints of keys by countersign, version 1",
        &[("keys", list(print))],
    );
    [
        ("key-v1", key),
        ("converted-keys-v1", converted),
        ("thumbprints-v1", thumbprints),
        ("key-set-v1", key_set()),
        ("token-diff-v1", diff()),
    ]
}

fn key_set() -> Value {
    let phases = ["next", "current", "retiring", "retired", "unusable"];
    let member = closed(&[
        ("kid", nullable_text("the key id")),
        ("kind", nullable_text("what the key is, if it can be used")),
        ("phase", names(&phases)),
        (
            "signs_from",
            nullable_text("from when on it signs, RFC 3339"),
        ),
        (
            "verifies_until",
            nullable_text("until when it verifies, RFC 3339"),
        ),
        ("problem", nullable_text("why it cannot be used")),
    ]);
    envelope(
        "key-set",
        "A JWK set that countersign changed, version 1",
        &[
            ("file", text("the set")),
            ("judged_at", text("the time of the phases, RFC 3339")),
            ("added", nullable_text("the id of the key that was added")),
            ("removed", texts("the ids of the keys that were taken out")),
            ("keys", list(member)),
        ],
    )
}

fn diff() -> Value {
    let difference = closed(&[
        ("part", names(&["header", "claims"])),
        ("name", text("the member, with its path")),
        (
            "left",
            nullable_text("its value in the first token, as JSON"),
        ),
        (
            "right",
            nullable_text("its value in the second token, as JSON"),
        ),
        ("meaning", nullable_text("what the difference comes to")),
    ]);
    envelope(
        "token-diff",
        "Two tokens compared by countersign, nothing verified, version 1",
        &[
            ("equal", flag("whether they mean the same")),
            ("left", text("where the first token was found")),
            ("right", text("where the second token was found")),
            ("differences", list(difference)),
        ],
    )
}
