//! GitHub workflow commands: annotations on the changed lines of a pull request.
//!
//! A workflow command is a line of the log; text from the input must neither end its line nor begin another command.

use std::io;

use super::sanitize::line;
use super::{Note, Report, Summary};
use crate::kernel::finding::{Finding, Location, Severity};

pub(super) fn render(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    for finding in report.findings.iter().filter(|finding| finding.is_active()) {
        finding_command(finding, out)?;
    }
    for note in &report.notes {
        note_command(note, out)?;
    }
    writeln!(out, "{}", Summary::of(report))
}

fn finding_command(finding: &Finding, out: &mut dyn io::Write) -> io::Result<()> {
    let command = match finding.severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info => "notice",
    };
    let mut message = line(&finding.message).into_owned();
    let facts = finding.evidence.iter().map(|fact| ("note", fact.as_str()));
    let help = finding.help.lines().map(|text| ("help", text));
    for (what, text) in facts.chain(help) {
        message.push_str(&format!("\n{what}: {}", line(text)));
    }
    let title = format!(
        "title={}",
        property(&format!("{} ({})", finding.rule.id, finding.severity))
    );
    let properties = place(finding.primary.as_ref());
    writeln!(out, "::{command} {properties}{title}::{}", data(&message))
}

fn note_command(note: &Note, out: &mut dyn io::Write) -> io::Result<()> {
    let command = if note.is_failure() {
        "error"
    } else {
        "warning"
    };
    let properties = place(note.location.as_ref());
    let title = property(note.code);
    let message = line(&note.message);
    writeln!(
        out,
        "::{command} {properties}title={title}::{}",
        data(&message)
    )
}

fn place(location: Option<&Location>) -> String {
    location.map_or(String::new(), |place| {
        let start = place.source.position(place.span.start);
        let end = place.source.position(place.span.end);
        let file = property(&line(place.source.name()));
        let columns = if start.line == end.line {
            format!("col={},endColumn={},", start.column, end.column)
        } else {
            format!("col={},", start.column)
        };
        format!(
            "file={file},line={},endLine={},{columns}",
            start.line, end.line
        )
    })
}

/// The part after the second `::`.
fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// The value of a property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
