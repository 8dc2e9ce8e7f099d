//! Envelopes of the verbs of an authority, and the file that makes a directory one.

use serde_json::{Value, json};

use super::cert::certificate;
use super::{
    closed, count, envelope, flag, list, names, nullable_text, or_null, reasons, text, texts,
};

pub(super) fn schemas() -> Vec<(&'static str, Value)> {
    vec![
        ("authority-v1", authority()),
        ("ca-v1", manifest()),
        ("certification-request-v1", requested()),
        ("issued-certificate-v1", issued()),
        ("issued-certificates-v1", bulk()),
        ("log-proof-v1", log_proof()),
        ("log-verdict-v1", log_verdict()),
        ("log-watch-v1", log_watch()),
        ("revocation-lists-v1", revocation_lists()),
        ("ocsp-responses-v1", responses()),
        ("revoked-certificate-v1", revoked()),
        ("ca-lists-v1", ca_lists()),
        ("certificate-selftest-v1", selftest()),
        ("certificate-status-v1", status()),
        ("exported-bundle-v1", exported()),
        ("kept-bundle-v1", kept_bundle()),
        ("bundle-difference-v1", bundle_difference()),
        ("renewed-certificate-v1", renewed()),
        ("rotation-plan-v1", plan()),
    ]
}

fn authority() -> Value {
    envelope(
        "authority",
        "A certificate authority made by countersign, version 1",
        &[
            ("directory", text("the directory as the user named it")),
            ("trust_domain", text("the SPIFFE trust domain")),
            (
                "max_ttl_seconds",
                nullable_count(
                    "the longest life of its leaves; null where the issuer alone limits it",
                ),
            ),
            ("keys_encrypted", flag("whether its keys are encrypted")),
            (
                "permitted",
                texts("the names that it may certify; any if there are none"),
            ),
            ("excluded", texts("the names that it must not certify")),
            ("root", certificate()),
            ("issuing", certificate()),
            (
                "log_key",
                text("the key that the checkpoints of its log verify with (C2SP signed-note)"),
            ),
            ("files", texts("the files of the directory")),
        ],
    )
}

fn requested() -> Value {
    envelope(
        "certification-request",
        "A certification request made by countersign, version 1",
        &[
            ("names", texts("the names it asks for, the SPIFFE ID first")),
            ("common_name", nullable_text("the common name it asks for")),
            ("key", text("the kind of its key")),
            ("new_key", flag("whether the key was made with it")),
            ("files", texts("the files written")),
        ],
    )
}

fn manifest() -> Value {
    envelope(
        "ca",
        "The file `ca.json` of an authority's directory, version 1",
        &[
            ("trust_domain", text("the SPIFFE trust domain")),
            ("signer", names(&["file", "external"])),
            ("log_key", text("the key of its log (C2SP signed-note)")),
        ],
    )
}

fn issued() -> Value {
    let log = closed(&[
        ("index", count("its entry in the log")),
        ("size", count("how many entries the log has")),
        ("root", text("the root of the log, hexadecimal")),
    ]);
    envelope(
        "issued-certificate",
        "A certificate issued by countersign, version 1",
        &[
            ("profile", text("what it is for")),
            ("certificate", certificate()),
            ("names", texts("its alternative names")),
            (
                "dropped",
                texts("what a certification request asked for and did not get"),
            ),
            ("log", log),
            ("files", texts("the files written")),
        ],
    )
}

fn bulk() -> Value {
    let log = closed(&[
        ("size", count("how many entries the log has")),
        ("root", text("the root of the log, hexadecimal")),
    ]);
    envelope(
        "issued-certificates",
        "A list of certificates issued by countersign, version 1",
        &[
            ("issued", count("how many were issued")),
            ("kept", count("how many were there already")),
            ("left_out", count("documents that are no ServiceAccount")),
            ("directory", text("where they are")),
            ("log", log),
        ],
    )
}

fn log_proof() -> Value {
    envelope(
        "log-proof",
        "A proof about the issuance log of an authority, version 1",
        &[
            (
                "index",
                nullable_count("the certificate's entry; null for a proof about an older log"),
            ),
            ("size", count("how many entries the log has")),
            ("hashes", count("how many hashes the proof has")),
            (
                "proof",
                text("the proof itself (C2SP tlog-proof, or what witnesses are sent)"),
            ),
        ],
    )
}

fn found() -> Value {
    closed(&[
        ("reason", text("the stable reason code")),
        ("subject", text("what it is about")),
        ("detail", text("what is wrong with it")),
    ])
}

