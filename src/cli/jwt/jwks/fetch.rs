//! `countersign jwt jwks fetch`.

use clap::Args as ClapArgs;
use serde_json::{Value, json};

use crate::cli::args::Network;
use crate::cli::env::Env;
use crate::cli::error::{Failure, Kind};
use crate::cli::outcome::{Outcome, View};
use crate::cli::paint::{Paint, Tone};
use crate::kernel::http::Policy;
use crate::kernel::key::{
    Expected, Key, LoadOptions, Material, SkippedKey, load, public_jwk, thumbprint,
};

/// Fetch a key set from a URL
///
/// Prints the keys that can be used, and why others cannot. With `--format json` the result is a JWK set of the public
/// halves, for `jwt verify --key file:…`. Private or shared keys in the set are an error: they are published.
#[derive(Debug, ClapArgs)]
#[command(after_long_help = "Examples:
  countersign jwt jwks fetch https://auth.acme.example/.well-known/jwks.json
  countersign jwt jwks fetch --format json -o issuer.jwks https://auth.acme.example/.well-known/jwks.json

Exit codes: 0 fetched, 1 the set publishes private or shared keys, 2 cannot answer")]
pub(crate) struct Args {
    /// The URL of the set
    url: String,
    #[command(flatten)]
    network: Network,
}

struct Fetched {
    url: String,
    keys: Vec<Key>,
    skipped: Vec<SkippedKey>,
}

/// Runs the verb.
pub(super) fn run(env: &Env, args: Args) -> Result<Outcome, Failure> {
    let client = env.client(&args.network, Policy::default())?;
    let response = client.get(&args.url)?;
    if response.status != 200 {
        return Err(Failure::new(
            Kind::Network,
            format!("`{}` answers with status {}", args.url, response.status),
        ));
    }
    let text = std::str::from_utf8(&response.body).unwrap_or_default();
    if !text.trim_start().starts_with('{') {
        let kind = response
            .content_type
            .as_deref()
            .unwrap_or("no content type");
        return Err(Failure::input(format!(
            "`{}` answers with no JSON object ({kind})",
            args.url
        )));
    }
    let set =
        load(&response.body, LoadOptions::plain(Expected::Verification)).map_err(|error| {
            Failure::input(error.to_string())
                .context(format!("cannot use the set of `{}`", args.url))
        })?;
    let leaked = set
        .keys
        .iter()
        .any(|key| !matches!(key.material, Material::Public(_)));
    let mut outcome = Outcome::view(Fetched {
        url: args.url,
        keys: set.keys,
        skipped: set.skipped,
    });
    if leaked {
        outcome.exit = crate::cli::exit::ExitCode::No;
    }
    Ok(outcome)
}

impl View for Fetched {
    fn human(&self, paint: &mut Paint) {
        paint.line(&format!("{}: {} keys", self.url, self.keys.len()));
        for key in &self.keys {
            let id = key.id.as_deref().unwrap_or("(no id)");
            let print = key
                .public()
                .map_or_else(String::new, |public| thumbprint(&public));
            paint.line(&format!("  {id}  {}  {print}", key.describe()));
            if !matches!(key.material, Material::Public(_)) {
                paint.toned(
                    Tone::Bad,
                    "  PUBLISHED",
                    &format!(": {} must not be in a public set", key.describe()),
                );
            }
        }
        for skipped in &self.skipped {
            let id = skipped.id.as_deref().unwrap_or("(no id)");
            paint.toned(
                Tone::Warn,
                "  left out",
                &format!(": {id}: {}", skipped.reason),
            );
        }
    }

    fn json(&self) -> Value {
        let keys: Vec<Value> = self.keys.iter().filter_map(public_jwk).collect();
        json!({"schema": "countersign/jwks/v1", "keys": keys})
    }
}
