//! Inline ignores: comments that set a finding aside, with a reason and perhaps an expiry.
//!
//! ```text
//! # countersign: ignore[rule-id] the reason, in words
//! # countersign: ignore[rule-id, other-rule] until=2026-12-31 the reason, in words
//! ```
//!
//! - At least one rule id and a reason are needed. A word `until=YYYY-MM-DD` anywhere after the bracket is the last
//!   day (UTC) on which the ignore holds.
//! - Behind something on its line, it is for the findings whose marked text begins on that line.
//! - On a line of its own, it is for the next line that is neither blank nor a comment, so that ignores can be stacked.
//! - On a line of its own above everything else in a document (after `---` or at the top of the file), it is for every
//!   finding in that document.
//! - A finding without a place (the evidence is an absence) can be set aside by the baseline only.
//!
//! Nothing is dropped: findings change their [`Status`], expired ignores let them count again and are reported, and a
//! malformed or unused ignore is a finding of its own. Those three rules cannot be ignored themselves.

use std::ops::RangeInclusive;
use std::sync::Arc;

use super::{Confidence, Finding, Rule, Severity, Status, page};
use crate::kernel::source::{Source, Span};
use crate::kernel::time::Timestamp;

/// An ignore that matched no finding.
pub static UNUSED_IGNORE: Rule = Rule {
    id: "unused-ignore",
    title: "an ignore comment sets nothing aside",
    severity: Severity::Low,
    confidence: Confidence::High,
    page: page!("rules/unused_ignore.md"),
};

/// An ignore that cannot be read.
pub static MALFORMED_IGNORE: Rule = Rule {
    id: "malformed-ignore",
    title: "an ignore comment cannot be read",
    severity: Severity::Medium,
    confidence: Confidence::High,
    page: page!("rules/malformed_ignore.md"),
};

/// An ignore whose last day has passed.
pub static EXPIRED_IGNORE: Rule = Rule {
    id: "expired-ignore",
    title: "an ignore comment has expired",
    severity: Severity::Medium,
    confidence: Confidence::High,
    page: page!("rules/expired_ignore.md"),
};

/// The rules about ignores themselves.
pub static RULES: [&Rule; 3] = [&UNUSED_IGNORE, &MALFORMED_IGNORE, &EXPIRED_IGNORE];

/// The most ignores obeyed in one input; the rest are reported, so that a hostile file cannot stall a gate.
pub const MAX_IGNORES: usize = 10_000;

const HOW: &str = "write `# countersign: ignore[rule-id] reason`, with `until=YYYY-MM-DD` after the bracket if it should expire";

/// Sets findings aside as the comments ask, and adds a finding for every ignore that is malformed, expired or unused.
///
/// `known_rules` says whether a rule id exists; `today` decides what has expired. Not to call it is `--no-ignores`.
pub fn apply(
    findings: &mut Vec<Finding>,
    comments: &[(Arc<Source>, Span)],
    known_rules: &dyn Fn(&str) -> bool,
    today: Timestamp,
) {
    let mut about_ignores = Vec::new();
    let mut layouts: Vec<Layout> = Vec::new();
    for (source, span) in comments {
        let text = String::from_utf8_lossy(source.slice(*span));
        let Some(ignore) = parse(&text, known_rules) else {
            continue;
        };
        let layout = layout_of(&mut layouts, source, findings);
        let ignore = ignore.and_then(|ignore| layout.admit(ignore));
        let reports = match ignore {
            Err(problem) => vec![problem.finding()],
            Ok(ignore) => {
                let unused = obey(&ignore, layout, *span, findings, today);
                ignore.findings(&unused, today)
            }
        };
        let reports = reports.into_iter().map(|mut finding| {
            finding.subject = source.name().to_owned();
            finding.at(source, *span, "")
        });
        about_ignores.extend(reports);
    }
    findings.append(&mut about_ignores);
}

/// The layout of a source; comments come source by source, so that the last one is mostly the right one.
fn layout_of<'l, 'a>(
    layouts: &'l mut Vec<Layout<'a>>,
    source: &'a Arc<Source>,
    findings: &[Finding],
) -> &'l mut Layout<'a> {
    let known = layouts
        .iter()
        .rposition(|layout| Arc::ptr_eq(layout.source, source));
    let index = known.unwrap_or_else(|| {
        layouts.push(Layout::new(source, findings));
        layouts.len() - 1
    });
    layouts.get_mut(index).expect("found or just pushed")
}

