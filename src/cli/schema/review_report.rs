//! The envelope of `review report`.

use serde_json::{Value, json};

use super::review::{counts, head, severities};
use super::{closed, count, envelope, flag, list, names, nullable_text, or_null, text, texts};
use crate::review::campaign::outcome::Outcome;
use crate::review::store::Answer;

pub(super) fn report() -> Value {
    let closing = closed(&[
        ("at", text("when, RFC 3339")),
        (
            "acknowledged_by",
            nullable_text("who answers for the review"),
        ),
        ("statement", nullable_text("what they said")),
    ]);
    envelope(
        "review-report",
        "What an access review came to, by countersign, version 1",
        &[
            (
                "tool",
                closed(&[
                    ("name", json!({ "const": "countersign" })),
                    ("version", text("the version of the program")),
                ]),
            ),
            ("at", text("the time for which it holds, RFC 3339")),
            ("campaign", text("the campaign's id")),
            ("name", text("its name")),
            ("state", names(&["open", "closed"])),
            ("opened", text("when it was opened, RFC 3339")),
            ("deadline", text("after which answers are late, RFC 3339")),
            ("closed", or_null(closing)),
            ("head", head()),
            ("policy_sha256", text("the digest of the policy")),
            (
                "warnings",
                texts("what must be known before anything else is believed"),
            ),
            ("summary", summary()),
            ("not_evaluable", list(gap())),
            ("reviewers", list(reviewer())),
            ("sources", list(source())),
            ("items", list(item())),
        ],
    )
}

fn summary() -> Value {
    let mut risks = severities();
    risks.push("none");
    let rule = closed(&[
        ("rule", text("the rule's stable id")),
        ("fired", count("how often it fired")),
        ("worst", or_null(names(&severities()))),
    ]);
    closed(&[
        ("items", count("items under review")),
        (
            "outcomes",
            counts(
                Outcome::ALL.iter().map(|o| o.name()),
                "items with this outcome",
            ),
        ),
        (
            "by_policy",
            count("items that the policy decided, since nobody did"),
        ),
        ("waiting", count("items that wait for an answer")),
        (
            "contradicting",
            count("items whose stages contradict each other"),
        ),
        (
            "risks",
            counts(
                risks.into_iter(),
                "items whose worst finding has this severity",
            ),
        ),
        ("rules", list(rule)),
    ])
}

fn gap() -> Value {
    closed(&[
        ("rule", text("the rule's stable id")),
        ("because", text("why it could not judge")),
        ("subjects", count("how many it could not judge")),
    ])
}

fn reviewer() -> Value {
    let remark = closed(&[
        ("rule", text("the rule's stable id")),
        ("text", text("what was seen")),
    ]);
    closed(&[
        ("reviewer", text("who")),
        ("given", count("items they were given, in all stages")),
        ("owed", count("items they owe an answer on")),
        (
            "answers",
            counts(Answer::ALL.iter().map(|a| a.name()), "answers in time"),
        ),
        (
            "late",
            count("answers after the deadline, which do not count"),
        ),
        ("batches", count("in how many batches they answered")),
        ("largest_batch", count("answers in the largest batch")),
        (
            "seconds_from_first_to_last",
            count("seconds between the first answer and the last"),
        ),
        ("remarks", list(remark)),
    ])
}

fn source() -> Value {
    let rows = ["read", "kept", "rejected", "repeated", "blank"];
    let problem = closed(&[
        ("line", count("the line, from 1")),
        ("field", text("the field; empty for a whole row")),
        ("reason", text("why it could not be used")),
        ("rejected", flag("whether the row is not in the population")),
    ]);
    closed(&[
        (
            "source",
            closed(&[
                ("id", count("its number")),
                ("kind", text("what kind of export")),
                ("file", text("its name")),
                (
                    "exported",
                    text("when it was exported; empty where that is not known"),
                ),
                ("imported", nullable_text("when it was imported, RFC 3339")),
            ]),
        ),
        (
            "scope",
            closed(&[
                ("filter", text("the query or filter that made it")),
                ("remarks", text("what it cannot show")),
            ]),
        ),
        ("completeness", counts(rows.into_iter(), "rows")),
        (
            "integrity",
            closed(&[
                ("sha256", text("the digest of its bytes, hexadecimal")),
                ("bytes", count("its size")),
            ]),
        ),
        (
            "precision",
            closed(&[("usage_since", text("from when on last uses are complete"))]),
        ),
        ("problems", list(problem)),
    ])
}

fn item() -> Value {
    let finding = closed(&[
        ("rule", text("the rule's stable id")),
        ("text", text("what was found")),
    ]);
    let answer = closed(&[
        ("stage", count("the stage, from 1")),
        ("reviewer", text("who")),
        ("answer", names(&Answer::ALL.map(Answer::name))),
        ("justification", text("why")),
        ("at", text("when, RFC 3339")),
        (
            "late",
            flag("whether it came after the deadline, and does not count"),
        ),
    ]);
    let when = |what: &str| nullable_text(&format!("{what}: a day, a time, or `never`"));
    closed(&[
        ("item", text("its id")),
        ("system", text("the system")),
        ("account", text("the account")),
        ("person", nullable_text("whose it is")),
        ("kind", text("what sort of access")),
        ("entitlement", text("the access")),
        ("scope", text("where it holds, if not in the whole system")),
        ("how", text("how it came to the account")),
        ("path", text("the groups and roles that it came through")),
        ("granted", when("when it was given")),
        ("granted_by", text("by whom")),
        ("granted_because", text("why it was given")),
        ("last_used", when("when it was used last")),
        ("expires", when("when it ends")),
        ("new", flag("whether it is new since the campaign before")),
        ("risk", or_null(names(&severities()))),
        ("findings", list(finding)),
        ("outcome", names(&Outcome::ALL.map(Outcome::name))),
        ("decided_by", names(&["reviewers", "policy", "nobody yet"])),
        ("reviewers", texts("who is asked")),
        ("answers", list(answer)),
        ("source", text("the file and the row")),
    ])
}
