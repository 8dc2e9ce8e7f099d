//! `countersign jwt jwks current`.

use std::path::PathBuf;

use clap::Args as ClapArgs;

use super::view::KeyView;
use crate::cli::args::Clock;
use crate::cli::env::Env;
use crate::cli::error::{Failure, Kind};
use crate::cli::outcome::Outcome;
use crate::kernel::fs::Replace;

/// Print the key that signs now
///
/// Of a set that is rotated, the key whose time has come last, as a private JWK for `jwt mint --key`. A file that is
/// written with `-o` is its owner's alone, and takes the place of another only with `--force`.
#[derive(Debug, ClapArgs)]
#[command(after_long_help = "Examples:
  countersign jwt jwks current signing.jwks | countersign jwt mint --key stdin …
  countersign jwt jwks current signing.jwks --at 2026-12-02T00:00:00Z

Exit codes: 0 printed, 2 cannot answer, 3 no key signs at the time")]
pub(crate) struct Args {
    /// The private set, a file or `-`
    set: PathBuf,
    /// Replace the file that `-o` names
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    clock: Clock,
}

/// Runs the verb.
pub(super) fn run(env: &Env, args: Args) -> Result<Outcome, Failure> {
    let now = args.clock.at.unwrap_or(env.now);
    let set = super::read(env, &args.set)?;
    let member = set.current(now).and_then(|index| set.members().get(index));
    let Some(Ok(key)) = member.map(|member| &member.key) else {
        return Err(Failure::new(
            Kind::Nothing,
            format!("no key of the set signs at {now}"),
        ));
    };
    let replace = if args.force {
        Replace::Always
    } else {
        Replace::Never
    };
    Ok(Outcome::view(KeyView {
        key: key.clone(),
        replace,
    }))
}
