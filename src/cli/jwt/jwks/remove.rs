//! `countersign jwt jwks remove`.

use std::path::PathBuf;

use clap::Args as ClapArgs;

use super::view::SetView;
use crate::cli::args::Clock;
use crate::cli::env::Env;
use crate::cli::error::{Failure, did_you_mean};
use crate::cli::outcome::{Body, Outcome};
use crate::jwt::jwks::JwksError;

/// Take a key out of a set at once
///
/// For a key that leaked or was added by mistake: tokens that it signed are refused as soon as verifiers read the set
/// anew. In the course of a rotation `rotate` takes keys out when nothing needs them any more.
#[derive(Debug, ClapArgs)]
#[command(after_long_help = "Examples:
  countersign jwt jwks remove signing.jwks 2026-10
  countersign jwt jwks remove signing.jwks 2026-10 && countersign jwt jwks rotate signing.jwks

Exit codes: 0 removed, 2 cannot remove")]
pub(crate) struct Args {
    /// The set, a file
    set: PathBuf,
    /// The id of the key
    #[arg(value_name = "KID", required = true)]
    ids: Vec<String>,
    #[command(flatten)]
    clock: Clock,
}

/// Runs the verb.
pub(super) fn run(env: &Env, args: Args) -> Result<Outcome, Failure> {
    let mut set = super::read(env, &args.set)?;
    for id in &args.ids {
        let known: Vec<String> = set
            .members()
            .iter()
            .filter_map(|member| member.id.clone())
            .collect();
        set.remove(id).map_err(|error| {
            let near = did_you_mean(id, known.iter().map(String::as_str));
            match (&error, near) {
                (JwksError::Absent(_), Some(near)) => {
                    super::explain(error).hint(format!("did you mean `{near}`?"))
                }
                _ => super::explain(error),
            }
        })?;
    }
    let file = super::changed(&args.set, &set, false);
    let view = SetView {
        file: args.set.display().to_string(),
        set,
        now: args.clock.at.unwrap_or(env.now),
        added: None,
        removed: args.ids,
    };
    let mut outcome = Outcome::done(Body::View(Box::new(view)));
    outcome.files.push(file);
    Ok(outcome)
}
