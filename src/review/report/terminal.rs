//! The review as tables for a terminal.

use std::fmt::Write as _;

use comfy_table::{ContentArrangement, LineStyle, Table, TableStyle, presets};

use super::{place, summary, unjudged};
use crate::kernel::report::sanitize::{line, shorten};
use crate::review::{Review, SourceSheet};

/// Accounts named per reason that a rule could not judge, and problems shown per source.
const SHOWN: usize = 5;
/// The findings and reasons shown; the files hold all.
const MOST: usize = 200;
/// The longest text in a cell, in characters.
const CELL: usize = 400;

/// The findings, the rules' counts, what could not be judged, and the sources, laid out for `width` columns.
pub fn table(review: &Review, width: usize) -> String {
    let mut text = String::new();
    findings(&mut text, review, width);
    rules(&mut text, review, width);
    not_evaluable(&mut text, review, width);
    sources(&mut text, review, width);
    problems(&mut text, review);
    for loss in review.losses() {
        let _ = writeln!(text, "warning: {}", cell(&loss));
    }
    let _ = writeln!(text, "{} (as of {})", summary(review), review.now);
    text
}

fn findings(text: &mut String, review: &Review, width: usize) {
    let findings = &review.assessment.findings;
    if findings.is_empty() {
        return;
    }
    let rows = findings.iter().take(MOST).map(|finding| {
        let mut what = cell(&finding.message);
        for fact in &finding.evidence {
            let _ = write!(what, "\n· {}", cell(fact));
        }
        [
            finding.severity.name().to_owned(),
            finding.rule.id.to_owned(),
            what,
            cell(&place(finding)),
        ]
    });
    section(text, width, ["severity", "rule", "what", "where"], rows);
    let more = findings.len().saturating_sub(MOST);
    if more > 0 {
        let _ = writeln!(
            text,
            "{more} more findings are not shown here, all of them no worse\n"
        );
    }
}

fn rules(text: &mut String, review: &Review, width: usize) {
    let rows = review.assessment.tallies.iter().map(|tally| {
        [
            tally.rule.id.to_owned(),
            tally.fired.to_string(),
            tally.passed.to_string(),
            tally.not_evaluable.to_string(),
            tally.out_of_scope.to_string(),
        ]
    });
    let header = ["rule", "fires", "passes", "not evaluable", "out of scope"];
    section(text, width, header, rows);
}

fn not_evaluable(text: &mut String, review: &Review, width: usize) {
    let groups = unjudged(review);
    if groups.is_empty() {
        return;
    }
    let rows = groups.iter().take(MOST).map(|group| {
        let shown = group.subjects.iter().take(SHOWN);
        let mut accounts: Vec<String> = shown.map(|subject| cell(subject)).collect();
        let more = group.subjects.len().saturating_sub(SHOWN);
        if more > 0 {
            accounts.push(format!("and {more} more"));
        }
        [
            group.rule.to_owned(),
            cell(group.reason),
            accounts.join("\n"),
        ]
    });
    section(text, width, ["not evaluable", "why", "accounts"], rows);
    let more = groups.len().saturating_sub(MOST);
    if more > 0 {
        let _ = writeln!(text, "{more} more reasons are not shown here\n");
    }
}

fn sources(text: &mut String, review: &Review, width: usize) {
    let rows = review.sources.iter().map(|sheet: &SourceSheet| {
        [
            cell(&sheet.name),
            sheet.read.to_string(),
            sheet.kept.to_string(),
            sheet.rejected.to_string(),
            sheet.duplicates.to_string(),
            sheet.blank.to_string(),
            sheet.sha256.clone(),
        ]
    });
    let header = [
        "source", "rows", "kept", "rejected", "repeated", "blank", "SHA-256",
    ];
    section(text, width, header, rows);
}

fn problems(text: &mut String, review: &Review) {
    for sheet in &review.sources {
        for problem in sheet.problems.iter().take(SHOWN) {
            let column = problem.column.as_ref();
            let column = column.map_or(String::new(), |column| {
                format!(", column `{}`", cell(column))
            });
            let what = if problem.rejected {
                "row rejected"
            } else {
                "counts as unknown"
            };
            let name = cell(&sheet.name);
            let _ = writeln!(
                text,
                "{name}:{}{column}: {} ({what})",
                problem.line,
                cell(&problem.reason)
            );
        }
        let more = sheet.problems.len().saturating_sub(SHOWN);
        if more > 0 {
            let _ = writeln!(text, "{}: {more} more such problems", cell(&sheet.name));
        }
    }
}

/// Adds a table; nothing where there are no rows.
pub(in crate::review) fn section<const N: usize>(
    text: &mut String,
    width: usize,
    header: [&str; N],
    rows: impl IntoIterator<Item = [String; N]>,
) {
    const STYLE: TableStyle = presets::UTF8_HORIZONTAL_ONLY.row_separator(LineStyle::none());
    let mut table = Table::new();
    table.load_style(STYLE);
    table.set_content_arrangement(ContentArrangement::Dynamic);
    table.set_width(u16::try_from(width.clamp(40, 400)).unwrap_or(80));
    table.set_header(header);
    let mut rows = rows.into_iter().peekable();
    if rows.peek().is_none() {
        return;
    }
    table.add_rows(rows);
    let _ = writeln!(text, "{}\n", table.trim_fmt());
}

/// A cell that moves no terminal.
pub(in crate::review) fn cell(text: &str) -> String {
    shorten(&line(text), CELL).into_owned()
}
