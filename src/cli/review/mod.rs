//! `countersign review`: who has access to what, and whether they should.

mod run;

use clap::Subcommand;

use super::args::Format;
use super::env::Env;
use super::error::Failure;
use super::outcome::Outcome;

/// The verbs of `review`.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    // No doc comment: it would take the place of the one on `Args`, which is the help.
    Run(run::Args),
}

impl Command {
    /// The formats its result can be written in.
    pub(super) fn formats(&self) -> &'static [Format] {
        match self {
            Self::Run(_) => &[Format::Human, Format::Json, Format::Csv],
        }
    }

    /// Runs the verb.
    pub(super) fn run(self, env: &Env) -> Result<Outcome, Failure> {
        match self {
            Self::Run(args) => run::run(env, args),
        }
    }
}
