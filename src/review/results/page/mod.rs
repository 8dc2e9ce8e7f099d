//! The results as one HTML file that works offline: counts, charts, and a table of any length to filter and to sort.
//!
//! The rows are embedded as columns, packed; the page's own script draws those in sight. The page may run that script
//! and nothing else, and load nothing. Every text of an export is data there, never markup.

mod charts;
mod packed;

use std::fmt::Write as _;

use super::{COLUMNS, Results};
use crate::kernel::finding::Severity;
use crate::kernel::report::html::{Message, Text, scripted_page};
use crate::review::store::Answer;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");
/// Problems of a source that are listed; the campaign has all.
const PROBLEMS: usize = 100;

/// The whole page.
pub fn html(results: &Results, version: &str) -> String {
    let name = &results.desk.policy.name;
    let mut body = format!("<header><h1>{}</h1>\n<dl class=\"facts\">", Text(name));
    for (label, value) in results.fields().iter().skip(1) {
        let _ = write!(body, "<dt>{label}</dt><dd>{}</dd>", Text(value));
    }
    let _ = writeln!(
        body,
        "<dt>written by</dt><dd>countersign {}</dd></dl>",
        Text(version)
    );
    for warning in results.warnings() {
        let _ = writeln!(body, "<p class=\"warn\">{}.</p>", Message(&warning));
    }
    body.push_str(
        "<nav><a href=\"#items\">Items</a><a href=\"#findings\">Findings</a><a href=\"#not-evaluable\">Not evaluable</a>\
         <a href=\"#reviewers\">Reviewers</a><a href=\"#sources\">Sources</a></nav></header>\n",
    );
    charts::all(&mut body, results);
    items(&mut body, results);
    findings(&mut body, results);
    not_evaluable(&mut body, results);
    reviewers(&mut body, results);
    sources(&mut body, results);
    let data = packed::packed(results);
    let _ = writeln!(
        body,
        "<script type=\"text/plain\" id=\"data\">{data}</script>"
    );
    scripted_page(name, STYLE, SCRIPT, &body)
}

/// The frame of the table; the script fills it.
fn items(body: &mut String, results: &Results) {
    let _ = write!(
        body,
        "<section id=\"items\"><h2>Items under review</h2>\n<noscript><p class=\"warn\">The table needs its script; \
         the CSV of the same report holds the same rows.</p></noscript>\n<div class=\"controls\" id=\"controls\">\
         <input id=\"filter\" type=\"search\" placeholder=\"words that a row must hold\" aria-label=\"filter\">"
    );
    for (index, column) in COLUMNS
        .iter()
        .enumerate()
        .filter(|(_, column)| column.choice)
    {
        let _ = write!(
            body,
            "<select data-column=\"{index}\" aria-label=\"{0}\"><option value=\"\">any {0}</option></select>",
            column.heading
        );
    }
    let _ = write!(
        body,
        "<button id=\"clear\" type=\"button\">Clear</button><button id=\"save\" type=\"button\">Save as CSV</button>\
         </div>\n<p id=\"told\" role=\"status\">{} items</p>\n<div id=\"view\" tabindex=\"0\" aria-label=\"items under review\">\
         <table id=\"grid\"><colgroup>",
        results.summary.items()
    );
    let shown = || {
        COLUMNS
            .iter()
            .enumerate()
            .filter(|(_, column)| column.width > 0)
    };
    for (_, column) in shown() {
        let _ = write!(body, "<col class=\"w{}\">", column.width);
    }
    body.push_str("</colgroup><thead><tr>");
    for (index, column) in shown() {
        let _ = write!(
            body,
            "<th scope=\"col\" data-column=\"{index}\"><button type=\"button\">{}</button></th>",
            column.heading
        );
    }
    body.push_str(
        "</tr></thead><tbody id=\"rows\"></tbody></table></div>\n\
         <dialog id=\"detail\"><form method=\"dialog\"><button>Close</button></form><dl id=\"facts\"></dl></dialog></section>\n",
    );
}

fn findings(body: &mut String, results: &Results) {
    let rows = results.summary.rules.iter().map(|(rule, count, severity)| {
        let severity = severity.map_or("", Severity::name);
        [
            format!("<code>{}</code>", Text(rule)),
            format!("<span class=\"{severity}\">{severity}</span>"),
            count.to_string(),
        ]
    });
    section(
        body,
        ("findings", "Findings"),
        ["rule", "at worst", "n:fired"],
        rows,
    );
}

