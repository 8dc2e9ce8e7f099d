//! The source sheet: which file was read, its digest, and what became of every row.
//!
//! An auditor asks it of any list that a control relies on (information produced by the entity): source, completeness
//! by row counts, integrity by digest. The counts add up, always: read = kept + rejected + duplicates + blank.

/// One source and what became of it.
#[derive(Debug, Clone)]
pub struct SourceSheet {
    /// What it is for: `hr roster` or `grants`.
    pub role: &'static str,
    /// The file as the user named it.
    pub name: String,
    /// SHA-256 of its bytes, hexadecimal.
    pub sha256: String,
    /// Its size in bytes.
    pub bytes: usize,
    /// The delimiter found, in words.
    pub delimiter: &'static str,
    /// The fields found, each with the header it was found under, in the file's order.
    pub columns: Vec<(&'static str, String)>,
    /// Headers that stand for nothing we know.
    pub unused_columns: Vec<String>,
    /// Rows after the header.
    pub read: usize,
    /// Rows that are in the population.
    pub kept: usize,
    /// Rows that are not, each with a [`Problem`].
    pub rejected: usize,
    /// Rows that repeat an earlier one cell for cell.
    pub duplicates: usize,
    /// Rows whose cells are all empty.
    pub blank: usize,
    /// Rows and cells that could not be used.
    pub problems: Vec<Problem>,
}

/// A row or a cell that could not be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The line in which the row begins, from 1.
    pub line: usize,
    /// The header of the column, where it is about one cell.
    pub column: Option<String>,
    /// Why.
    pub reason: String,
    /// Whether the row is not in the population. If not, only the cell counts as unknown.
    pub rejected: bool,
}

impl SourceSheet {
    /// Whether the export was read without a loss.
    pub fn is_complete(&self) -> bool {
        self.problems.is_empty() && self.rejected == 0
    }

    pub(super) fn reject(&mut self, line: usize, reason: String) {
        self.rejected += 1;
        self.problems.push(Problem {
            line,
            column: None,
            reason,
            rejected: true,
        });
    }
}
