//! `countersign cert`: a private authority and its SPIFFE certificates.

mod directory;
mod init;
mod inspect;
mod issue;
mod lint;
mod material;
mod probe;
mod verdict_view;
mod verify;
mod view;

use clap::Subcommand;

use super::args::Format;
use super::env::Env;
use super::error::Failure;
use super::outcome::Outcome;
use crate::cert::IssueError;

/// The verbs of `cert`.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Init(init::Args),
    Issue(issue::Args),
    Verify(Box<verify::Args>),
    Inspect(inspect::Args),
    Lint(lint::Args),
    Probe(Box<probe::Args>),
}

impl Command {
    /// The formats its result can be written in.
    pub(super) fn formats(&self) -> &'static [Format] {
        match self {
            Self::Lint(_) => Format::FINDINGS,
            _ => Format::ANSWER,
        }
    }

    /// Runs the verb.
    pub(super) fn run(self, env: &Env) -> Result<Outcome, Failure> {
        match self {
            Self::Init(args) => init::run(env, &args),
            Self::Issue(args) => issue::run(env, args),
            Self::Verify(args) => verify::run(env, *args),
            Self::Inspect(args) => inspect::run(env, &args),
            Self::Lint(args) => lint::run(env, args),
            Self::Probe(args) => probe::run(env, *args),
        }
    }
}

fn refuse(error: IssueError) -> Failure {
    let failure = Failure::usage(error.to_string()).context("the certificate is not issued");
    match error {
        IssueError::NoPath(_) => {
            failure.hint("add one, such as `/ns/production/sa/payment-service`")
        }
        IssueError::TooLong { limit, .. } => failure.hint(format!(
            "ask for at most `--ttl {}`; the limit was set by `cert init --max-ttl`",
            crate::kernel::time::humanize(limit).replace(' ', "")
        )),
        IssueError::AuthorityExpired(_) => failure.hint("make a new authority with `cert init`"),
        _ => failure,
    }
}
