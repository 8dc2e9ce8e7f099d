//! Renderers: one outcome, one file a format. A format never changes the exit code.

use super::finding::Finding;

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
    /// A stable code, such as `unparsable-document`.
    pub code: &'static str,
    /// One sentence without a full stop.
    pub message: String,
    /// Where, if anywhere.
    pub location: Option<super::finding::Location>,
}
