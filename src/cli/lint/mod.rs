//! `countersign lint`: manifests.

mod assert;
mod check;
mod cluster;
mod diff;
mod facts;
mod generate;
mod inputs;
mod mtls;
mod reach;
mod revision;
mod rules;

use clap::{Args as ClapArgs, Subcommand};

use crate::cli::args::Format;
use crate::cli::env::Env;
use crate::cli::error::Failure;
use crate::cli::outcome::Outcome;

/// Lint Kubernetes and Istio manifests
///
/// Computes what the manifests really enforce: the effective mTLS mode of each workload, who is isolated, which
/// policies allow everyone or select nothing. Folders are searched for *.yaml, *.yml and *.json; hidden files and
/// ignore files are not skipped. What the input lacks is said, never guessed.
#[derive(Debug, ClapArgs)]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    after_long_help = "Examples:
  countersign lint deploy/
  helm template chart/ | countersign lint --assume mesh-mtls=strict -

Exit codes: 0 nothing at or above --fail-on, 1 findings, 2 cannot answer, 3 no Kubernetes resource in the input"
)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Option<Verb>,
    #[command(flatten)]
    check: check::GateArgs,
}

/// The verbs beside the gate. A folder of such a name is meant by `./mtls`.
#[derive(Debug, Subcommand)]
enum Verb {
    Assert(Box<assert::Args>),
    Diff(Box<diff::Args>),
    Generate(Box<generate::Args>),
    Reach(Box<reach::Args>),
    Mtls(mtls::Args),
    Rules(rules::Args),
}

impl Args {
    /// The formats its result can be written in.
    pub(super) fn formats(&self) -> &'static [Format] {
        match &self.verb {
            None => Format::FINDINGS,
            Some(Verb::Assert(_) | Verb::Generate(_)) => Format::ANSWER,
            Some(Verb::Diff(_)) => diff::FORMATS,
            Some(Verb::Reach(_)) => reach::FORMATS,
            Some(Verb::Mtls(_) | Verb::Rules(_)) => {
                &[Format::Human, Format::Json, Format::Markdown]
            }
        }
    }
}

/// Runs the verb.
pub(super) fn run(env: &Env, args: Args) -> Result<Outcome, Failure> {
    match args.verb {
        None => check::run(env, args.check),
        Some(Verb::Assert(args)) => assert::run(env, *args),
        Some(Verb::Diff(args)) => diff::run(env, *args),
        Some(Verb::Generate(args)) => generate::run(env, *args),
        Some(Verb::Reach(args)) => reach::run(env, *args),
        Some(Verb::Mtls(args)) => mtls::run(env, &args),
        Some(Verb::Rules(args)) => rules::run(env, &args),
    }
}
