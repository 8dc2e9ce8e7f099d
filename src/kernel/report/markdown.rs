//! GitHub-flavoured Markdown for a comment on a pull request: a table, then the details folded away.
//!
//! Text from the input is shown as text: no markup, no HTML, no table cells, links, mentions or references of its own.

use std::io;

use super::sanitize::is_hazardous;
use super::{Report, Summary};
use crate::kernel::finding::{Finding, Location};

/// Findings shown; a comment has a size limit and a reader a patience.
const MOST: usize = 200;

pub(super) fn render(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    writeln!(out, "### countersign: {}\n", Summary::of(report))?;
    let active: Vec<&Finding> = report.findings.iter().filter(|f| f.is_active()).collect();
    if !active.is_empty() {
        writeln!(out, "| severity | rule | where | what |\n|---|---|---|---|")?;
    }
    for finding in active.iter().take(MOST) {
        writeln!(
            out,
            "| {} | {} | {} | {} |",
            finding.severity,
            finding.rule.id,
            place(finding.primary.as_ref(), &finding.subject),
            escape(&finding.message)
        )?;
    }
    if active.len() > MOST {
        writeln!(out, "\n{} more are not shown here.", active.len() - MOST)?;
    }
    details(&active, out)?;
    notes(report, out)
}

fn details(active: &[&Finding], out: &mut dyn io::Write) -> io::Result<()> {
    let says_more =
        |f: &&&Finding| !(f.help.is_empty() && f.evidence.is_empty() && f.related.is_empty());
    let detailed: Vec<_> = active.iter().take(MOST).filter(says_more).collect();
    if detailed.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n<details>\n<summary>why, and what to do</summary>\n")?;
    for finding in detailed {
        let at = place(finding.primary.as_ref(), &finding.subject);
        writeln!(
            out,
            "- **{}** {at}: {}",
            finding.rule.id,
            escape(&finding.message)
        )?;
        for related in &finding.related {
            writeln!(
                out,
                "  - {}: {}",
                place(Some(related), ""),
                escape(&related.label)
            )?;
        }
        for fact in &finding.evidence {
            writeln!(out, "  - {}", escape(fact))?;
        }
        for text in finding.help.lines() {
            writeln!(out, "  - help: {}", escape(text))?;
        }
    }
    writeln!(out, "\n</details>")
}

fn notes(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    if !report.notes.is_empty() {
        writeln!(out)?;
    }
    for note in &report.notes {
        let at = note.location.as_ref();
        let at = at.map_or(String::new(), |at| format!(" {}", place(Some(at), "")));
        writeln!(out, "- **{}**{at}: {}", note.code, escape(&note.message))?;
    }
    Ok(())
}

fn place(location: Option<&Location>, subject: &str) -> String {
    location.map_or_else(
        || escape(subject),
        |place| {
            let at = place.source.position(place.span.start);
            escape(&format!("{}:{}", place.source.name(), at.line))
        },
    )
}

/// Text in Markdown: nothing of it is markup, a link or a mention.
pub(crate) fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len() + 16);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            // Mentions, references, emoji and addresses are looked for after Markdown; a comment breaks them up.
            '@' | '#' => safe.push_str(&format!("{c}{BREAK}")),
            ':' => {
                safe.push(c);
                if chars
                    .peek()
                    .is_some_and(|next| !(*next == ' ' || next.is_ascii_digit()))
                {
                    safe.push_str(BREAK);
                }
            }
            '.' if safe.ends_with("www") || safe.ends_with("WWW") => {
                safe.push_str(&format!("{BREAK}."));
            }
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '(' | ')' | '+' | '-' | '!' | '|'
            | '~' | '$' => {
                safe.push('\\');
                safe.push(c);
            }
            c if is_hazardous(c) => safe.push_str(&format!("\\\\u\\{{{:x}\\}}", u32::from(c))),
            c => safe.push(c),
        }
    }
    safe
}

/// Nothing in the rendered text, and an end to whatever was about to be recognised.
const BREAK: &str = "<!-- -->";
