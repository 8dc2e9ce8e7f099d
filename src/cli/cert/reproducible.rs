//! `--reproducible`: the same keys and certificates again, from a seed.

use clap::Args;

use crate::cert::Origin;
use crate::cert::issuance_log::Hash;
use crate::cli::args::SecretArg;
use crate::cli::env::Env;
use crate::cli::error::{Failure, Kind};
use crate::kernel::crypto::Seed;

/// A seed in the place of randomness.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Reproducible {
    /// Derive new keys and serial numbers from the seed that is there, instead of chance: env:NAME, file:PATH, fd:N, stdin or
    /// prompt. Needs `--at`, and Ed25519 keys; whoever has the seed has every key
    #[arg(long, value_name = "REF", allow_hyphen_values = true, requires = "at")]
    reproducible: Option<SecretArg>,
}

impl Reproducible {
    /// Whether there is to be a seed.
    pub(crate) fn is_wanted(&self) -> bool {
        self.reproducible.is_some()
    }

    /// The seed, if there is to be one.
    ///
    /// # Errors
    /// [`Failure`] if it cannot be read or is none.
    pub(crate) fn seed(&self, env: &Env) -> Result<Option<Seed>, Failure> {
        let Some(argument) = &self.reproducible else {
            return Ok(None);
        };
        let seed = Seed::new(&env.secret(argument, "the seed")?).map_err(|error| {
            Failure::new(Kind::Secret, error.to_string())
                .hint("make one with `openssl rand -hex 32`, and keep it as a key is kept")
        })?;
        env.warn("whoever has the seed has every key that is made of it: for tests, rehearsals and comparing");
        Ok(Some(seed))
    }
}

/// Where what is new comes from: a seed at an index and root of the log, or chance.
pub(super) fn origin<'a>(
    env: &'a Env,
    seed: Option<&'a Seed>,
    (index, root): (u64, Hash),
) -> Origin<'a> {
    match seed {
        Some(seed) => Origin::Seed { seed, index, root },
        None => Origin::Chance(&env.random),
    }
}