/// Applies one ignore and returns the rules for which it had nothing to do.
fn obey(
    ignore: &Ignore,
    layout: &Layout,
    comment: Span,
    findings: &mut [Finding],
    today: Timestamp,
) -> Vec<String> {
    let expired = ignore.expired(today).map(str::to_owned);
    let reach = layout.reach(comment);
    let mut unused = ignore.rules.clone();
    for (index, line) in &layout.findings {
        let Some(finding) = findings.get_mut(*index) else {
            continue;
        };
        if !reach.contains(line) || !ignore.rules.iter().any(|rule| rule == finding.rule.id) {
            continue;
        }
        unused.retain(|rule| rule != finding.rule.id);
        match &expired {
            Some(until) => finding
                .evidence
                .push(format!("an ignore for this expired on {until}")),
            None if finding.is_active() => {
                finding.status = Status::Suppressed {
                    reason: ignore.reason.clone(),
                    expires: ignore.until.clone(),
                };
            }
            None => {}
        }
    }
    unused
}

/// An ignore that was read.
#[derive(Debug, PartialEq, Eq)]
struct Ignore {
    rules: Vec<String>,
    until: Option<String>,
    reason: String,
}

impl Ignore {
    fn expired(&self, today: Timestamp) -> Option<&str> {
        // `YYYY-MM-DD` sorts as the calendar does.
        self.until
            .as_deref()
            .filter(|until| *until < today.day().as_str())
    }

    /// What is to be said about the ignore itself.
    fn findings(&self, unused: &[String], today: Timestamp) -> Vec<Finding> {
        if let Some(until) = self.expired(today) {
            let message = format!("this ignore held until {until} and has no effect any more");
            let help =
                "fix what it set aside and delete it, or accept the risk again with a new date";
            return vec![Finding::new(&EXPIRED_IGNORE, "", message).help(help)];
        }
        let unused = unused.iter().map(|rule| {
            let message = format!("no finding of `{rule}` here to ignore");
            Finding::new(&UNUSED_IGNORE, "", message)
                .help("delete it, or move it to the finding's line or the line above")
        });
        unused.collect()
    }
}

/// Why a comment is no ignore though it means to be one.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
enum Malformed {
    #[error("expected `countersign: ignore[rule-id] reason`")]
    NotAnIgnore,
    #[error("an ignore needs a rule id in brackets")]
    NoRule,
    #[error("an ignore needs a reason")]
    NoReason,
    #[error("no rule is called `{0}`")]
    UnknownRule(String),
    #[error("`{0}` cannot be ignored")]
    NotIgnorable(String),
    #[error("`until={0}` is not a day such as `until=2026-12-31`")]
    NotADay(String),
    #[error("an ignore has one `until=` at most")]
    TwoExpiries,
    #[error("more than {MAX_IGNORES} ignores in one input")]
    TooMany,
}

impl Malformed {
    fn finding(&self) -> Finding {
        let message = format!("{self}; nothing is ignored");
        Finding::new(&MALFORMED_IGNORE, "", message).help(HOW)
    }
}

/// None where the comment has nothing to do with us.
fn parse(comment: &str, known: &dyn Fn(&str) -> bool) -> Option<Result<Ignore, Malformed>> {
    let text = comment.trim_start_matches('#').trim();
    let rest = strip_prefix_ignoring_case(text, "countersign")?;
    match rest.strip_prefix(':') {
        Some(directive) => Some(parse_directive(directive.trim(), known)),
        // Prose may begin with our name; `countersign ignore…` is a directive without its colon.
        None => strip_prefix_ignoring_case(rest.trim_start(), "ignore")
            .filter(|after| after.trim_start().starts_with('['))
            .map(|_| Err(Malformed::NotAnIgnore)),
    }
}

fn parse_directive(text: &str, known: &dyn Fn(&str) -> bool) -> Result<Ignore, Malformed> {
    let rest = text.strip_prefix("ignore").ok_or(Malformed::NotAnIgnore)?;
    let (rules, rest) = rest
        .strip_prefix('[')
        .and_then(|rest| rest.split_once(']'))
        .ok_or(Malformed::NoRule)?;
    let rules: Vec<String> = rules.split(',').map(|id| id.trim().to_owned()).collect();
    for id in &rules {
        if id.is_empty() {
            return Err(Malformed::NoRule);
        }
        if RULES.iter().any(|rule| rule.id == id) {
            return Err(Malformed::NotIgnorable(id.clone()));
        }
        if !known(id) {
            return Err(Malformed::UnknownRule(id.clone()));
        }
    }
    let mut until = None;
    let mut reason = Vec::new();
    for word in rest.split_whitespace() {
        match word.strip_prefix("until=") {
            None => reason.push(word),
            Some(_) if until.is_some() => return Err(Malformed::TwoExpiries),
            Some(day) => until = Some(parse_day(day)?),
        }
    }
    if !reason
        .iter()
        .any(|word| word.chars().any(char::is_alphanumeric))
    {
        return Err(Malformed::NoReason);
    }
    Ok(Ignore {
        rules,
        until,
        reason: reason.join(" "),
    })
}

