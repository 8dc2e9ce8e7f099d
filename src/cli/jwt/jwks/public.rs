//! `countersign jwt jwks public`.

use std::path::PathBuf;

use clap::Args as ClapArgs;
use serde_json::{Value, json};

use crate::cli::args::Clock;
use crate::cli::env::Env;
use crate::cli::error::Failure;
use crate::cli::outcome::{Outcome, View};
use crate::cli::paint::Paint;

/// Print the public half of a set
///
/// What to publish: the public members of the keys that sign or verify at the time, the next one included. Shared
/// secrets, retired keys and keys that cannot be used are left out, and counted.
#[derive(Debug, ClapArgs)]
#[command(after_long_help = "Examples:
  countersign jwt jwks public signing.jwks -o public/jwks.json
  countersign jwt jwks public signing.jwks --at 2026-12-02T00:15:00Z

Exit codes: 0 printed, 2 cannot answer")]
pub(crate) struct Args {
    /// The set, a file or `-`
    set: PathBuf,
    #[command(flatten)]
    clock: Clock,
}

struct Published(Vec<Value>);

/// Runs the verb.
pub(super) fn run(env: &Env, args: &Args) -> Result<Outcome, Failure> {
    let set = super::read(env, &args.set)?;
    let (keys, left_out) = set.published(args.clock.at.unwrap_or(env.now));
    if left_out > 0 {
        let is = if left_out == 1 { "key is" } else { "keys are" };
        env.note(&format!(
            "{left_out} {is} left out: shared, retired or unusable"
        ));
    }
    if keys.is_empty() {
        return Err(Failure::input("the set holds no key to publish"));
    }
    Ok(Outcome::view(Published(keys)))
}

impl View for Published {
    fn human(&self, paint: &mut Paint) {
        let text = format!("{:#}", json!({ "keys": self.0 }));
        text.lines().for_each(|line| paint.line(line));
    }

    fn json(&self) -> Value {
        json!({"schema": "countersign/jwks/v1", "keys": self.0})
    }
}
