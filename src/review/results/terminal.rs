//! The results as tables for a terminal.

use std::fmt::Write as _;

use super::Results;
use crate::kernel::finding::Severity;
use crate::kernel::report::sanitize::line;
use crate::review::report::{cell, section};
use crate::review::store::Answer;

/// The rows shown; the files hold all.
const MOST: usize = 50;

/// The results, laid out for `width` columns.
pub fn terminal(results: &Results, width: usize) -> String {
    let mut text = String::new();
    for (label, value) in results.fields() {
        let _ = writeln!(text, "  {label:<16}{}", line(&value));
    }
    text.push('\n');
    let summary = &results.summary;
    let outcomes = summary.outcomes().filter(|(_, count)| *count > 0);
    let outcomes = outcomes.map(|(outcome, count)| [outcome.name().to_owned(), count.to_string()]);
    let so_far = match results.is_closed() {
        true => "outcome",
        false => "outcome so far",
    };
    section(&mut text, width, [so_far, "items"], outcomes);
    let rules = summary.rules.iter().map(|(rule, count, severity)| {
        let severity = severity.map_or("", Severity::name);
        [rule.clone(), severity.to_owned(), count.to_string()]
    });
    section(&mut text, width, ["rule", "at worst", "fired"], rules);
    let gaps = results
        .gaps
        .iter()
        .map(|(rule, reason, subjects)| [rule.clone(), subjects.to_string(), cell(reason)]);
    section(&mut text, width, ["not evaluable", "for", "because"], gaps);
    reviewers(&mut text, results, width);
    rows(&mut text, results, width);
    sources(&mut text, results, width);
    for warning in results.warnings() {
        let _ = writeln!(text, "warning: {}", line(&warning));
    }
    text
}

fn reviewers(text: &mut String, results: &Results, width: usize) {
    let rows = results.summary.reviewers.iter().map(|reviewer| {
        let [accept, revoke, reduce, undecided] = reviewer.answers.map(|count| count.to_string());
        let said: Vec<&str> = reviewer.said.iter().map(|said| said.0).collect();
        [
            cell(&reviewer.label),
            reviewer.given.to_string(),
            reviewer.owed.to_string(),
            accept,
            revoke,
            reduce,
            undecided,
            reviewer.figures.late.to_string(),
            said.join(", "),
        ]
    });
    let [accept, revoke, reduce, undecided] = Answer::ALL.map(Answer::name);
    let header = [
        "reviewer", "given", "owes", accept, revoke, reduce, undecided, "late", "remarks",
    ];
    section(text, width, header, rows);
}

fn rows(text: &mut String, results: &Results, width: usize) {
    let rows = results.rows().take(MOST).map(|row| {
        let item = row.item;
        [
            row.severity.map_or("", Severity::name).to_owned(),
            format!(
                "{}\n{}",
                cell(&format!("{}/{}", item.system, item.account)),
                cell(&format!("{} {}", item.kind.name(), item.entitlement))
            ),
            cell(&row.person),
            row.rules.join("\n"),
            format!("{}\n{}", row.outcome.name(), row.decided_by),
        ]
    });
    let header = ["risk", "item", "person", "rules", "outcome"];
    section(text, width, header, rows);
    let more = results.summary.items().saturating_sub(MOST);
    if more > 0 {
        let _ = writeln!(
            text,
            "{more} more items are not shown here, none with a worse finding\n"
        );
    }
}

fn sources(text: &mut String, results: &Results, width: usize) {
    let rows = results.sources.iter().map(|source| {
        let [read, kept, rejected, repeated, blank] = source.rows.map(|count| count.to_string());
        [
            cell(&source.name),
            source.kind.clone(),
            read,
            kept,
            rejected,
            repeated,
            blank,
            source.sha256.clone(),
        ]
    });
    let header = [
        "source", "kind", "rows", "kept", "rejected", "repeated", "blank", "SHA-256",
    ];
    section(text, width, header, rows);
}
