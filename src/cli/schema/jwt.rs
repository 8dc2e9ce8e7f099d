//! Envelopes of `jwt mint`, `jwt inspect`, `jwt verify` and `jwt jwks fetch`.

use serde_json::{Value, json};

use super::{
    closed, count, envelope, flag, list, names, nullable_text, or_null, partly, reasons, text,
    texts,
};
use crate::kernel::finding::Severity;

pub(super) fn schemas() -> [(&'static str, Value); 8] {
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
        ("tokens-v1", tokens()),
        ("token-verdict-v1", verdict()),
        ("jws-verdict-v1", jws_verdict()),
        ("token-batch-v1", answer()),
        ("token-batch-summary-v1", summary()),
        ("jwks-v1", keys),
    ]
}

fn token() -> Value {
    let mut properties = vec![
        ("found_in", text("the wrapping that it was found in")),
        ("place", place()),
    ];
    properties.extend(taken());
    envelope(
        "token",
        "A token taken apart by countersign, nothing verified, version 1",
        &properties,
    )
}

fn tokens() -> Value {
    let mut token = vec![
        ("schema", json!({ "const": "countersign/token/v1" })),
        ("found_in", text("the wrapping that it was found in")),
        ("place", place()),
    ];
    token.extend(taken());
    envelope(
        "tokens",
        "Several tokens taken apart by countersign, nothing verified, version 1",
        &[
            (
                "total",
                count("how many were found; at most 1000 are listed"),
            ),
            ("tokens", list(closed(&token))),
        ],
    )
}

fn place() -> Value {
    closed(&[
        (
            "input",
            text("the input: an argument, a file, standard input"),
        ),
        ("what", text("what surrounds it")),
        ("offset", count("its first byte in the input")),
        ("line", count("its line, from 1")),
        ("column", count("its column in characters, from 1")),
        (
            "wrapped",
            flag("whether it was put together from several lines"),
        ),
        ("encoding", names(&["plain", "base64", "hex-dump"])),
    ])
}

fn taken() -> Vec<(&'static str, Value)> {
    let payloads = [
        "claims",
        "claims-prefix",
        "text",
        "bytes",
        "detached",
        "unencoded",
        "compressed",
        "nested",
        "encrypted",
        "missing",
    ];
    vec![
        (
            "kind",
            names(&["signed", "unsecured", "encrypted", "other"]),
        ),
        (
            "form",
            names(&["compact", "flattened", "general", "sd-jwt"]),
        ),
        ("signature_verified", json!({ "const": false })),
        ("signature_bytes", count("the length of the signature")),
        ("recognised", recognised()),
        ("header", any_object("the header, where it is an object")),
        ("claims", any_object("the claims, where the payload is one")),
        ("payload", names(&payloads)),
        ("payload_bytes", count("the length of the payload")),
        (
            "payload_text",
            nullable_text("the payload, where it is text but no claims"),
        ),
        (
            "explained",
            closed(&[("header", list(explained())), ("claims", list(explained()))]),
        ),
        ("life", or_null(life())),
        ("signatures", list(signature())),
        ("encryption", or_null(encryption())),
        ("selective_disclosure", or_null(selective())),
        (
            "nested",
            any_object("the token in the payload, with the same properties as this one"),
        ),
        ("defects", texts("what is damaged, each with its place")),
        ("defect_places", list(defect())),
        ("advice", advice()),
    ]
}

fn recognised() -> Value {
    let told = || {
        closed(&[
            ("name", text("the stable name")),
            ("title", text("in words")),
            ("evidence", texts("by what it is recognised")),
        ])
    };
    closed(&[
        ("kind", or_null(told())),
        ("issuer", or_null(told())),
        ("passes_for", list(told())),
    ])
}

fn explained() -> Value {
    closed(&[
        ("name", text("the name")),
        ("text", text("the value as JSON, its numbers as written")),
        ("meaning", nullable_text("what it means")),
        ("source", nullable_text("who defines it")),
        ("time", nullable_text("the time that it is, RFC 3339")),
    ])
}

fn life() -> Value {
    closed(&[
        ("start", nullable_text("its start, RFC 3339")),
        ("end", nullable_text("its end, RFC 3339")),
        (
            "seconds",
            json!({ "type": ["integer", "null"], "description": "how long it lives" }),
        ),
        (
            "stage",
            names(&["not-yet", "alive", "over", "endless", "never"]),
        ),
        ("text", text("in words")),
    ])
}

fn signature() -> Value {
    closed(&[
        ("protected", any_object("the protected header")),
        ("unprotected", any_object("the unprotected header")),
        ("bytes", count("the length of the signature")),
    ])
}

fn encryption() -> Value {
    closed(&[
        (
            "key_management",
            nullable_text("how the content key travels"),
        ),
        ("content", nullable_text("how the content is encrypted")),
        ("encrypted_key_bytes", count("the length of that part")),
        (
            "initialization_vector_bytes",
            count("the length of that part"),
        ),
        ("ciphertext_bytes", count("the length of that part")),
        ("tag_bytes", count("the length of that part")),
        ("recipients", count("how many there are")),
        ("remarks", texts("what to know about it")),
    ])
}

fn selective() -> Value {
    let disclosure = closed(&[
        (
            "name",
            nullable_text("the claim; null for an array element"),
        ),
        ("value", json!({ "description": "the value" })),
        ("digest", nullable_text("its digest")),
        (
            "vouched_for_by",
            nullable_text("where the digest stands; null if nowhere"),
        ),
    ]);
    let binding = closed(&[
        (
            "sd_hash",
            names(&["absent", "matches", "mismatch", "unknown"]),
        ),
        ("text", nullable_text("in words")),
        ("header", any_object("the header of the key binding")),
        ("claims", any_object("the claims of the key binding")),
    ]);
    closed(&[
        ("hash", text("the hash of the digests")),
        ("disclosures", list(disclosure)),
        ("withheld", count("digests without a disclosure")),
        ("key_binding", binding),
    ])
}

fn defect() -> Value {
    closed(&[
        ("kind", text("the kind of defect")),
        ("part", text("the part of the token")),
        (
            "offset",
            json!({ "type": ["integer", "null"], "description": "its byte in the token, from 0" }),
        ),
        ("message", text("what it is")),
    ])
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
