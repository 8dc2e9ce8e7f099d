//! Open paths as CSV, as a table for a pull request, as a graph and as a picture.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::kernel::report::csv::Writer;
use crate::kernel::report::markdown::escape;
use crate::kernel::report::sanitize;
use crate::lint::reachability::{Party, Path};

fn open<'p>(paths: &[&'p Path]) -> Vec<&'p Path> {
    let open = paths.iter().filter(|path| !path.is_closed());
    open.copied().collect()
}

/// A row a path; closed ones too. What is beside the paths follows, as text in the second column.
pub(super) fn csv(
    paths: &[(Option<&str>, &Path)],
    beside: &[(&'static str, String)],
) -> Option<String> {
    let mut bytes = Vec::new();
    let header = [
        "role",
        "source",
        "destination",
        "surely open",
        "may be open",
        "wire",
        "admission",
    ];
    let mut writer = Writer::new(&mut bytes, &header).ok()?;
    for (role, path) in paths {
        let crossing = path.crossing.as_ref();
        let row = [
            role.unwrap_or_default().to_owned(),
            path.source.to_string(),
            path.destination.to_string(),
            path.surely.to_string(),
            path.may.to_string(),
            crossing
                .map_or("", |crossing| crossing.wire.name())
                .to_owned(),
            crossing
                .map_or("", |crossing| crossing.admission.name())
                .to_owned(),
        ];
        writer.row(&row).ok()?;
    }
    for (role, text) in beside {
        let mut row: [String; 7] = std::array::from_fn(|_| String::new());
        row[0] = (*role).to_owned();
        row[1].clone_from(text);
        writer.row(&row).ok()?;
    }
    writer.finish().ok()?;
    String::from_utf8(bytes).ok()
}

/// Text of manifests in Markdown.
pub(super) fn cell(value: &dyn std::fmt::Display) -> String {
    escape(&sanitize::line(&value.to_string()))
}

/// A table of the open paths.
pub(super) fn markdown(paths: &[&Path]) -> String {
    let mut text =
        String::from("| source | destination | open | may be open |\n|---|---|---|---|\n");
    for path in open(paths) {
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} |",
            cell(&path.source),
            cell(&path.destination),
            cell(&path.surely),
            cell(&path.may)
        );
    }
    text
}

/// A graph of the open paths; those not decided by the input are dashed.
pub(super) fn dot(paths: &[&Path], beside: &[(&'static str, String)]) -> String {
    let mut text = String::from("digraph reach {\n  rankdir=LR;\n  node [shape=box];\n");
    for (role, what) in beside {
        let _ = writeln!(text, "  // {role}: {}", sanitize::line(what));
    }
    let quoted = |party: &dyn std::fmt::Display| {
        let text = party.to_string();
        format!(
            "\"{}\"",
            sanitize::line(&text)
                .replace('\\', "\\\\")
                .replace('"', "\\\"")
        )
    };
    for path in open(paths) {
        let style = if path.is_surely_open() {
            ""
        } else {
            ", style=dashed"
        };
        let _ = writeln!(
            text,
            "  {} -> {} [label={}{style}];",
            quoted(&path.source),
            quoted(&path.destination),
            quoted(&path.may)
        );
    }
    text.push_str("}\n");
    text
}

const CELL: usize = 16;
const MARGIN: usize = 260;

/// A matrix: a row a source, a column a destination; dark cells are open, light ones may be.
pub(super) fn svg(paths: &[&Path]) -> String {
    let paths = open(paths);
    let index = |end: fn(&Path) -> &Party| -> BTreeMap<&Party, usize> {
        let names: BTreeSet<&Party> = paths.iter().map(|path| end(path)).collect();
        names.into_iter().zip(0..).collect()
    };
    let (rows, columns) = (index(|path| &path.source), index(|path| &path.destination));
    let (width, height) = (
        MARGIN + columns.len() * CELL + 8,
        MARGIN + rows.len() * CELL + 8,
    );
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" font-family=\"sans-serif\" \
         font-size=\"11\">\n<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n"
    );
    for (party, row) in &rows {
        let y = MARGIN + row * CELL + CELL - 4;
        let x = MARGIN - 6;
        let name = escaped(party);
        let _ = writeln!(
            text,
            "<text x=\"{x}\" y=\"{y}\" text-anchor=\"end\">{name}</text>"
        );
    }
    for (party, column) in &columns {
        let x = MARGIN + column * CELL + CELL - 4;
        let y = MARGIN - 6;
        let name = escaped(party);
        let _ = writeln!(
            text,
            "<text transform=\"translate({x},{y}) rotate(-90)\">{name}</text>"
        );
    }
    // Ports that are treated differently are paths of their own, and share a cell.
    let mut cells: BTreeMap<(usize, usize), (bool, Vec<&Path>)> = BTreeMap::new();
    for path in &paths {
        if let (Some(row), Some(column)) = (rows.get(&path.source), columns.get(&path.destination))
        {
            let (is_open, all) = cells.entry((*row, *column)).or_default();
            *is_open |= path.is_surely_open();
            all.push(path);
        }
    }
    for ((row, column), (is_open, all)) in &cells {
        let (x, y) = (MARGIN + column * CELL, MARGIN + row * CELL);
        let fill = if *is_open { "#2e5e8c" } else { "#f2c14e" };
        let size = CELL - 1;
        let titles: Vec<String> = all
            .iter()
            .map(|path| {
                let (source, destination) = (escaped(&path.source), escaped(&path.destination));
                format!("{source} -&gt; {destination}: {}", escaped(&path.may))
            })
            .collect();
        let _ = writeln!(
            text,
            "<rect x=\"{x}\" y=\"{y}\" width=\"{size}\" height=\"{size}\" fill=\"{fill}\"><title>{}</title></rect>",
            titles.join("; ")
        );
    }
    text.push_str("</svg>\n");
    text
}

fn escaped(value: &dyn std::fmt::Display) -> String {
    let text = value.to_string();
    let text = sanitize::line(&text);
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