fn log_verdict() -> Value {
    envelope(
        "log-verdict",
        "A verdict of countersign about an issuance log, version 1",
        &[
            ("log", text("the log's name")),
            ("holds", flag("whether all is as it should be")),
            ("reasons", reasons()),
            (
                "size",
                nullable_count("how many entries it has, where that is known"),
            ),
            ("root", nullable_text("its root, hexadecimal")),
            ("held", texts("what was found to hold, in words")),
            ("notes", texts("what else was seen")),
            ("problems", list(found())),
        ],
    )
}

fn log_watch() -> Value {
    let anomaly = closed(&[
        ("anomaly", text("the stable code")),
        ("index", count("the entry")),
        ("subject", text("the name in it")),
        ("detail", text("what is unusual, with both values")),
    ]);
    envelope(
        "log-watch",
        "What countersign finds unusual in an issuance log, version 1",
        &[
            ("log", text("the log's name")),
            ("size", count("how many entries it has")),
            ("since", count("how many of them were learnt from")),
            ("anomalies", list(anomaly)),
            ("seen", list(found())),
        ],
    )
}

fn revocation_lists() -> Value {
    let one = closed(&[
        ("issuer", text("the issuer's name")),
        ("number", count("the list's number")),
        (
            "base",
            nullable_count("the complete list that a delta adds to"),
        ),
        (
            "shard",
            nullable_count("the shard of the policy that it is for; null for all certificates"),
        ),
        (
            "point",
            texts("the places that it is for alone; empty for all certificates"),
        ),
        ("entries", count("how many certificates it lists")),
        ("next_update", text("when the next is due, RFC 3339")),
    ]);
    envelope(
        "revocation-lists",
        "Revocation lists made by countersign, version 1",
        &[("lists", list(one)), ("files", texts("the files written"))],
    )
}

fn revoked() -> Value {
    envelope(
        "revoked-certificate",
        "A certificate revoked by countersign, version 1",
        &[
            ("certificate", text("its name")),
            ("serial", text("its serial number, hexadecimal")),
            ("reason", text("why")),
            ("revoked_at", text("when, RFC 3339")),
            (
                "invalid_since",
                nullable_text("since when it is bad, RFC 3339"),
            ),
            ("index", count("the entry of the log")),
        ],
    )
}

fn responses() -> Value {
    let one = closed(&[
        ("certificate", text("whom it names")),
        ("serial", text("its serial number, hexadecimal")),
        ("status", names(&["good", "revoked"])),
        ("reason", nullable_text("why it is revoked")),
        (
            "next_update",
            text("until when the response counts, RFC 3339"),
        ),
        (
            "responder",
            nullable_text("who signed it in the issuer's place"),
        ),
        ("file", text("where the response is, DER")),
    ]);
    envelope(
        "ocsp-responses",
        "OCSP responses made by countersign for servers to staple, version 1",
        &[("responses", list(one))],
    )
}

fn ca_lists() -> Value {
    envelope(
        "ca-lists",
        "The file `lists.json` of an authority's directory, version 1",
        &[
            ("number", count("the number of the last list")),
            (
                "complete",
                json!({
                    "type": "object",
                    "description": "number and time of the last complete list, by the key identifier of its issuer",
                    "additionalProperties": closed(&[
                        ("number", count("its number")),
                        ("this_update", text("when it was issued, RFC 3339")),
                        ("covered", count("how many revocations it covered")),
                        ("point", texts("the distribution points that it is for")),
                    ]),
                }),
            ),
            (
                "log",
                nullable_text(
                    "how far the log was read, in a note signed with its key: entries, their root, revocations, their SHA-256, the largest number of a list",
                ),
            ),
        ],
    )
}

fn selftest() -> Value {
    let case = closed(&[
        ("case", text("what the client was")),
        ("refused", flag("whether it was refused, as it must be")),
        ("detail", text("how")),
    ]);
    let time = |part: &str| {
        json!({
            "type": ["number", "null"],
            "description": format!("{part}, in milliseconds"),
        })
    };
    envelope(
        "certificate-selftest",
        "A test of mutual TLS with an authority's certificates, version 1",
        &[
            ("passes", flag("whether all is as it must be")),
            (
                "problem",
                nullable_text("why a handshake that must work did not"),
            ),
            ("handshakes", count("how many were timed")),
            ("p50_ms", time("what half of them stay below")),
            ("p90_ms", time("what nine of ten stay below")),
            ("p99_ms", time("what all but one of a hundred stay below")),
            ("goal_ms", time("what the articles promise")),
            ("cases", list(case)),
        ],
    )
}

fn renewal_reasons() -> Value {
    texts(
        "why it needs renewal: expired, due, names-drifted, profile-drifted, issuer-changed, key-mismatch, revoked",
    )
}

