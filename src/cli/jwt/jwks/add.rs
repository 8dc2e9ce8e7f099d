//! `countersign jwt jwks add`.

use std::path::PathBuf;

use clap::Args as ClapArgs;

use super::view::SetView;
use crate::cli::args::{Clock, KeyReading, SecretArg};
use crate::cli::env::Env;
use crate::cli::error::{Failure, Kind};
use crate::cli::outcome::{Body, Outcome};
use crate::kernel::key::{Expected, Material, thumbprint};

/// Add keys to a set
///
/// A set of public keys takes the public half, a private set takes private keys alone; a file that is not there is
/// made, and holds what is given. Members that are not touched stay as they are written, usable or not.
#[derive(Debug, ClapArgs)]
#[command(after_long_help = "Examples:
  countersign jwt jwks add public.jwks --key file:new.pem
  countersign jwt jwks add signing.jwks --key file:signing.pem --kid 2026-11

Exit codes: 0 added, 2 cannot add")]
pub(crate) struct Args {
    /// The set, a file
    set: PathBuf,
    /// Where a key or key set is: env:NAME, file:PATH, fd:N, stdin or prompt; repeat for several
    #[arg(long, value_name = "REF", required = true, allow_hyphen_values = true)]
    key: Vec<SecretArg>,
    #[command(flatten)]
    reading: KeyReading,
    /// The key id, for a single key; by default the one it has, or its thumbprint
    #[arg(long, value_name = "ID")]
    kid: Option<String>,
    #[command(flatten)]
    clock: Clock,
}

/// Runs the verb.
pub(super) fn run(env: &Env, args: Args) -> Result<Outcome, Failure> {
    let keys = env
        .keys(&args.key, &args.reading, Expected::Verification)?
        .keys;
    if args.kid.is_some() && keys.len() > 1 {
        return Err(Failure::usage("`--kid` is for one key; there are several"));
    }
    let (mut set, new) = super::read_or_new(env, &args.set)?;
    let public = !new && !set.is_private() && !set.members().is_empty();
    let mut added = Vec::new();
    for mut key in keys {
        if public {
            let half = key.public().ok_or_else(|| {
                Failure::new(
                    Kind::Secret,
                    "the set is public; a shared secret does not belong in it",
                )
            })?;
            if !matches!(key.material, Material::Public(_)) {
                env.note("the set is public: the private half is left out");
            }
            key.material = Material::Public(half);
        }
        key.id = match (args.kid.clone().or(key.id.take()), key.public()) {
            (Some(id), _) => Some(id),
            (None, Some(public)) => Some(thumbprint(&public)),
            (None, None) => return Err(Failure::usage("a shared secret needs an id: `--kid`")),
        };
        set.add(&key).map_err(super::explain)?;
        added.extend(key.id);
    }
    let file = super::changed(&args.set, &set, new);
    let view = SetView {
        file: args.set.display().to_string(),
        set,
        now: args.clock.at.unwrap_or(env.now),
        added: Some(added.join(", ")),
        removed: Vec::new(),
    };
    let mut outcome = Outcome::done(Body::View(Box::new(view)));
    outcome.files.push(file);
    Ok(outcome)
}
