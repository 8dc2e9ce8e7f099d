//! For people: each finding with the source line it is about, in the manner of rustc.
//!
//! Only the first line of a marked text is shown, cut around the mark where the line is very long, and only after
//! every character was made safe for a terminal.

use std::io;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use super::sanitize::{line, lines};
use super::{Note, Report, Style, Summary};
use crate::kernel::finding::{Finding, Location, Severity};
use crate::kernel::parallel;

/// How many bytes of a line are shown before and after its mark.
const AROUND: usize = 160;
/// How many bytes of a marked text are shown.
const MARKED: usize = 400;
/// How many findings are laid out before they are written, and how many of them by one thread.
const AT_ONCE: usize = 4096;
const A_PART: usize = 64;
/// The narrowest width that snippets are laid out for.
const NARROWEST: usize = 40;

pub(super) fn render(report: &Report, style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    let renderer = if style.color {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    let renderer = renderer.term_width(style.width.max(NARROWEST));
    let active = report.findings.iter().filter(|finding| finding.is_active());
    let active: Vec<&Finding> = active.collect();
    for some in active.chunks(AT_ONCE) {
        let parts = parallel::by_parts(some, A_PART, |part| {
            let findings = part.iter().map(|finding| finding_group(finding));
            let texts = findings.map(|group| renderer.render(&[group]) + "\n\n");
            texts.collect::<String>()
        });
        for part in parts {
            out.write_all(part.as_bytes())?;
        }
    }
    for group in report.notes.iter().map(note_group) {
        writeln!(out, "{}\n", renderer.render(&[group]))?;
    }
    writeln!(out, "{}", Summary::of(report))
}

fn finding_group(finding: &Finding) -> Group<'_> {
    let title = level(finding.severity)
        .with_name(finding.severity.name())
        .primary_title(line(&finding.message))
        .id(finding.rule.id);
    let mut group = Group::with_title(title);
    let related = finding.related.iter().map(|place| (place, false));
    let primary = finding.primary.iter().map(|place| (place, true));
    for (place, is_primary) in primary.chain(related) {
        group = with_place(group, place, is_primary);
    }
    if !finding.subject.is_empty() && !finding.message.contains(&finding.subject) {
        let about = Level::NOTE.with_name("about");
        group = group.element(about.message(line(&finding.subject)));
    }
    for fact in &finding.evidence {
        group = group.element(Level::NOTE.message(line(fact)));
    }
    if !finding.help.is_empty() {
        group = group.element(Level::HELP.message(lines(&finding.help)));
    }
    group
}

fn note_group(note: &Note) -> Group<'_> {
    let level = if note.is_failure() {
        Level::ERROR
    } else {
        Level::WARNING
    };
    let group = Group::with_title(level.primary_title(line(&note.message)).id(note.code));
    match &note.location {
        Some(place) => with_place(group, place, true),
        None => group,
    }
}

fn with_place<'a>(group: Group<'a>, place: &'a Location, is_primary: bool) -> Group<'a> {
    let start = place.source.position(place.span.start);
    let shown = Shown::of(place);
    let kind = if is_primary {
        AnnotationKind::Primary
    } else {
        AnnotationKind::Context
    };
    let column = shown.text.get(..shown.marked.start);
    let column = column.map_or(1, |before| before.chars().count() + 1);
    let mut annotation = kind.span(shown.marked);
    if !place.label.is_empty() {
        annotation = annotation.label(line(&place.label));
    }
    let snippet = Snippet::source(shown.text)
        .line_start(start.line)
        .annotation(annotation);
    let path = line(place.source.name());
    if column == start.column {
        return group.element(snippet.path(path));
    }
    // The snippet would count columns in what is shown; where that was cut or escaped, the place is said apart.
    let origin = Origin::path(path)
        .line(start.line)
        .char_column(start.column);
    group.element(origin).element(snippet)
}

fn level(severity: Severity) -> Level<'static> {
    match severity {
        Severity::Critical | Severity::High => Level::ERROR,
        Severity::Medium => Level::WARNING,
        Severity::Low | Severity::Info => Level::INFO,
    }
}

/// A source line as it may be shown, and where its mark is.
struct Shown {
    text: String,
    marked: std::ops::Range<usize>,
}

impl Shown {
    fn of(place: &Location) -> Self {
        let bytes = place.source.bytes();
        let start = (place.span.start as usize).min(bytes.len());
        let (before, after) = bytes.split_at(start);
        let before = before
            .rsplit(|byte| *byte == b'\n')
            .next()
            .unwrap_or_default();
        let rest = after
            .split(|byte| *byte == b'\n')
            .next()
            .unwrap_or_default();
        let rest = rest.strip_suffix(b"\r").unwrap_or(rest);
        let length = (place.span.range().len()).min(rest.len());
        let (marked, after) = rest.split_at(length);

        let mut text = last(before);
        let from = text.len();
        text.push_str(&first(marked, MARKED));
        let to = text.len();
        text.push_str(&first(after, AROUND));
        Self {
            text,
            marked: from..to,
        }
    }
}

/// The end of a text that may be long.
fn last(bytes: &[u8]) -> String {
    let cut = bytes.len().saturating_sub(AROUND);
    let mut kept = bytes.get(cut..).unwrap_or_default();
    if cut == 0 {
        return safe(kept);
    }
    // Not in the middle of a UTF-8 sequence.
    while let [0x80..=0xbf, rest @ ..] = kept {
        kept = rest;
    }
    format!("…{}", safe(kept))
}

/// The beginning of a text that may be long.
fn first(bytes: &[u8], limit: usize) -> String {
    if bytes.len() <= limit {
        return safe(bytes);
    }
    let mut end = limit;
    while end > 0 && matches!(bytes.get(end), Some(0x80..=0xbf)) {
        end -= 1;
    }
    format!("{}…", safe(bytes.get(..end).unwrap_or_default()))
}

/// Tabs stay: the renderer draws them as spaces.
fn safe(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let parts: Vec<_> = text.split('\t').map(line).collect();
    parts.join("\t")
}
