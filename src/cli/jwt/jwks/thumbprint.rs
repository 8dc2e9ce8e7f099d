//! `countersign jwt jwks thumbprint`.

use clap::Args as ClapArgs;
use serde_json::{Value, json};

use crate::cli::args::{KeyReading, SecretArg};
use crate::cli::env::Env;
use crate::cli::error::{Failure, Kind};
use crate::cli::outcome::{Outcome, View};
use crate::cli::paint::Paint;
use crate::kernel::key::{Expected, Key, thumbprint, thumbprint_uri};

/// Compute the thumbprint of keys
///
/// The SHA-256 thumbprint of RFC 7638, the same for the public and the private key, and as URI of RFC 9278. Secrets
/// have none here: a digest of a secret lets guesses be tested.
#[derive(Debug, ClapArgs)]
#[command(after_long_help = "Examples:
  countersign jwt jwks thumbprint --key file:signing.pem
  countersign jwt jwks thumbprint --uri --key file:issuer.jwks

Exit codes: 0 computed, 2 cannot compute")]
pub(crate) struct Args {
    /// Where a key or key set is: env:NAME, file:PATH, fd:N, stdin or prompt; repeat for several
    #[arg(long, value_name = "REF", required = true, allow_hyphen_values = true)]
    key: Vec<SecretArg>,
    #[command(flatten)]
    reading: KeyReading,
    /// Print the URI
    #[arg(long)]
    uri: bool,
}

struct Thumbprints {
    keys: Vec<Key>,
    uri: bool,
}

/// Runs the verb.
pub(super) fn run(env: &Env, args: &Args) -> Result<Outcome, Failure> {
    let mut keys = env
        .keys(&args.key, &args.reading, Expected::Verification)?
        .keys;
    let count = keys.len();
    keys.retain(|key| key.public().is_some());
    if keys.is_empty() {
        return Err(Failure::new(
            Kind::Secret,
            "a shared secret has no thumbprint that may be shown",
        ));
    }
    if keys.len() < count {
        env.note(&format!(
            "{} shared secrets are left out",
            count - keys.len()
        ));
    }
    Ok(Outcome::view(Thumbprints {
        keys,
        uri: args.uri,
    }))
}

impl View for Thumbprints {
    fn human(&self, paint: &mut Paint) {
        for public in self.keys.iter().filter_map(Key::public) {
            paint.line(&if self.uri {
                thumbprint_uri(&public)
            } else {
                thumbprint(&public)
            });
        }
    }

    fn json(&self) -> Value {
        let keys = self.keys.iter().filter_map(|key| {
            let public = key.public()?;
            Some(json!({
                "kid": key.id,
                "kind": key.describe(),
                "thumbprint": thumbprint(&public),
                "thumbprint_uri": thumbprint_uri(&public),
            }))
        });
        json!({"schema": "countersign/thumbprints/v1", "keys": keys.collect::<Vec<Value>>()})
    }
}
