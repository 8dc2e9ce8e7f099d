//! `countersign cert bundle`: what others are to trust, and how it changes.

mod export;
mod plan;

use clap::Subcommand;

use crate::cli::env::Env;
use crate::cli::error::Failure;
use crate::cli::outcome::Outcome;

/// The verbs of `cert bundle`.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Export(export::Args),
    Plan(plan::Args),
}

impl Command {
    /// Runs the verb.
    pub(super) fn run(self, env: &Env) -> Result<Outcome, Failure> {
        match self {
            Self::Export(args) => export::run(env, &args),
            Self::Plan(args) => plan::run(env, &args),
        }
    }
}