fn not_evaluable(body: &mut String, results: &Results) {
    let rows = results.gaps.iter().map(|(rule, reason, subjects)| {
        let rule = format!("<code>{}</code>", Text(rule));
        [rule, subjects.to_string(), Message(reason).to_string()]
    });
    let header = ["rule", "n:subjects", "because"];
    section(body, ("not-evaluable", "Not evaluable"), header, rows);
}

fn reviewers(body: &mut String, results: &Results) {
    let rows = results.summary.reviewers.iter().map(|reviewer| {
        let [accept, revoke, reduce, undecided] = reviewer.answers.map(|count| count.to_string());
        let figures = &reviewer.figures;
        let said = reviewer.said.iter();
        let said: Vec<String> = said
            .map(|(rule, text)| format!("<code>{rule}</code>: {}", Message(text)))
            .collect();
        [
            Text(&reviewer.label).to_string(),
            reviewer.given.to_string(),
            reviewer.owed.to_string(),
            accept,
            revoke,
            reduce,
            undecided,
            figures.late.to_string(),
            figures.batches.to_string(),
            figures.largest_batch.to_string(),
            said.join("<br>"),
        ]
    });
    let [accept, revoke, reduce, undecided] = Answer::ALL.map(Answer::name);
    let numbers = [accept, revoke, reduce, undecided].map(|name| format!("n:{name}"));
    let [accept, revoke, reduce, undecided] = numbers.each_ref().map(String::as_str);
    let header = [
        "reviewer",
        "n:given",
        "n:owes",
        accept,
        revoke,
        reduce,
        undecided,
        "n:late",
        "n:batches",
        "n:largest batch",
        "remarks",
    ];
    section(body, ("reviewers", "Reviewers"), header, rows);
}

fn sources(body: &mut String, results: &Results) {
    let rows = results.sources.iter().map(|source| {
        let [read, kept, rejected, repeated, blank] = source.rows.map(|count| count.to_string());
        [
            Text(&source.name).to_string(),
            Text(&source.kind).to_string(),
            Text(&source.exported.text()).to_string(),
            Text(&source.query).to_string(),
            read,
            kept,
            rejected,
            repeated,
            blank,
            format!("<code>{}</code>", Text(&source.sha256)),
            Text(&source.remarks).to_string(),
        ]
    });
    let header = [
        "file",
        "kind",
        "exported",
        "filter",
        "n:rows",
        "n:kept",
        "n:rejected",
        "n:repeated",
        "n:blank",
        "SHA-256",
        "remarks",
    ];
    section(body, ("sources", "Sources"), header, rows);
    for source in results
        .sources
        .iter()
        .filter(|source| !source.problems.is_empty())
    {
        let problems = source.problems.iter().take(PROBLEMS);
        let rows = problems.map(|(line, field, reason, rejected)| {
            let then = match rejected {
                true => "row rejected",
                false => "cell counts as unknown",
            };
            let field = Text(field).to_string();
            [
                line.to_string(),
                field,
                Message(reason).to_string(),
                then.to_owned(),
            ]
        });
        let _ = writeln!(body, "<h3>Problems of {}</h3>", Text(&source.name));
        table(body, ["n:line", "field", "problem", "consequence"], rows);
        let more = source.problems.len().saturating_sub(PROBLEMS);
        if more > 0 {
            let _ = writeln!(body, "<p>{more} more are not shown here.</p>");
        }
    }
}

fn section<const N: usize>(
    body: &mut String,
    (id, heading): (&str, &str),
    header: [&str; N],
    rows: impl Iterator<Item = [String; N]>,
) {
    let _ = writeln!(body, "<section id=\"{id}\"><h2>{heading}</h2>");
    let mut rows = rows.peekable();
    match rows.peek() {
        None => body.push_str("<p>None.</p>\n"),
        Some(_) => table(body, header, rows),
    }
    body.push_str("</section>\n");
}

/// A table of cells that are HTML already. A header that begins with `n:` is for numbers.
fn table<const N: usize>(
    body: &mut String,
    header: [&str; N],
    rows: impl Iterator<Item = [String; N]>,
) {
    let class = header.map(|title| {
        if title.starts_with("n:") {
            " class=\"n\""
        } else {
            ""
        }
    });
    body.push_str("<table><thead><tr>");
    for (title, class) in header.iter().zip(class) {
        let _ = write!(body, "<th{class}>{}</th>", title.trim_start_matches("n:"));
    }
    body.push_str("</tr></thead><tbody>\n");
    for row in rows {
        body.push_str("<tr>");
        for (cell, class) in row.iter().zip(class) {
            let _ = write!(body, "<td{class}>{cell}</td>");
        }
        body.push_str("</tr>\n");
    }
    body.push_str("</tbody></table>\n");
}