fn parse_day(text: &str) -> Result<String, Malformed> {
    Timestamp::parse(&format!("{text}T00:00:00Z"))
        .map(Timestamp::day)
        .ok()
        .filter(|day| day == text)
        .ok_or_else(|| Malformed::NotADay(text.to_owned()))
}

fn strip_prefix_ignoring_case<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let head = text.get(..prefix.len())?;
    head.eq_ignore_ascii_case(prefix)
        .then(|| text.get(prefix.len()..).unwrap_or_default())
}

/// The lines of one source, looked at once however many ignores it holds.
#[derive(Debug)]
struct Layout<'a> {
    source: &'a Arc<Source>,
    lines: Vec<Line>,
    /// For each line, the last one before it that is neither blank nor a comment.
    content_above: Vec<Option<usize>>,
    /// For each line, the next one after it that is neither blank nor a comment.
    content_below: Vec<Option<usize>>,
    /// For each line, the last line of its document.
    document_end: Vec<usize>,
    /// The findings that begin in this source: index and line.
    findings: Vec<(usize, usize)>,
    ignores: usize,
}

impl<'a> Layout<'a> {
    fn new(source: &'a Arc<Source>, findings: &[Finding]) -> Self {
        let lines: Vec<Line> = (1..=source.line_count())
            .map(|line| kind(&source.line(line)))
            .collect();
        let holds = |line: &Line| !matches!(line, Line::Blank | Line::Comment);
        let mut content_above = Vec::with_capacity(lines.len());
        let mut last = None;
        for (index, line) in lines.iter().enumerate() {
            content_above.push(last);
            last = if holds(line) { Some(index + 1) } else { last };
        }
        let mut content_below = vec![None; lines.len()];
        let mut document_end = vec![lines.len(); lines.len()];
        let (mut next, mut end) = (None, lines.len());
        let places = content_below.iter_mut().zip(&mut document_end);
        for ((index, line), (below, document)) in lines.iter().enumerate().zip(places).rev() {
            (*below, *document) = (next, end);
            next = if holds(line) { Some(index + 1) } else { next };
            end = if *line == Line::DocumentMarker {
                index
            } else {
                end
            };
        }
        Self {
            findings: places_in(source, findings),
            source,
            lines,
            content_above,
            content_below,
            document_end,
            ignores: 0,
        }
    }

    /// Counts an ignore; one too many is refused.
    fn admit(&mut self, ignore: Ignore) -> Result<Ignore, Malformed> {
        self.ignores += 1;
        if self.ignores > MAX_IGNORES {
            return Err(Malformed::TooMany);
        }
        Ok(ignore)
    }

    fn kind(&self, line: usize) -> &Line {
        let kind = line.checked_sub(1).and_then(|index| self.lines.get(index));
        kind.unwrap_or(&Line::Blank)
    }

    /// The lines that an ignore is for.
    fn reach(&self, comment: Span) -> RangeInclusive<usize> {
        let line = self.source.position(comment.start).line;
        if *self.kind(line) != Line::Comment {
            return line..=line;
        }
        let above = self.content_above.get(line - 1).copied().flatten();
        let opens_document = above.is_none_or(|above| *self.kind(above) == Line::DocumentMarker);
        let next = self
            .content_below
            .get(line - 1)
            .copied()
            .flatten()
            .unwrap_or(line);
        if !opens_document || *self.kind(next) == Line::DocumentMarker {
            return next..=next;
        }
        line..=self.document_end.get(line - 1).copied().unwrap_or(line)
    }
}

/// The findings that begin in a source, with their lines.
fn places_in(source: &Arc<Source>, findings: &[Finding]) -> Vec<(usize, usize)> {
    let place = |(index, finding): (usize, &Finding)| {
        let place = finding.primary.as_ref()?;
        Arc::ptr_eq(&place.source, source).then(|| (index, source.position(place.span.start).line))
    };
    findings.iter().enumerate().filter_map(place).collect()
}

#[derive(Debug, PartialEq, Eq)]
enum Line {
    Blank,
    Comment,
    DocumentMarker,
    Content,
}

fn kind(line: &str) -> Line {
    // YAML 1.2.2 §9.1.2: `---` and `...` at the start of a line, alone or before white space, end a document.
    let marker = |mark| {
        line.strip_prefix(mark)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t']))
    };
    let trimmed = line.trim_start_matches('\u{feff}').trim();
    if trimmed.is_empty() {
        Line::Blank
    } else if trimmed.starts_with('#') {
        Line::Comment
    } else if marker("---") || marker("...") || line.starts_with('%') {
        Line::DocumentMarker
    } else {
        Line::Content
    }
}

#[cfg(test)]
#[path = "suppression_tests.rs"]
mod tests;
