//! The results as Markdown, for a ticket or a wiki. Text of exports stays text.

use std::fmt::Write as _;

use super::Results;
use crate::kernel::finding::Severity;
use crate::kernel::report::markdown::escape;
use crate::review::campaign::outcome::Outcome;

/// The rows shown; the files hold all.
const MOST: usize = 200;

/// The results.
pub fn markdown(results: &Results) -> String {
    let mut text = format!("# {}\n\n", escape(&results.desk.policy.name));
    for (label, value) in results.fields() {
        let _ = writeln!(text, "- {label}: {}", escape(&value));
    }
    for warning in results.warnings() {
        let _ = writeln!(text, "- **warning**: {}", escape(&warning));
    }
    let summary = &results.summary;
    let outcomes = summary.outcomes();
    let outcomes = outcomes.map(|(outcome, count)| [outcome.name().to_owned(), count.to_string()]);
    let heading = match results.is_closed() {
        true => "Outcomes",
        false => "Outcomes so far",
    };
    table(&mut text, heading, ["outcome", "items"], outcomes);
    let rules = summary.rules.iter().map(|(rule, count, severity)| {
        let severity = severity.map_or("", Severity::name);
        [escape(rule), severity.to_owned(), count.to_string()]
    });
    table(&mut text, "Findings", ["rule", "at worst", "fired"], rules);
    let gaps = results
        .gaps
        .iter()
        .map(|(rule, reason, subjects)| [escape(rule), subjects.to_string(), escape(reason)]);
    let header = ["rule", "subjects", "because"];
    table(&mut text, "Not evaluable", header, gaps);
    people(&mut text, results);
    items(&mut text, results);
    let sources = results.sources.iter().map(|source| {
        let [read, kept, rejected, repeated, blank] = source.rows.map(|count| count.to_string());
        let name = escape(&source.name);
        let digest = format!("`{}`", source.sha256);
        [name, read, kept, rejected, repeated, blank, digest]
    });
    let header = [
        "file", "rows", "kept", "rejected", "repeated", "blank", "SHA-256",
    ];
    table(&mut text, "Sources", header, sources);
    text
}

fn people(text: &mut String, results: &Results) {
    let rows = results.summary.reviewers.iter().map(|reviewer| {
        let [accept, revoke, reduce, undecided] = reviewer.answers.map(|count| count.to_string());
        let said: Vec<String> = reviewer.said.iter().map(|said| escape(&said.1)).collect();
        let (given, owed) = (reviewer.given.to_string(), reviewer.owed.to_string());
        let (late, said) = (reviewer.figures.late.to_string(), said.join("; "));
        let label = escape(&reviewer.label);
        [
            label, given, owed, accept, revoke, reduce, undecided, late, said,
        ]
    });
    let header = [
        "reviewer",
        "given",
        "owes",
        "accept",
        "revoke",
        "reduce",
        "not-decided",
        "late",
        "remarks",
    ];
    table(text, "Reviewers", header, rows);
}

/// What someone must look at: what goes, what nobody decided, what has a finding.
fn items(text: &mut String, results: &Results) {
    let wanted = |outcome| outcome != Outcome::Accept;
    let mut all = results
        .rows()
        .filter(|row| row.severity.is_some() || wanted(row.outcome));
    let rows: Vec<[String; 6]> = all
        .by_ref()
        .take(MOST)
        .map(|row| {
            let item = row.item;
            [
                row.severity.map_or("", Severity::name).to_owned(),
                escape(&format!("{}/{}", item.system, item.account)),
                escape(&format!("{} {}", item.kind.name(), item.entitlement)),
                escape(&row.person),
                row.rules.join(", "),
                format!("{}, {}", row.outcome.name(), row.decided_by),
            ]
        })
        .collect();
    let header = ["risk", "account", "access", "person", "rules", "outcome"];
    table(
        text,
        "Items with findings or without an accept",
        header,
        rows.into_iter(),
    );
    let more = all.count();
    if more > 0 {
        let _ = writeln!(text, "\n{more} more are not shown here.");
    }
}

fn table<const N: usize>(
    text: &mut String,
    heading: &str,
    header: [&str; N],
    rows: impl Iterator<Item = [String; N]>,
) {
    let mut rows = rows.peekable();
    if rows.peek().is_none() {
        return;
    }
    let _ = writeln!(text, "\n## {heading}\n\n| {} |", header.join(" | "));
    let _ = writeln!(text, "|{}", "---|".repeat(N));
    for row in rows {
        let _ = writeln!(text, "| {} |", row.join(" | "));
    }
}
