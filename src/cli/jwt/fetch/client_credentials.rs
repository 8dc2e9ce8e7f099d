//! `countersign jwt fetch client-credentials`.

use clap::Args as ClapArgs;

use super::GrantFlags;
use crate::cli::env::Env;
use crate::cli::error::Failure;
use crate::cli::outcome::Outcome;
use crate::jwt::oauth::Grant;

/// Fetch a token for a service of its own
///
/// The client shows who it is and gets a token for itself, not for a user (RFC 6749 §4.4). The answer is printed as JSON;
/// `--print access_token` prints the token alone.
#[derive(Debug, ClapArgs)]
#[command(after_long_help = "Examples:
  countersign jwt fetch client-credentials --issuer https://auth.acme.example --client orders \\
      --client-secret env:SECRET --scope read:orders --print access_token
  countersign jwt fetch client-credentials --issuer https://auth.acme.example --client orders \\
      --client-key file:orders.pem --dpop file:dpop.pem -o tokens.json

Exit codes: 0 fetched, 2 no token")]
pub(crate) struct Args {
    #[command(flatten)]
    grant: GrantFlags,
}

/// Runs the verb.
pub(super) fn run(env: &Env, args: Args) -> Result<Outcome, Failure> {
    let mut session = args.grant.session(env)?;
    let tokens = session.fetch(env, &Grant::ClientCredentials)?;
    session.result(env, (tokens, false), args.grant.print)
}
