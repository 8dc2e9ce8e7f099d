//! Envelopes of the verbs of a campaign.

use serde_json::Value;

use super::{
    closed, count, envelope, flag, list, names, nullable_text, or_null, partly, text, texts,
};
use crate::kernel::finding::Severity;
use crate::review::campaign::outcome::Outcome;
use crate::review::campaign::remediation::Fate;

pub(super) fn schemas() -> Vec<(&'static str, Value)> {
    vec![
        ("review-bundle-v1", bundle()),
        ("review-closing-v1", closing()),
        ("review-connectors-v1", connectors()),
        ("review-decisions-taken-v1", taken()),
        ("review-decisions-v1", decisions()),
        ("review-diff-v1", diff()),
        ("review-escalation-v1", escalation()),
        ("review-evidence-v1", manifest()),
        ("review-evidence-verdict-v1", verdict()),
        ("review-import-v1", import()),
        ("review-opening-v1", opening()),
        ("review-remediation-v1", remediation()),
        ("review-remedies-v1", remedies()),
        ("review-reminders-v1", reminders()),
        ("review-report-v1", super::review_report::report()),
        ("review-sheets-v1", sheets()),
        ("review-status-v1", status()),
    ]
}

fn bundle() -> Value {
    let file = closed(&[("name", text("its name")), ("bytes", count("its size"))]);
    envelope(
        "review-bundle",
        "An evidence bundle written by countersign, version 1",
        &[("directory", text("where it is")), ("files", list(file))],
    )
}

fn closing() -> Value {
    let closing = closed(&[
        (
            "acknowledged_by",
            nullable_text("who answers for the review"),
        ),
        ("statement", text("what they said")),
        ("early", flag("whether the deadline had not passed")),
        ("outcomes", outcomes()),
        (
            "by_policy",
            count("items that the policy decided, since nobody did"),
        ),
        (
            "conflicts",
            count("items whose stages contradict each other"),
        ),
    ]);
    envelope(
        "review-closing",
        "A campaign closed by countersign, version 1",
        &[("closing", closing), ("head", head())],
    )
}

fn connectors() -> Value {
    let connector = closed(&[
        ("name", text("the kind, as `review import` takes it")),
        ("reads", text("what it reads")),
        ("made_by", text("how the export is made")),
    ]);
    envelope(
        "review-connectors",
        "The exports that countersign reads, version 1",
        &[("connectors", list(connector))],
    )
}

fn taken() -> Value {
    let refused = closed(&[
        ("about", text("the row and what it says to be about")),
        ("reason", text("why it was refused")),
    ]);
    envelope(
        "review-decisions-taken",
        "The decisions of a sheet taken by countersign, version 1",
        &[
            ("reviewer", nullable_text("whose sheet it is")),
            ("rows", count("rows of the sheet")),
            ("accepted", count("decisions taken")),
            ("repeated", count("decisions that were there already")),
            ("unanswered", count("rows without an answer")),
            ("late", flag("whether the deadline has passed")),
            ("refused", list(refused)),
            ("head", head()),
        ],
    )
}

fn decisions() -> Value {
    let row = closed(&[
        ("key", text("the row's key, as it was handed out")),
        ("signed", texts("what the key covers, as it was handed out")),
        (
            "decision",
            names(&["", "accept", "revoke", "reduce", "not-decided"]),
        ),
        ("justification", text("why")),
    ]);
    envelope(
        "review-decisions",
        "The answers that a reviewer's page saves, version 1",
        &[("campaign", text("the campaign's id")), ("rows", list(row))],
    )
}

fn diff() -> Value {
    let mut risks = severities();
    risks.push("none");
    let risk = closed(&[
        ("item", text("the item")),
        ("from", names(&risks)),
        ("to", names(&risks)),
    ]);
    let moved = closed(&[
        ("who", text("the person")),
        ("from", text("department and title before")),
        ("to", text("department and title now")),
    ]);
    envelope(
        "review-diff",
        "Two campaigns compared by countersign, version 1",
        &[
            ("kept", count("grants in both")),
            ("added", texts("grants that are new")),
            ("removed", texts("grants that are gone")),
            (
                "back",
                texts("grants that were revoked and are there again"),
            ),
            ("risk", list(risk)),
            ("moved", list(moved)),
        ],
    )
}

