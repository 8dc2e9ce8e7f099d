//! The rows as CSV, and as a workbook with the counts beside them. No cell is a formula, whatever a name begins with.

use std::io;

use super::{COLUMNS, Results, ResultsError};
use crate::kernel::report::csv::Writer;
use crate::kernel::report::sanitize::csv_cell;
use crate::kernel::xlsx::{Cell, Look, Sheet, write_book};
use crate::review::store::Answer;

/// Writes the rows as CSV.
///
/// # Errors
/// What writing to `out` yields.
pub fn csv(results: &Results, out: &mut dyn io::Write) -> io::Result<()> {
    let header = COLUMNS.map(|column| column.name);
    let mut writer = Writer::new(out, &header)?;
    for row in results.rows() {
        writer.row(&row.cells())?;
    }
    writer.finish()
}

/// The rows as a workbook, with sheets for the counts, the reviewers, the sources and what could not be judged.
///
/// # Errors
/// [`ResultsError::Workbook`] for more than a workbook holds.
pub fn xlsx(results: &Results) -> Result<Vec<u8>, ResultsError> {
    let rows = results.rows();
    let rows = rows.map(|row| row.cells().iter().map(|cell| text(cell)).collect());
    let header = COLUMNS.map(|column| text(column.name)).to_vec();
    let items = sheet("items", std::iter::once(header).chain(rows).collect());
    let sheets = [
        summary(results),
        items,
        reviewers(results),
        sources(results),
        gaps(results),
    ];
    let look = |sheet: &Sheet| Look {
        filter: sheet.name != "summary",
        choices: None,
    };
    let sheets: Vec<(&Sheet, Look)> = sheets.iter().map(|each| (each, look(each))).collect();
    Ok(write_book(&sheets)?)
}

fn summary(results: &Results) -> Sheet {
    let mut rows = vec![vec![text("what"), text("value")]];
    for (label, value) in results.fields() {
        rows.push(vec![text(label), text(&value)]);
    }
    for warning in results.warnings() {
        rows.push(vec![text("warning"), text(&warning)]);
    }
    for (outcome, count) in results.summary.outcomes() {
        rows.push(vec![text(outcome.name()), number(count)]);
    }
    for (severity, count) in &results.summary.risks {
        let name = severity.map_or("without a finding", |severity| severity.name());
        rows.push(vec![text(name), number(*count)]);
    }
    for (rule, count, _) in &results.summary.rules {
        rows.push(vec![text(rule), number(*count)]);
    }
    sheet("summary", rows)
}

fn reviewers(results: &Results) -> Sheet {
    let mut header = vec![text("reviewer"), text("given"), text("owed")];
    header.extend(Answer::ALL.map(|answer| text(answer.name())));
    for name in ["late", "batches", "largest batch", "seconds", "remarks"] {
        header.push(text(name));
    }
    let mut rows = vec![header];
    for reviewer in &results.summary.reviewers {
        let figures = &reviewer.figures;
        let mut row = vec![
            text(&reviewer.label),
            number(reviewer.given),
            number(reviewer.owed),
        ];
        row.extend(reviewer.answers.map(number));
        row.extend([figures.late, figures.batches, figures.largest_batch].map(number));
        row.push(number(usize::try_from(figures.span).unwrap_or_default()));
        let said: Vec<&str> = reviewer.said.iter().map(|said| said.1.as_str()).collect();
        row.push(text(&said.join("; ")));
        rows.push(row);
    }
    sheet("reviewers", rows)
}

fn sources(results: &Results) -> Sheet {
    let header = [
        "source", "kind", "file", "sha256", "bytes", "exported", "query", "read", "kept",
        "rejected", "repeated", "blank", "remarks",
    ];
    let mut rows = vec![header.map(text).to_vec()];
    for source in &results.sources {
        let count = |count: i64| number(usize::try_from(count).unwrap_or_default());
        let mut row = vec![
            count(source.id),
            text(&source.kind),
            text(&source.name),
            text(&source.sha256),
            count(source.bytes),
            text(&source.exported.text()),
            text(&source.query),
        ];
        row.extend(source.rows.map(count));
        row.push(text(&source.remarks));
        rows.push(row);
    }
    sheet("sources", rows)
}

fn gaps(results: &Results) -> Sheet {
    let mut rows = vec![
        ["rule", "subjects", "not evaluable because"]
            .map(text)
            .to_vec(),
    ];
    for (rule, reason, subjects) in &results.gaps {
        let subjects = number(usize::try_from(*subjects).unwrap_or_default());
        rows.push(vec![text(rule), subjects, text(reason)]);
    }
    sheet("not evaluable", rows)
}

fn sheet(name: &str, rows: Vec<Vec<Cell>>) -> Sheet {
    Sheet {
        name: name.to_owned(),
        rows,
    }
}

/// Text, guarded: a text cell is no formula, but a spreadsheet that saves it as CSV makes one of it.
fn text(text: &str) -> Cell {
    match text {
        "" => Cell::Empty,
        text => Cell::Text(csv_cell(text).into_owned()),
    }
}

fn number(count: usize) -> Cell {
    Cell::Number(count as f64)
}
