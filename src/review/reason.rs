//! Why a review is not clean though no finding fails it.

use crate::kernel::reason::ReasonPage;

/// A reason beside the rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// A row or a cell of a source could not be used.
    SourceIncomplete,
    /// A rule could not judge an account.
    NotEvaluable,
    /// A campaign's file is not as it was written.
    CampaignChanged,
    /// Reviewers owe answers.
    AnswersOwed,
    /// The population is not frozen yet.
    NotOpened,
    /// A bundle of evidence cannot be relied on.
    EvidenceInvalid,
}

impl Reason {
    /// All reasons.
    pub const ALL: [Self; 6] = [
        Self::SourceIncomplete,
        Self::NotEvaluable,
        Self::CampaignChanged,
        Self::AnswersOwed,
        Self::NotOpened,
        Self::EvidenceInvalid,
    ];

    /// The code.
    pub fn code(self) -> &'static str {
        match self {
            Self::SourceIncomplete => "source-incomplete",
            Self::NotEvaluable => "not-evaluable",
            Self::CampaignChanged => "campaign-changed",
            Self::AnswersOwed => "answers-owed",
            Self::NotOpened => "campaign-not-opened",
            Self::EvidenceInvalid => "evidence-invalid",
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
            Self::CampaignChanged => (
                "a campaign's file is not as it was written",
                "A row of the population, a decision, an event or the campaign's own state or deadline differs from its digest in \
                 the history, or the history was shortened. `review status` then ends with 1 and names this reason first; nothing \
                 else that it could say of the file would be worth anything, and no verb writes to it.\n\nGo back to a copy that is \
                 known to be good, and find out who could write to the file. Only a head that was written down elsewhere \
                 (`--expect-head`) shows a change by someone who computed the history anew.",
            ),
            Self::AnswersOwed => (
                "reviewers owe answers",
                "Items wait for the answer of at least one reviewer. `review status` ends with 1 until nobody owes any; `review \
                 remind` says who owes what.",
            ),
            Self::NotOpened => (
                "the population is not frozen yet",
                "Exports were imported, and nobody is asked yet. `review open` freezes them and assigns reviewers.",
            ),
            Self::EvidenceInvalid => (
                "a bundle of evidence cannot be relied on",
                "The signature does not hold under the key, a file was changed, added or taken away, or what the bundle says of the \
                 decisions contradicts its history. `review evidence verify` lists the check that fails.",
            ),
        };
        ReasonPage {
            code: self.code(),
            title,
            text,
        }
    }
}
