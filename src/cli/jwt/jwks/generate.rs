//! `countersign jwt jwks generate`.

use clap::Args as ClapArgs;

use super::NewKind;
use super::view::KeyView;
use crate::cli::env::Env;
use crate::cli::error::Failure;
use crate::cli::outcome::Outcome;
use crate::kernel::fs::Replace;

/// Make a key
///
/// Prints a private JWK, bound to one algorithm, with its thumbprint as id. A file that is written with `-o` is its
/// owner's alone, and takes the place of another only with `--force`.
#[derive(Debug, ClapArgs)]
#[command(after_long_help = "Examples:
  countersign jwt jwks generate -o signing.jwk
  countersign jwt jwks generate --kind HS256 --kid webhook

Exit codes: 0 made, 2 cannot make it")]
pub(crate) struct Args {
    /// The kind: P-256, P-384, P-521, secp256k1, Ed25519, HS256, HS384 or HS512
    #[arg(long, default_value = "P-256")]
    kind: NewKind,
    /// The key id; by default the thumbprint (RFC 7638), of a secret random digits
    #[arg(long, value_name = "ID")]
    kid: Option<String>,
    /// Replace the file that `-o` names
    #[arg(long)]
    force: bool,
}

/// Runs the verb.
pub(super) fn run(env: &Env, args: &Args) -> Result<Outcome, Failure> {
    let key = args
        .kind
        .generate(env, args.kid.as_deref())
        .map_err(super::no_randomness)?;
    let replace = if args.force {
        Replace::Always
    } else {
        Replace::Never
    };
    Ok(Outcome::view(KeyView { key, replace }))
}
