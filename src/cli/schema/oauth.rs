//! Envelopes of `jwt fetch`, `jwt introspect` and `jwt revoke`.

use serde_json::{Value, json};

use super::{closed, envelope, flag, list, names, nullable_text, or_null, reasons, text, texts};

pub(super) fn schemas() -> [(&'static str, Value); 4] {
    let revocation = envelope(
        "revocation",
        "A token revoked by countersign, version 1",
        &[
            ("url", text("the endpoint that took it")),
            ("reasons", reasons()),
            (
                "active_afterwards",
                nullable_flag(
                    "whether the server calls the token active afterwards, where it was asked",
                ),
            ),
        ],
    );
    [
        ("fetched-tokens-v1", tokens()),
        ("rotation-test-v1", rotation()),
        ("introspection-v1", introspection()),
        ("revocation-v1", revocation),
    ]
}

fn tokens() -> Value {
    envelope(
        "fetched-tokens",
        "Tokens fetched by countersign from a server, version 1",
        &[
            (
                "access_token",
                text("the access token, or what was exchanged"),
            ),
            ("token_type", text("as the server writes it")),
            (
                "expires_in",
                json!({ "type": ["integer", "null"], "description": "the life of the access token in seconds, where it is said" }),
            ),
            ("scope", nullable_text("what is granted, where it is said")),
            ("refresh_token", nullable_text("the refresh token")),
            ("id_token", nullable_text("the ID token")),
            (
                "id_token_verified",
                nullable_flag("whether the ID token was verified; null where there is none"),
            ),
            (
                "issued_token_type",
                nullable_text("the kind of token, after an exchange"),
            ),
            (
                "others",
                json!({ "type": "object", "description": "all other members of the answer" }),
            ),
        ],
    )
}

fn rotation() -> Value {
    envelope(
        "rotation-test",
        "What countersign found out about the rotation of refresh tokens, version 1",
        &[
            ("passes", flag("whether the old token died")),
            ("reasons", reasons()),
            (
                "rotation",
                names(&["rotated", "not-rotated", "old-token-outlives"]),
            ),
            ("explanation", text("what that means")),
            (
                "family",
                json!({ "enum": ["revoked", "alive", "none", "unknown", null] }),
            ),
            (
                "family_explanation",
                nullable_text("what happened to the newest token"),
            ),
            ("tokens", or_null(tokens())),
        ],
    )
}

fn introspection() -> Value {
    let member = closed(&[
        ("name", text("the claim")),
        (
            "standing",
            names(&["agrees", "contradicts", "token-only", "server-only"]),
        ),
        ("token", nullable_text("what the token says")),
        ("server", nullable_text("what the server says")),
    ]);
    envelope(
        "introspection",
        "A server's answer about a token, held against the token by countersign, version 1",
        &[
            ("active", flag("whether the server calls it active")),
            (
                "agrees",
                flag("whether it is active and nothing is contradicted"),
            ),
            ("reasons", reasons()),
            ("asked_at", text("the time it was judged by, RFC 3339")),
            ("signature_verified", json!({ "const": false })),
            (
                "token_readable",
                nullable_flag("whether the token's own claims can be read; null for an opaque one"),
            ),
            ("members", list(member)),
            ("remarks", texts("what is odd, in sentences")),
            (
                "answer",
                json!({ "type": "object", "description": "the server's answer as it is" }),
            ),
        ],
    )
}

fn nullable_flag(description: &str) -> Value {
    json!({ "type": ["boolean", "null"], "description": description })
}
