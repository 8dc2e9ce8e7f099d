//! The review as one HTML file: readable offline, in light and dark, on paper, with nothing loaded from elsewhere.

use std::fmt::Write as _;

use super::spreadsheet::joined_by;
use super::{place, severities, unjudged};
use crate::kernel::finding::Finding;
use crate::kernel::report::html::{Message, Text, page};
use crate::kernel::time::humanize;
use crate::review::model::Identity;
use crate::review::risk::Tally;
use crate::review::{Review, SourceSheet};

const STYLE: &str = include_str!("page.css");

/// The whole report as a file.
pub fn html(review: &Review, version: &str) -> String {
    let mut body = String::new();
    head(&mut body, review, version);
    rules(&mut body, review);
    for tally in review
        .assessment
        .tallies
        .iter()
        .filter(|tally| tally.fired > 0)
    {
        findings(&mut body, review, tally);
    }
    not_evaluable(&mut body, review);
    sources(&mut body, review);
    population(&mut body, review);
    page("Access review", STYLE, &body)
}

fn head(body: &mut String, review: &Review, version: &str) {
    let _ = writeln!(
        body,
        "<h1>Access review</h1>\n<p class=\"muted\">As of {}. countersign {}. Thresholds: dormant after {}, keys at most {} old, \
         log behind the last use: {}.</p>\n\
         <nav><a href=\"#rules\">Rules</a><a href=\"#not-evaluable\">Not evaluable</a><a href=\"#sources\">Sources</a>\
         <a href=\"#population\">Population</a></nav>",
        review.now,
        Text(version),
        humanize(review.options.dormant_after),
        humanize(review.options.key_max_age),
        review
            .options
            .usage_window
            .map_or("not known".to_owned(), humanize),
    );
    for loss in review.losses() {
        let _ = writeln!(
            body,
            "<p class=\"warn\">{}. The result is not the whole truth; see <a href=\"#sources\">sources</a>.</p>",
            Message(&loss)
        );
    }
    body.push_str("<div class=\"cards\">\n");
    for (severity, count) in severities(review) {
        card(body, count, severity.name(), severity.name());
    }
    card(
        body,
        review.assessment.not_evaluable.len(),
        "not evaluable",
        "",
    );
    let population = &review.population;
    card(body, population.identities.len(), "people", "");
    card(body, population.systems().len(), "systems", "");
    card(body, population.accounts.len(), "accounts", "");
    card(body, population.grants(), "grants", "");
    body.push_str("</div>\n");
}

fn card(body: &mut String, count: usize, what: &str, class: &str) {
    let _ = writeln!(
        body,
        "<div class=\"card\"><b class=\"{class}\">{count}</b>{what}</div>"
    );
}

fn rules(body: &mut String, review: &Review) {
    let header = [
        "Rule",
        "What it says",
        "n:fires",
        "n:passes",
        "n:not evaluable",
        "n:out of scope",
    ];
    body.push_str("<h2 id=\"rules\">Rules</h2>\n");
    let rows = review.assessment.tallies.iter().map(|tally| {
        let name = match tally.fired {
            0 => format!("<code>{}</code>", tally.rule.id),
            _ => format!("<a href=\"#{0}\"><code>{0}</code></a>", tally.rule.id),
        };
        vec![
            name,
            Text(tally.rule.title).to_string(),
            tally.fired.to_string(),
            tally.passed.to_string(),
            tally.not_evaluable.to_string(),
            tally.out_of_scope.to_string(),
        ]
    });
    table(body, &header, rows);
}

fn findings(body: &mut String, review: &Review, tally: &Tally) {
    let rule = tally.rule;
    let _ = writeln!(
        body,
        "<h2 id=\"{0}\">{0} ({1})</h2>\n<p>{2}.</p>",
        rule.id,
        tally.fired,
        Text(rule.title)
    );
    let of_rule = review.assessment.findings.iter();
    let of_rule = of_rule.filter(|finding| finding.rule.id == rule.id);
    let rows = of_rule.map(|finding| {
        vec![
            format!("<span class=\"{0}\">{0}</span>", finding.severity.name()),
            Text(&finding.subject).to_string(),
            explained(finding),
            Text(&finding.help).to_string(),
            format!("<code>{}</code>", Text(&place(finding))),
        ]
    });
    table(
        body,
        &["Severity", "Account", "What", "What to do", "Where"],
        rows,
    );
}

fn explained(finding: &Finding) -> String {
    let mut text = Message(&finding.message).to_string();
    let facts = finding
        .evidence
        .iter()
        .map(|fact| Message(fact).to_string());
    let related = finding.related.iter().map(|place| {
        let line = place.source.position(place.span.start).line;
        format!(
            "<code>{}:{line}</code>: {}",
            Text(place.source.name()),
            Message(&place.label)
        )
    });
    let facts: Vec<String> = facts
        .chain(related)
        .map(|fact| format!("<li>{fact}</li>"))
        .collect();
    if !facts.is_empty() {
        let _ = write!(text, "<ul>{}</ul>", facts.concat());
    }
    text
}

