//! Renderers: one outcome, one file a format. A format never changes the exit code.
//!
//! [`render`] is for findings. [`csv`], [`html`] and [`sanitize`] are what other views are written with.

pub mod csv;
mod github;
pub mod html;
mod human;
pub mod json;
mod junit;
pub(crate) mod markdown;
pub mod sanitize;
mod sarif;
mod summary;

use std::fmt;
use std::io;

use super::finding::Finding;
pub use summary::Summary;

/// What a gate run came to, ready to be rendered.
#[derive(Debug, Default)]
pub struct Report {
    /// All findings, sorted, those set aside included.
    pub findings: Vec<Finding>,
    /// Inputs that could not be read or parsed, and other remarks that are not findings.
    pub notes: Vec<Note>,
    /// What was looked at, such as ("files", 12), in the order to print.
    pub counts: Vec<(&'static str, usize)>,
}

/// A remark beside the findings.
#[derive(Debug, Clone)]
pub struct Note {
    /// A stable code, such as `unparsable-document`. Codes that begin with `unparsable-`, `unreadable-` or
    /// `invalid-` say that something was not judged; see [`Note::is_failure`].
    pub code: &'static str,
    /// One sentence without a full stop.
    pub message: String,
    /// Where, if anywhere.
    pub location: Option<super::finding::Location>,
}

impl Note {
    /// Whether a part of the input was not judged.
    pub fn is_failure(&self) -> bool {
        ["unparsable-", "unreadable-", "invalid-"]
            .into_iter()
            .any(|prefix| self.code.starts_with(prefix))
    }
}

/// A form in which findings are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// For people, with source snippets.
    Human,
    /// The envelope `countersign/findings/v1`.
    Json,
    /// SARIF 2.1.0.
    Sarif,
    /// JUnit XML.
    Junit,
    /// GitHub workflow commands.
    Github,
    /// GitHub-flavoured Markdown for a comment.
    Markdown,
}

impl Format {
    /// All formats.
    pub const ALL: [Self; 6] = [
        Self::Human,
        Self::Json,
        Self::Sarif,
        Self::Junit,
        Self::Github,
        Self::Markdown,
    ];

    /// The name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Human => "human",
            Self::Json => "json",
            Self::Sarif => "sarif",
            Self::Junit => "junit",
            Self::Github => "github",
            Self::Markdown => "markdown",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What renderers need to know beside the report.
#[derive(Debug, Clone, Copy)]
pub struct Style {
    /// Whether colours may be used (human format only).
    pub color: bool,
    /// The width of the terminal in columns (human format only).
    pub width: usize,
    /// The version of this program.
    pub version: &'static str,
}

/// Writes a report.
///
/// # Errors
/// What writing to `out` yields.
pub fn render(
    report: &Report,
    format: Format,
    style: &Style,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    match format {
        Format::Human => human::render(report, style, out),
        Format::Json => json::render(report, style, out),
        Format::Sarif => sarif::render(report, style, out),
        Format::Junit => junit::render(report, out),
        Format::Github => github::render(report, out),
        Format::Markdown => markdown::render(report, out),
    }
}

#[cfg(test)]
pub(crate) mod schema_check;
#[cfg(test)]
mod tests;