fn escalation() -> Value {
    let added = closed(&[
        ("item", count("the item")),
        ("stage", count("the stage, from 1")),
        ("reviewer", nullable_text("who is asked, too")),
    ]);
    envelope(
        "review-escalation",
        "An escalation by countersign, version 1",
        &[
            ("added", list(added)),
            (
                "nobody",
                list(count("an item on which nobody else may decide")),
            ),
        ],
    )
}

fn manifest() -> Value {
    let closing = closed(&[
        ("at", nullable_text("when, RFC 3339")),
        (
            "acknowledged_by",
            nullable_text("who answers for the review"),
        ),
        ("statement", nullable_text("what they said")),
    ]);
    let file = closed(&[
        ("name", text("its name")),
        ("bytes", count("its size")),
        ("sha256", text("its digest, hexadecimal")),
    ]);
    envelope(
        "review-evidence",
        "The manifest of an evidence bundle, version 1",
        &[
            ("tool", text("the program and its version")),
            ("campaign", text("the campaign's id")),
            ("name", text("its name")),
            ("state", names(&["open", "closed"])),
            ("opened", nullable_text("when it was opened, RFC 3339")),
            (
                "deadline",
                nullable_text("after which answers are late, RFC 3339"),
            ),
            ("closed", or_null(closing)),
            ("items", count("items under review")),
            ("decisions", count("decisions, all that were ever made")),
            ("policy_sha256", text("the digest of the policy")),
            ("head", head()),
            ("files", list(file)),
        ],
    )
}

fn verdict() -> Value {
    let check = closed(&[
        ("what", text("what was checked")),
        (
            "fails",
            nullable_text("why it does not hold; null where it does"),
        ),
    ]);
    envelope(
        "review-evidence-verdict",
        "A verdict of countersign about an evidence bundle, version 1",
        &[
            ("valid", flag("whether every check holds")),
            ("checks", list(check)),
            ("campaign", nullable_text("the campaign's id")),
            ("name", nullable_text("its name")),
            ("head", nullable_text("the hash over its last event")),
            ("not_proven", texts("what the bundle does not prove")),
        ],
    )
}

fn import() -> Value {
    let rows = ["read", "kept", "rejected", "repeated", "blank"];
    let problem = closed(&[
        ("line", count("the line, from 1")),
        ("column", nullable_text("the column; null for a whole row")),
        ("reason", text("why it could not be used")),
        ("rejected", flag("whether the row is not in the population")),
    ]);
    envelope(
        "review-import",
        "An export imported by countersign, version 1",
        &[
            ("campaign", text("the campaign's file as the user named it")),
            ("source", count("the number of the source")),
            ("kind", text("what kind of export")),
            ("name", text("its name")),
            ("sha256", text("the digest of its bytes, hexadecimal")),
            ("bytes", count("its size")),
            ("rows", counts(rows.into_iter(), "rows")),
            ("people", count("people in it")),
            ("accounts", count("accounts in it")),
            ("entitlements", count("entitlements in it")),
            ("grants", count("grants in it")),
            ("problems", list(problem)),
            ("remarks", texts("what it cannot show")),
            ("head", head()),
        ],
    )
}

fn opening() -> Value {
    let rule = closed(&[
        ("id", text("the rule's stable id")),
        ("fired", count("how often it fired")),
        ("passed", count("how many passed")),
        ("not_evaluable", count("how many it could not judge")),
    ]);
    let gap = closed(&[
        ("rule", text("the rule's stable id")),
        ("reason", text("why it could not judge")),
        ("subjects", count("how many it could not judge")),
    ]);
    envelope(
        "review-opening",
        "A campaign opened by countersign, version 1",
        &[
            ("name", text("the campaign's name")),
            ("opened", flag("whether it was opened, and not only tried")),
            ("deadline", text("after which answers are late, RFC 3339")),
            ("policy_sha256", text("the digest of the policy")),
            ("people", count("people in the population")),
            ("accounts", count("accounts")),
            ("entitlements", count("entitlements")),
            ("grants", count("grants, which are the items")),
            ("reviewers", count("people who are asked")),
            ("unassigned", count("items on which nobody may decide")),
            ("rules", list(rule)),
            ("not_evaluable", list(gap)),
            ("head", head()),
        ],
    )
}

