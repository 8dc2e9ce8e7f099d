//! Why a review is not clean though no finding fails it.

use crate::kernel::reason::ReasonPage;

/// A reason beside the rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// A row or a cell of a source could not be used.
    SourceIncomplete,
    /// A rule could not judge an account.
    NotEvaluable,
}

impl Reason {
    /// All reasons.
    pub const ALL: [Self; 2] = [Self::SourceIncomplete, Self::NotEvaluable];

    /// The code.
    pub fn code(self) -> &'static str {
        match self {
            Self::SourceIncomplete => "source-incomplete",
            Self::NotEvaluable => "not-evaluable",
        }
    }

    /// What `countersign explain` says about it.
    pub fn page(self) -> ReasonPage {
        let (title, text) = match self {
            Self::SourceIncomplete => (
                "a row or a cell of an export could not be used",
                "Rows were rejected or cells could not be read, so that the population is smaller, or known less well, than the \
                 export says. Whoever is missing cannot be reviewed.\n\nThe report lists every such row with its line and the \
                 reason. Correct the export at its source and run the review again; do not edit the file by hand, or \
                 its digest proves nothing.",
            ),
            Self::NotEvaluable => (
                "a rule could not judge an account",
                "A column, a cell or a join that the rule needs is missing. That is no finding, and it has not passed \
                 either.\n\nThe report lists the accounts by rule with the reason. Export the missing column, correct the \
                 join, or say with `--usage-window` how far back the log behind the last use reaches. `--allow-gaps` lets a run \
                 end with 0 all the same.",
            ),
        };
        ReasonPage {
            code: self.code(),
            title,
            text,
        }
    }
}
