//! Envelopes of `jwt mint`, `jwt inspect`, `jwt verify` and `jwt jwks fetch`.

use serde_json::{Value, json};

use super::{
    closed, count, envelope, flag, list, names, nullable_text, partly, reasons, text, texts,
};
use crate::kernel::finding::Severity;

pub(super) fn schemas() -> [(&'static str, Value); 7] {
    let minted = envelope(
        "minted-token",
        "A token minted by countersign, version 1",
        &[("token", text("the token, compact serialisation"))],
    );
    let keys = envelope(
        "jwks",
        "A JWK set of public keys by countersign, version 1",
        &[("keys", list(json!({ "oneOf": [rsa(), ec(), okp()] })))],
    );
    [
        ("minted-token-v1", minted),
        ("token-v1", token()),
        ("token-verdict-v1", verdict()),
        ("jws-verdict-v1", jws_verdict()),
        ("token-batch-v1", answer()),
        ("token-batch-summary-v1", summary()),
        ("jwks-v1", keys),
    ]
}

fn token() -> Value {
    envelope(
        "token",
        "A token taken apart by countersign, nothing verified, version 1",
        &[
            ("found_in", text("the wrapping that it was found in")),
            (
                "kind",
                names(&["signed", "unsecured", "encrypted", "other"]),
            ),
            ("signature_verified", json!({ "const": false })),
            ("signature_bytes", count("the length of the signature")),
            ("header", any_object("the header, where it is an object")),
            ("claims", any_object("the claims, where the payload is one")),
            (
                "payload_text",
                nullable_text("the payload, where it is text but no claims"),
            ),
            ("defects", texts("what is damaged, each with its place")),
            ("advice", advice()),
        ],
    )
}

fn key() -> Value {
    closed(&[
        ("key", text("the key")),
        ("tried", flag("whether the signature was held against it")),
        ("passed_over", nullable_text("why it was not")),
    ])
}

fn jws_verdict() -> Value {
    let signature = closed(&[
        ("ok", flag("whether it is valid under a key given")),
        ("text", text("what was found")),
        ("algorithm", text("the value of `alg`")),
        (
            "algorithm_is_protected",
            flag("whether `alg` is signed too"),
        ),
        ("key_id", nullable_text("the value of `kid`")),
        ("keys", list(key())),
    ]);
    envelope(
        "jws-verdict",
        "A verdict of countersign about the signatures over a payload, version 1",
        &[
            ("accepted", flag("whether one is valid and none is wrong")),
            ("reasons", reasons()),
            ("error", nullable_text("why the text is no JWS")),
            ("payload_bytes", count("the length of the payload")),
            ("signatures", list(signature)),
        ],
    )
}

fn verdict() -> Value {
    let check = closed(&[
        ("claim", text("the claim, or the header parameter")),
        ("ok", flag("whether it is as expected")),
        ("expected", text("what was expected")),
        ("actual", text("what was found")),
        ("by_leeway", flag("whether it holds by the leeway alone")),
        (
            "reason",
            nullable_text("the stable reason code of a failure"),
        ),
    ]);
    envelope(
        "token-verdict",
        "A verdict of countersign about a token, version 1",
        &[
            (
                "accepted",
                flag("whether the signature and every claim hold"),
            ),
            ("reasons", reasons()),
            ("judged_at", text("the time of the judgement, RFC 3339")),
            (
                "signature",
                closed(&[
                    ("ok", flag("whether it is valid under a key given")),
                    ("text", text("what was found")),
                    ("keys", list(key())),
                ]),
            ),
            ("checks", list(check)),
            (
                "issuer_checked",
                flag("whether an issuer was expected at all"),
            ),
            (
                "cause",
                nullable_text("the stable code of why the signature does not match"),
            ),
            (
                "hint",
                nullable_text("why the signature does not match, or what was meant, in a sentence"),
            ),
            ("claims", any_object("the claims, where they can be read")),
            ("advice", advice()),
        ],
    )
}

fn answer() -> Value {
    envelope(
        "token-batch",
        "The answer of countersign about one token of a batch, version 1",
        &[
            ("line", count("the line of the input, from 1")),
            ("id", nullable_text("the caller's name for the token")),
            (
                "accepted",
                json!({ "type": ["boolean", "null"], "description": "null where the line could not be read" }),
            ),
            ("reasons", reasons()),
            ("error", nullable_text("why the line could not be read")),
        ],
    )
}

fn summary() -> Value {
    envelope(
        "token-batch-summary",
        "The end of the answers of countersign about a batch of tokens, version 1",
        &[
            ("tokens", count("how many tokens there were")),
            ("accepted", count("how many were accepted")),
            ("refused", count("how many were refused")),
            ("unread", count("how many lines could not be read")),
        ],
    )
}

/// A part of the token as it is: any properties.
fn any_object(description: &str) -> Value {
    json!({ "type": ["object", "null"], "description": description })
}

fn advice() -> Value {
    let severities = Severity::ALL.map(Severity::name);
    list(closed(&[
        ("rule", text("the rule's stable id")),
        ("severity", names(&severities)),
        ("message", text("what is weak")),
        ("help", text("what to do")),
    ]))
}

fn public(kty: &str, parameters: &[(&str, Value)]) -> Value {
    let mut required = vec![("kty", json!({ "const": kty }))];
    required.extend_from_slice(parameters);
    let optional = [
        ("kid", text("the key id")),
        ("use", text("what the key is for")),
        ("alg", text("the algorithm that the key is for")),
    ];
    partly(&required, &optional)
}

fn rsa() -> Value {
    public("RSA", &[("e", number()), ("n", number())])
}

fn ec() -> Value {
    let curve = names(&["P-256", "P-384"]);
    public("EC", &[("crv", curve), ("x", number()), ("y", number())])
}

fn okp() -> Value {
    public("OKP", &[("crv", names(&["Ed25519"])), ("x", number())])
}

fn number() -> Value {
    text("octets, base64url without padding")
}
