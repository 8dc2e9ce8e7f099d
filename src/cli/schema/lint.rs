//! Envelopes of `lint`.

use serde_json::{Value, json};

use super::{closed, count, envelope, flag, list, names, nullable_text, or_null, text, texts};

pub(super) fn schemas() -> Vec<(&'static str, Value)> {
    vec![
        ("mtls-v1", mtls()),
        ("reach-v1", reach()),
        ("assertions-v1", assertions()),
        ("exposure-diff-v1", exposure_diff()),
        ("generated-policies-v1", generated_policies()),
    ]
}

fn world() -> (&'static str, Value) {
    (
        "world",
        nullable_text("the world it is in; null where there is one"),
    )
}

fn sender() -> Value {
    closed(&[
        world(),
        ("clients", texts("the clients, namespace and name")),
        (
            "service",
            nullable_text("the Service and its port; null for every Service"),
        ),
        ("server", nullable_text("the server behind it")),
        ("sends", text("what is sent")),
        ("taken", json!({ "enum": ["yes", "no", "depends", null] })),
        ("because", texts("why")),
        (
            "file",
            nullable_text("the file of the DestinationRule that decides"),
        ),
        (
            "line",
            json!({ "type": ["integer", "null"], "minimum": 1, "description": "its line" }),
        ),
    ])
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
        world(),
        ("workload", text("kind, namespace and name")),
        ("namespace", text("its namespace")),
        ("name", text("its name")),
        ("place", text("file and line")),
        (
            "proxy",
            names(&["sidecar", "ambient", "linkerd", "consul", "none", "unknown"]),
        ),
        (
            "left_out",
            nullable_text("why it does not count, where it does not"),
        ),
        ("verdict", verdict),
        ("ports", list(port)),
        ("because", list(link)),
    ]);
    envelope(
        "mtls",
        "The effective mTLS of workloads and ports, version 1",
        &[
            ("workloads", list(workload)),
            ("clients", list(sender())),
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

fn party() -> Value {
    closed(&[
        ("type", names(&["workload", "unseen", "addresses"])),
        (
            "namespace",
            nullable_text("its namespace; null for pods of any other namespace and for addresses"),
        ),
        ("name", nullable_text("the workload's name")),
        ("kind", nullable_text("the workload's kind")),
        ("ranges", texts("the addresses")),
    ])
}

fn ports() -> Value {
    let port = |description: &str| json!({ "type": "integer", "minimum": 1, "maximum": 65535, "description": description });
    list(closed(&[
        ("protocol", names(&["TCP", "UDP", "SCTP"])),
        ("first", port("the first port")),
        ("last", port("the last port")),
    ]))
}

fn reasons() -> Value {
    let number = |description: &str| json!({ "type": ["integer", "null"], "minimum": 1, "description": description });
    list(closed(&[
        ("text", text("what holds")),
        (
            "file",
            nullable_text("where it is written; null for an absence"),
        ),
        ("line", number("the line")),
        ("column", number("the column")),
    ]))
}

fn path() -> Value {
    let mesh = closed(&[
        ("wire", names(&["mtls", "plaintext", "either", "depends"])),
        ("admission", names(&["admitted", "refused", "depends"])),
        (
            "identity",
            nullable_text("the identity that the caller shows over mTLS"),
        ),
        (
            "accounts",
            json!({
                "type": ["array", "null"],
                "items": { "type": "string" },
                "description": "the accounts one of which a caller must have, where that is the condition",
            }),
        ),
        (
            "sent_is_taken",
            json!({ "enum": ["yes", "no", "depends", null] }),
        ),
        ("reasons", reasons()),
    ]);
    let roles = json!({ "enum": ["caller", "against", "doubtful", "kept-out", null] });
    closed(&[
        ("role", roles),
        world(),
        ("source", party()),
        ("destination", party()),
        ("surely", ports()),
        ("may", ports()),
        ("mesh", or_null(mesh)),
        ("reasons", reasons()),
    ])
}

fn reach() -> Value {
    let note = closed(&[
        ("code", text("a stable code")),
        (
            "message",
            text("what was not read or judged, with its place"),
        ),
    ]);
    envelope(
        "reach",
        "Who can reach whom, version 1",
        &[
            ("question", names(&["paths", "matrix", "only"])),
            (
                "ruling",
                json!({ "enum": ["proven", "refuted", "undecided", null] }),
            ),
            (
                "worlds",
                list(closed(&[
                    ("world", text("its name")),
                    (
                        "ruling",
                        json!({ "enum": ["proven", "refuted", "undecided", null] }),
                    ),
                ])),
            ),
            ("conditions", texts("what a proof takes for granted")),
            ("limits", reasons()),
            ("paths", list(path())),
            ("notes", list(note)),
        ],
    )
}

fn assertions() -> Value {
    let judged = closed(&[
        world(),
        ("name", text("the assertion")),
        ("ruling", names(&["proven", "refuted", "undecided"])),
        ("chains", list(list(path()))),
        ("remarks", reasons()),
    ]);
    envelope(
        "assertions",
        "Assertions held against manifests, version 1",
        &[
            ("assertions", list(judged)),
            (
                "unread",
                nullable_text("the first part of the input that was not judged"),
            ),
        ],
    )
}

fn exposure_diff() -> Value {
    let change = || {
        list(closed(&[
            ("path", path()),
            ("ports", ports()),
            (
                "of_new_workload",
                flag("whether one state lacks one of its ends"),
            ),
        ]))
    };
    let lost = closed(&[
        world(),
        ("workload", text("the workload")),
        ("ports", texts("its ports; `other` for all others")),
        ("certain", flag("whether plaintext is surely accepted now")),
        ("evidence", texts("why")),
    ]);
    let admitted = closed(&[
        world(),
        ("workload", text("the workload")),
        ("text", text("whom its AuthorizationPolicies admit now")),
    ]);
    let finding = closed(&[
        ("rule", text("the rule")),
        ("severity", text("how bad it is")),
        ("message", text("what is wrong")),
        ("place", text("file and line")),
    ]);
    envelope(
        "exposure-diff",
        "What a change of manifests opens and closes, version 1",
        &[
            ("widened", change()),
            ("narrowed", change()),
            ("offered", reasons()),
            ("lost_mtls", list(lost)),
            ("admission", list(admitted)),
            ("limits", reasons()),
            ("new_findings", list(finding)),
            (
                "unread",
                nullable_text("the first part of the input that was not judged"),
            ),
        ],
    )
}

fn generated_policies() -> Value {
    envelope(
        "generated-policies",
        "Policies made from what is wanted, version 1",
        &[
            ("manifests", text("the policies, YAML")),
            ("remarks", texts("what could not be made, and why")),
        ],
    )
}
