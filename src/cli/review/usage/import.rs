//! `countersign review usage import`.

use std::path::PathBuf;

use clap::Args as ClapArgs;

use super::count::{self, Conclusion};
use crate::cli::args::Clock;
use crate::cli::env::Env;
use crate::cli::error::Failure;
use crate::cli::outcome::Outcome;
use crate::kernel::crypto::{hex, sha256};
use crate::review::usage::{self, Ledger, LogSheet};

/// Take back what a warehouse counted
///
/// Reads the CSV that the statement of `review usage plan` yields, and holds it against its own row counts: a result that was
/// cut by a limit, or edited, is refused.
#[derive(Debug, ClapArgs)]
#[command(after_long_help = "Examples:
  countersign review usage import --system payroll --query plan.sql --into payroll.usage answer.csv
  countersign review usage import --system payroll --query plan.sql --into payroll.usage --allow-gaps -

Exit codes: 0 taken, 2 cannot answer or the query rejected rows")]
pub(crate) struct Args {
    /// The result as CSV with its header, or `-`
    #[arg(value_name = "FILE")]
    result: PathBuf,
    /// The statement that was run; its digest is kept beside the result's
    #[arg(long, value_name = "FILE")]
    query: PathBuf,
    /// What the permissions are of
    #[arg(long, value_name = "NAME")]
    system: String,
    /// Keep the result here, added to what is there already
    #[arg(long, value_name = "PART")]
    into: PathBuf,
    /// How many of the longest unused permissions to show
    #[arg(long, value_name = "COUNT", default_value_t = 10)]
    show: usize,
    /// End with 0 though the query rejected rows
    #[arg(long)]
    allow_gaps: bool,
    #[command(flatten)]
    clock: Clock,
}

/// Runs the verb.
pub(super) fn run(env: &Env, args: Args) -> Result<Outcome, Failure> {
    let result = env.source(&args.result)?;
    let query = env.source(&args.query)?;
    let answer = usage::answer(result.bytes()).map_err(|error| {
        Failure::input(error.to_string())
            .context(format!("cannot use the result `{}`", result.name()))
    })?;
    let sheet = LogSheet {
        name: result.name().to_owned(),
        query_sha256: Some(hex(&sha256(query.bytes()))),
        bytes: result.bytes().len() as u64,
        sha256: hex(&sha256(result.bytes())),
        ..answer.sheet
    };
    let ledger = Ledger {
        tool: env!("CARGO_PKG_VERSION").to_owned(),
        system: args.system.clone(),
        format: "query".to_owned(),
        mapping: None,
        sources: vec![sheet],
        groups: 0,
        uses: 0,
        events_kept: true,
    };
    let conclusion = Conclusion {
        into: Some(&args.into),
        show: args.show,
        allow_gaps: args.allow_gaps,
        now: args.clock.at.unwrap_or(env.now),
        left_out: Vec::new(),
    };
    count::add(env, conclusion, ledger, answer.rows)
}