fn remediation() -> Value {
    let fates = [
        Fate::Gone,
        Fate::AccountGone,
        Fate::Disabled,
        Fate::Still,
        Fate::Back,
        Fate::OtherWay,
        Fate::NotEvaluable,
    ];
    let fate = closed(&[
        ("item", count("the item")),
        ("fate", names(&fates.map(Fate::name))),
        (
            "why",
            text("why it is no proof, where the fate alone does not say it"),
        ),
        ("account", nullable_text("the account")),
        ("entitlement", nullable_text("the access")),
    ]);
    envelope(
        "review-remediation",
        "What became of what was revoked, by countersign, version 1",
        &[("fates", list(fate))],
    )
}

fn remedies() -> Value {
    let remedy = closed(&[
        ("item", count("the item")),
        ("outcome", names(&Outcome::ALL.map(Outcome::name))),
        ("by_person", flag("whether a person decided it")),
        ("ticket", text("what is to be done, in words")),
        (
            "command",
            nullable_text("a command that does it, where one is known"),
        ),
        ("caution", nullable_text("what to look at before")),
    ]);
    envelope(
        "review-remedies",
        "What is to be done after a review, by countersign, version 1",
        &[("remedies", list(remedy))],
    )
}

fn reminders() -> Value {
    let reminder = closed(&[
        (
            "reviewer",
            nullable_text("whom to remind: an address or id"),
        ),
        ("name", text("who that is")),
        ("owes", count("answers owed")),
        (
            "with_findings",
            count("those of them about items with findings"),
        ),
    ]);
    envelope(
        "review-reminders",
        "Who owes answers, by countersign, version 1",
        &[
            ("deadline", text("after which answers are late, RFC 3339")),
            ("reminders", list(reminder)),
        ],
    )
}

fn sheets() -> Value {
    let sheet = closed(&[
        ("reviewer", text("whom it is for")),
        ("file", text("where it is")),
        ("rows", count("items in it")),
        ("with_findings", count("those of them with findings")),
    ]);
    envelope(
        "review-sheets",
        "Sheets for reviewers written by countersign, version 1",
        &[("sheets", list(sheet))],
    )
}

fn status() -> Value {
    let owed = closed(&[
        ("reviewer", nullable_text("who: an address or id")),
        ("items", count("items on which they owe an answer")),
        ("given", count("items they were given")),
    ]);
    envelope(
        "review-status",
        "Where a campaign stands, by countersign, version 1",
        &[
            ("state", names(&["collecting", "open", "closed"])),
            ("reasons", super::reasons()),
            ("events", count("how many events the history has")),
            ("head", text("the hash over the last and all before it")),
            ("tampering", texts("what is not as it was written")),
            (
                "deadline",
                nullable_text("after which answers are late, RFC 3339"),
            ),
            ("items", count("items under review")),
            ("outcomes", outcomes()),
            ("owed", list(owed)),
        ],
    )
}

/// Items by outcome; those that no item has may be left out.
fn outcomes() -> Value {
    let each = Outcome::ALL.map(|outcome| (outcome.name(), count("items with this outcome")));
    partly(&[], &each)
}

/// Counts, one by each of some names.
pub(super) fn counts<'a>(names: impl Iterator<Item = &'a str>, description: &str) -> Value {
    let each: Vec<(&str, Value)> = names.map(|name| (name, count(description))).collect();
    closed(&each)
}

/// The last event of a history.
pub(super) fn head() -> Value {
    closed(&[
        ("events", count("how many events the history has")),
        ("sha256", text("the hash over the last and all before it")),
    ])
}

/// The names of the severities.
pub(super) fn severities() -> Vec<&'static str> {
    Severity::ALL
        .iter()
        .map(|severity| severity.name())
        .collect()
}
