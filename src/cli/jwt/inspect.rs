//! `countersign jwt inspect`.

use clap::Args as ClapArgs;

use super::view::InspectView;
use crate::cli::args::Clock;
use crate::cli::env::Env;
use crate::cli::error::Failure;
use crate::cli::outcome::Outcome;
use crate::jwt;

/// Take a token apart, without verifying it
///
/// Shows what decodes, names every defect at its place, explains the claims with relative times, and says what is weak.
/// It never fails on an unknown algorithm or a damaged token, and it never claims that anything is verified.
#[derive(Debug, ClapArgs)]
#[command(after_long_help = "Examples:
  countersign jwt inspect eyJhbGciOi…
  pbpaste | countersign jwt inspect -

Exit codes: 0 shown, 2 cannot read, 3 no token in the input")]
pub(crate) struct Args {
    /// The token, a file that holds it, a line `Authorization: Bearer …`, or `-`
    token: String,
    #[command(flatten)]
    clock: Clock,
}

/// Runs the verb.
pub(super) fn run(env: &Env, args: &Args) -> Result<Outcome, Failure> {
    let (located, place) = super::token(env, &args.token, jwt::locate)?;
    let now = args.clock.at.unwrap_or(env.now);
    let dissection = jwt::inspect(&located.token, now);
    Ok(Outcome::view(InspectView {
        place,
        dissection,
        now,
    }))
}
