//! `countersign review`: who has access to what, and whether they should.

mod close;
mod decide;
mod evidence;
mod import;
mod open;
mod remediate;
mod report;
mod run;
mod serve;
mod sheet;
mod status;
mod store;
mod usage;
mod view;

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
    Import(import::Args),
    Open(open::Args),
    Status(status::Args),
    Sheet(sheet::Args),
    Decide(decide::Args),
    Serve(serve::Args),
    Remind(status::RemindArgs),
    Escalate(close::EscalateArgs),
    Close(close::CloseArgs),
    Remediate(remediate::Args),
    VerifyRemediation(remediate::VerifyArgs),
    Diff(remediate::DiffArgs),
    Report(report::Args),
    Usage(usage::Args),
    /// Write or check what an auditor gets
    #[command(subcommand)]
    Evidence(evidence::Command),
}

impl Command {
    /// The formats its result can be written in.
    pub(super) fn formats(&self) -> &'static [Format] {
        match self {
            Self::Run(_) | Self::Remind(_) | Self::Remediate(_) => {
                &[Format::Human, Format::Json, Format::Csv]
            }
            Self::Usage(args) => args.formats(),
            Self::Report(_) => report::FORMATS,
            _ => Format::ANSWER,
        }
    }

    /// Runs the verb.
    pub(super) fn run(self, env: &Env) -> Result<Outcome, Failure> {
        match self {
            Self::Run(args) => run::run(env, args),
            Self::Import(args) => import::run(env, args),
            Self::Open(args) => open::run(env, args),
            Self::Status(args) => status::run(env, &args),
            Self::Sheet(args) => sheet::run(env, &args),
            Self::Decide(args) => decide::run(env, &args),
            Self::Serve(args) => serve::run(env, &args),
            Self::Remind(args) => status::remind(env, &args),
            Self::Escalate(args) => close::escalate(env, &args),
            Self::Close(args) => close::close(env, &args),
            Self::Remediate(args) => remediate::run(env, &args),
            Self::VerifyRemediation(args) => remediate::verify(env, &args),
            Self::Diff(args) => remediate::diff(env, &args),
            Self::Report(args) => report::run(env, &args),
            Self::Usage(args) => usage::run(env, args),
            Self::Evidence(command) => command.run(env),
        }
    }
}