fn status() -> Value {
    let one = closed(&[
        ("directory", text("where it is")),
        ("name", text("its name")),
        ("needs_renewal", flag("whether it needs renewal")),
        ("reasons", renewal_reasons()),
        ("not_after", text("the last second of its life, RFC 3339")),
        ("due", text("when it is to be renewed, RFC 3339")),
    ]);
    envelope(
        "certificate-status",
        "Which certificates need renewal, version 1",
        &[("certificates", list(one))],
    )
}

fn renewed() -> Value {
    envelope(
        "renewed-certificate",
        "A certificate renewed by countersign, version 1",
        &[
            ("directory", text("where it is")),
            ("name", text("its name")),
            (
                "renewed",
                flag("whether it was renewed; if not it is not due"),
            ),
            ("reasons", renewal_reasons()),
            (
                "serial",
                nullable_text("the new serial number, hexadecimal"),
            ),
            ("not_after", text("the last second of its life, RFC 3339")),
            ("due", text("when it is to be renewed next, RFC 3339")),
        ],
    )
}

fn kept_bundle() -> Value {
    envelope(
        "kept-bundle",
        "The bundle of another trust domain, fetched or imported, version 1",
        &[
            ("trust_domain", text("the trust domain whose bundle it is")),
            ("source", text("the URL or the file that it is from")),
            ("profile", or_null(names(&["https_web", "https_spiffe"]))),
            ("redirects", texts("the URLs that the endpoint sent on to")),
            ("result", names(&["stored", "unchanged", "older"])),
            ("authorities", texts("the names of its authorities")),
            (
                "jwt_keys",
                texts("its keys of JWT-SVIDs, by identifier and thumbprint"),
            ),
            ("sequence", nullable_count("its sequence")),
            (
                "sequence_before",
                nullable_count("the sequence of the one that was there"),
            ),
            (
                "refresh_hint",
                nullable_count("how often to look again, in seconds"),
            ),
            ("store", text("the file that keeps it")),
            ("notes", texts("what is odd about it")),
        ],
    )
}

fn bundle_difference() -> Value {
    let one = closed(&[
        (
            "trust_domain",
            nullable_text("the trust domain; null where the files do not say"),
        ),
        ("added", texts("authorities that the newer one has alone")),
        ("removed", texts("authorities that the older one has alone")),
        ("kept", count("how many authorities both have")),
        ("jwt_added", texts("keys of JWT-SVIDs that are new")),
        ("jwt_removed", texts("keys of JWT-SVIDs that are gone")),
        (
            "sequence_before",
            nullable_count("the sequence of the older one"),
        ),
        ("sequence", nullable_count("the sequence of the newer one")),
        (
            "refresh_hint_before",
            nullable_count("the refresh hint of the older one, in seconds"),
        ),
        (
            "refresh_hint",
            nullable_count("the refresh hint of the newer one, in seconds"),
        ),
        ("notes", texts("what else there is to say")),
    ]);
    envelope(
        "bundle-difference",
        "What changed from one bundle to another, version 1",
        &[
            ("same", flag("whether nothing changed")),
            ("bundles", list(one)),
        ],
    )
}

fn exported() -> Value {
    envelope(
        "exported-bundle",
        "What others are to trust, in the form that they take, version 1",
        &[
            (
                "form",
                names(&[
                    "spiffe",
                    "pem",
                    "configmap",
                    "secret",
                    "istio",
                    "linkerd",
                    "pkcs12",
                ]),
            ),
            ("authorities", texts("the names of the roots")),
            (
                "sequence",
                nullable_count("the sequence of a SPIFFE bundle"),
            ),
            ("content", text("the bundle itself; PKCS#12 in base64")),
        ],
    )
}

fn plan() -> Value {
    let step = closed(&[
        ("step", names(&["prepare", "activate", "retire"])),
        (
            "not_before",
            text("when it may be taken at the earliest, RFC 3339"),
        ),
        (
            "not_after",
            nullable_text("when it must be taken, RFC 3339"),
        ),
        ("action", text("what to do")),
        ("breaks", texts("who breaks if it is taken as things are")),
    ]);
    envelope(
        "rotation-plan",
        "A plan for the rotation of a root, version 1",
        &[
            (
                "safe",
                flag("whether nobody breaks if the steps are taken in their time"),
            ),
            ("problems", texts("what stands against the plan as a whole")),
            ("steps", list(step)),
        ],
    )
}

fn nullable_count(description: &str) -> Value {
    json!({ "type": ["integer", "null"], "minimum": 0, "description": description })
}
