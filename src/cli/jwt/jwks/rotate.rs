//! `countersign jwt jwks rotate`.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args as ClapArgs;
use serde_json::json;

use super::NewKind;
use super::view::SetView;
use crate::cli::args::Clock;
use crate::cli::env::Env;
use crate::cli::error::Failure;
use crate::cli::outcome::{Body, NewFile, Outcome};
use crate::jwt::jwks::Rotation;
use crate::kernel::fs::{Privacy, Replace};
use crate::kernel::time::parse_duration;

/// Rotate the signing key of a private set
///
/// Adds a new key that is published now and signs after `--ahead`, when every verifier has it; the key that signs now
/// is kept for `--token-life` longer, so that the tokens it signed are verified to their end. What has retired is taken
/// out. The times stand in the set (`iat`, `nbf`, `exp`), which is all the state there is. While a new key is on its
/// way, running it again starts nothing, so that a scheduled job may repeat it.
#[derive(Debug, ClapArgs)]
#[command(after_long_help = "Examples:
  countersign jwt jwks rotate signing.jwks --publish public/jwks.json
  countersign jwt jwks rotate signing.jwks --ahead 48h --token-life 1h --kind Ed25519

Exit codes: 0 rotated, or under way already; 2 cannot rotate")]
pub(crate) struct Args {
    /// The private set, a file; made if it is not there
    set: PathBuf,
    /// The kind of the new key: P-256, P-384, P-521, secp256k1, Ed25519, HS256, HS384 or HS512
    #[arg(long, default_value = "P-256")]
    kind: NewKind,
    /// The id of the new key; by default its thumbprint
    #[arg(long, value_name = "ID")]
    kid: Option<String>,
    /// How long the new key is published before it signs: longer than verifiers keep the set
    #[arg(long, value_name = "DURATION", default_value = "24h", value_parser = parse_duration)]
    ahead: Duration,
    /// How long the old key is kept after it signed for the last time: the longest life of a token
    #[arg(long, value_name = "DURATION", default_value = "15m", value_parser = parse_duration)]
    token_life: Duration,
    /// Write the public set here
    #[arg(long, value_name = "FILE")]
    publish: Option<PathBuf>,
    #[command(flatten)]
    clock: Clock,
}

/// Runs the verb.
pub(super) fn run(env: &Env, args: Args) -> Result<Outcome, Failure> {
    let now = args.clock.at.unwrap_or(env.now);
    let (mut set, new) = super::read_or_new(env, &args.set)?;
    let key = args
        .kind
        .generate(env, args.kid.as_deref())
        .map_err(super::no_randomness)?;
    let rotation = Rotation {
        now,
        ahead: args.ahead,
        token_life: args.token_life,
    };
    let rotated = set.rotate(&key, &rotation).map_err(super::explain)?;
    match (&rotated.promoted, &rotated.added) {
        (Some(id), _) => env.note(&format!(
            "no key is left that signs: `{id}` signs from now on"
        )),
        (None, None) => env.note("a new key is on its way already: no other is added"),
        (None, Some(_)) => {}
    }
    let mut files = vec![super::changed(&args.set, &set, new)];
    if let Some(path) = args.publish {
        let (keys, _) = set.published(now);
        files.push(NewFile {
            path,
            bytes: format!("{:#}\n", json!({ "keys": keys }))
                .into_bytes()
                .into(),
            privacy: Privacy::Shared,
            replace: Replace::Always,
        });
    }
    let view = SetView {
        file: args.set.display().to_string(),
        set,
        now,
        added: rotated.added,
        removed: rotated.removed,
    };
    let mut outcome = Outcome::done(Body::View(Box::new(view)));
    outcome.files = files;
    Ok(outcome)
}
