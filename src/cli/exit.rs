//! Exit codes: the same in every format.

/// What the process says to its caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ExitCode {
    /// yes: done, verified, or clean below `--fail-on`
    Yes,
    /// no: an invalid signature, token or chain; findings at or above `--fail-on`; a review with gaps; denied
    No,
    /// cannot answer: usage, configuration, unreadable or unparsable input, secret not found, network, a decision record
    /// that cannot be written
    CannotAnswer,
    /// nothing to evaluate: no manifest matched, or the input is empty; a gate must not pass on nothing
    NothingToEvaluate,
}

impl ExitCode {
    /// All codes.
    pub const ALL: [Self; 4] = [
        Self::Yes,
        Self::No,
        Self::CannotAnswer,
        Self::NothingToEvaluate,
    ];

    /// The number.
    pub fn number(self) -> u8 {
        match self {
            Self::Yes => 0,
            Self::No => 1,
            Self::CannotAnswer => 2,
            Self::NothingToEvaluate => 3,
        }
    }

    /// What it means, as `docs/reference/exit-codes.md` and the help say it.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Yes => "yes: done, verified, or clean below `--fail-on`",
            Self::No => {
                "no: an invalid signature, token or chain; findings at or above `--fail-on`; a review with gaps; denied"
            }
            Self::CannotAnswer => {
                "cannot answer: usage, configuration, unreadable or unparsable input, secret not found, network, a decision record that cannot be written"
            }
            Self::NothingToEvaluate => {
                "nothing to evaluate: no manifest matched, or the input is empty; a gate must not pass on nothing"
            }
        }
    }

    /// The reference page.
    pub fn reference() -> String {
        let mut page = String::from(
            "# Exit codes\n\nThe same in every format.\n\n| code | meaning |\n|---|---|\n",
        );
        for code in Self::ALL {
            page.push_str(&format!("| {} | {} |\n", code.number(), code.meaning()));
        }
        page.push_str(
            "\n`inspect` verbs verify nothing: they print `signature: NOT VERIFIED` and exit with 0. `--exit-zero` turns 1 \
             into 0 for runs that only report. A run ended by SIGINT ends with 130.\n",
        );
        page
    }
}

impl From<ExitCode> for std::process::ExitCode {
    fn from(code: ExitCode) -> Self {
        Self::from(code.number())
    }
}
