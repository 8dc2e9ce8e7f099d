//! `countersign cert bundle`: what others are to trust, and how it changes.

mod diff;
mod export;
mod fetch;
mod import;
mod plan;
mod serve;
mod store;

use clap::Subcommand;

use crate::cli::env::Env;
use crate::cli::error::Failure;
use crate::cli::outcome::Outcome;

/// The verbs of `cert bundle`.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Export(export::Args),
    Plan(plan::Args),
    Diff(diff::Args),
    Import(import::Args),
    Fetch(Box<fetch::Args>),
    Serve(serve::Args),
}

impl Command {
    /// Runs the verb.
    pub(super) fn run(self, env: &Env) -> Result<Outcome, Failure> {
        match self {
            Self::Export(args) => export::run(env, &args),
            Self::Plan(args) => plan::run(env, &args),
            Self::Diff(args) => diff::run(env, &args),
            Self::Import(args) => import::run(env, &args),
            Self::Fetch(args) => fetch::run(env, &args),
            Self::Serve(args) => serve::run(env, &args),
        }
    }
}
