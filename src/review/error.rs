//! Why a review could not be made at all.

use crate::kernel::source::SourceError;

/// A source that cannot be used as a whole. A row that cannot be used is a [`super::Problem`] instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReviewError {
    /// Not UTF-8, or too large.
    #[error("{error}{}", line.map_or(String::new(), |line| format!(", in line {line}")))]
    Source {
        /// What is wrong.
        error: SourceError,
        /// The line of the first bad byte.
        line: Option<usize>,
    },
    /// UTF-16, as Excel's "Unicode text" writes it.
    #[error("`{0}` is UTF-16; export it as `CSV UTF-8`")]
    Utf16(String),
    /// A workbook or an archive.
    #[error("`{0}` is a workbook or an archive, not text; export it as `CSV UTF-8`")]
    Workbook(String),
    /// Not readable to its end.
    #[error("cannot read `{source_name}`: {reason}")]
    Unreadable {
        /// The file.
        source_name: String,
        /// What the system says.
        reason: String,
    },
    /// Nothing in it.
    #[error("`{0}` holds no rows")]
    Empty(String),
    /// A column that a review cannot do without.
    #[error(
        "`{source_name}` has no column for the {field}; call it {expected} (its header, split at {delimiter}: {header})"
    )]
    MissingColumn {
        /// The file.
        source_name: String,
        /// What is missing, in words.
        field: &'static str,
        /// The names it may have.
        expected: String,
        /// The delimiter that was taken, in words.
        delimiter: &'static str,
        /// The header that was found.
        header: String,
    },
    /// The same column twice.
    #[error("`{source_name}` has the column `{column}` twice; rename one")]
    DuplicateColumn {
        /// The file.
        source_name: String,
        /// The header.
        column: String,
    },
    /// A quote that swallows the rest of the file.
    #[error(
        "`{source_name}`: the record in line {line} has a quote that is never closed; the export may be cut off"
    )]
    UnclosedQuote {
        /// The file.
        source_name: String,
        /// The line in which the record begins.
        line: usize,
    },
    /// Not JSON, or not usable as such.
    #[error("`{source_name}`, line {line}, column {column}: {problem}")]
    Json {
        /// The file.
        source_name: String,
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
        /// What is wrong.
        problem: String,
    },
    /// An export of another kind.
    #[error("`{source_name}` is not {expected}: {found}")]
    OtherKind {
        /// The file.
        source_name: String,
        /// What was expected.
        expected: &'static str,
        /// What it is, or what it lacks.
        found: String,
    },
    /// A workbook that is no sheet which was handed out.
    #[error("`{source_name}` cannot be read: {problem}")]
    Sheet {
        /// The file.
        source_name: String,
        /// What is wrong.
        problem: String,
    },
    /// A mapping that cannot be used.
    #[error("`{source_name}`: {problem}")]
    Mapping {
        /// The mapping file.
        source_name: String,
        /// What is wrong.
        problem: String,
    },
    /// More than a table has.
    #[error("`{source_name}` has more than {limit} {what}")]
    TooMany {
        /// The file.
        source_name: String,
        /// The limit.
        limit: usize,
        /// Of what.
        what: &'static str,
    },
}
