//! Envelopes of `lint`.

use serde_json::{Value, json};

use super::{closed, count, envelope, list, names, nullable_text, text, texts};

pub(super) fn schemas() -> Vec<(&'static str, Value)> {
    vec![("mtls-v1", mtls())]
}

fn mtls() -> Value {
    let verdict = names(&["strict", "not-strict", "depends"]);
    let modes = list(names(&["DISABLE", "PERMISSIVE", "STRICT"]));
    let port = closed(&[
        (
            "port",
            json!({ "type": ["integer", "null"], "minimum": 0, "description": "the workload's port; null for every other port" }),
        ),
        ("verdict", verdict.clone()),
        ("modes", modes.clone()),
        ("bypass", nullable_text("why no mode holds there")),
        ("depends_on", texts("what is not known")),
    ]);
    let link = closed(&[
        ("text", text("what this step says")),
        (
            "policy",
            nullable_text("the PeerAuthentication; null where one is absent"),
        ),
        ("mode", nullable_text("the mode that it sets")),
        ("file", nullable_text("its file")),
        (
            "line",
            json!({ "type": ["integer", "null"], "minimum": 1, "description": "its line" }),
        ),
    ]);
    let workload = closed(&[
        ("workload", text("kind, namespace and name")),
        ("namespace", text("its namespace")),
        ("name", text("its name")),
        ("place", text("file and line")),
        ("proxy", names(&["sidecar", "ambient", "none", "unknown"])),
        ("verdict", verdict),
        ("ports", list(port)),
        ("because", list(link)),
    ]);
    envelope(
        "mtls",
        "The effective mTLS of workloads and ports, version 1",
        &[
            ("workloads", list(workload)),
            ("strict", count("workloads that accept mTLS only")),
            ("not_strict", count("workloads that accept plaintext")),
            (
                "depends",
                count("workloads of which the input does not tell"),
            ),
            ("unread", count("what could not be read or judged")),
        ],
    )
}