fn not_evaluable(body: &mut String, review: &Review) {
    body.push_str("<h2 id=\"not-evaluable\">Not evaluable</h2>\n");
    let groups = unjudged(review);
    if groups.is_empty() {
        body.push_str("<p>Every rule could judge every account.</p>\n");
        return;
    }
    body.push_str("<p>These were not judged and have not passed.</p>\n");
    let rows = groups.into_iter().map(|group| {
        let subjects: Vec<String> = group.subjects.iter().map(|s| Text(s).to_string()).collect();
        vec![
            format!("<code>{}</code>", group.rule),
            Message(group.reason).to_string(),
            group.subjects.len().to_string(),
            subjects.join("<br>"),
        ]
    });
    table(body, &["Rule", "Why not", "n:accounts", "Accounts"], rows);
}

fn sources(body: &mut String, review: &Review) {
    body.push_str("<h2 id=\"sources\">Sources</h2>\n");
    let header = [
        "File",
        "For",
        "SHA-256",
        "n:bytes",
        "Delimiter",
        "n:rows",
        "n:kept",
        "n:rejected",
        "n:repeated",
        "n:blank",
    ];
    let rows = review.sources.iter().map(|sheet| {
        vec![
            Text(&sheet.name).to_string(),
            sheet.role.to_owned(),
            format!("<code>{}</code>", sheet.sha256),
            sheet.bytes.to_string(),
            Message(sheet.delimiter).to_string(),
            sheet.read.to_string(),
            sheet.kept.to_string(),
            sheet.rejected.to_string(),
            sheet.duplicates.to_string(),
            sheet.blank.to_string(),
        ]
    });
    table(body, &header, rows);
    for sheet in &review.sources {
        columns_and_problems(body, sheet);
    }
}

fn columns_and_problems(body: &mut String, sheet: &SourceSheet) {
    let columns = sheet.columns.iter();
    let columns: Vec<String> = columns
        .map(|(field, header)| format!("{field} = <code>{}</code>", Text(header)))
        .collect();
    let _ = writeln!(
        body,
        "<h3>{}</h3>\n<p>Columns used: {}.</p>",
        Text(&sheet.name),
        columns.join(", ")
    );
    if !sheet.unused_columns.is_empty() {
        let unused = sheet.unused_columns.iter();
        let unused: Vec<String> = unused
            .map(|c| format!("<code>{}</code>", Text(c)))
            .collect();
        let _ = writeln!(body, "<p>Columns not used: {}.</p>", unused.join(", "));
    }
    if sheet.problems.is_empty() {
        return;
    }
    let rows = sheet.problems.iter().map(|problem| {
        vec![
            problem.line.to_string(),
            Text(problem.column.as_deref().unwrap_or_default()).to_string(),
            Message(&problem.reason).to_string(),
            match problem.rejected {
                true => "row rejected".to_owned(),
                false => "cell counts as unknown".to_owned(),
            },
        ]
    });
    table(body, &["n:Line", "Column", "Problem", "Consequence"], rows);
}

fn population(body: &mut String, review: &Review) {
    body.push_str("<h2 id=\"population\">Population</h2>\n");
    let header = [
        "Account",
        "Kind",
        "Enabled",
        "Person",
        "Joined by",
        "Entitlements",
        "Last used",
    ];
    let rows = review.population.accounts.iter().map(|account| {
        let person = review.population.person(&account.person);
        let entitlements = account.grants.iter();
        let entitlements: Vec<String> = entitlements
            .map(|grant| Text(&grant.entitlement).to_string())
            .collect();
        let used = account.grants.iter();
        let used: Vec<String> = used
            .map(|grant| Text(&grant.last_used.text()).to_string())
            .collect();
        vec![
            Text(&account.label()).to_string(),
            account.kind().name().to_owned(),
            account.enabled().name().to_owned(),
            Text(&person.map_or(String::new(), Identity::label)).to_string(),
            Message(&joined_by(&account.person)).to_string(),
            entitlements.join("<br>"),
            used.join("<br>"),
        ]
    });
    table(body, &header, rows);
}

/// A table of cells that are HTML already. A header that begins with `n:` is for numbers.
fn table(body: &mut String, header: &[&str], rows: impl Iterator<Item = Vec<String>>) {
    let class = |title: &str| {
        if title.starts_with("n:") {
            " class=\"n\""
        } else {
            ""
        }
    };
    body.push_str("<table>\n<thead><tr>");
    for title in header {
        let shown = title.strip_prefix("n:").unwrap_or(title);
        let _ = write!(body, "<th{}>{shown}</th>", class(title));
    }
    body.push_str("</tr></thead>\n<tbody>\n");
    for row in rows {
        body.push_str("<tr>");
        for (cell, title) in row.iter().zip(header) {
            let _ = write!(body, "<td{}>{cell}</td>", class(title));
        }
        body.push_str("</tr>\n");
    }
    body.push_str("</tbody>\n</table>\n");
}
