//! `countersign jwt fetch refresh`.

use clap::Args as ClapArgs;

use super::id_token::{self, SignedIn};
use super::{GrantFlags, rotation};
use crate::cli::args::SecretArg;
use crate::cli::env::Env;
use crate::cli::error::Failure;
use crate::cli::outcome::Outcome;
use crate::jwt::oauth::Grant;

/// Refresh tokens, or test whether old refresh tokens die
///
/// Gives a refresh token and gets new tokens (RFC 6749 §6). With `--test-rotation` the same refresh token is used twice:
/// the second use must be refused, or a stolen copy works on unnoticed (RFC 9700 §4.14.2). The test may end the session
/// that the token belongs to, as it should.
#[derive(Debug, ClapArgs)]
#[command(after_long_help = "Examples:
  countersign jwt fetch refresh --issuer https://auth.acme.example --client cli --token file:refresh.txt -o tokens.json
  countersign jwt fetch refresh --issuer https://auth.acme.example --client cli --token env:REFRESH --test-rotation

Exit codes: 0 refreshed, or the old token died, 1 the old token is good twice, 2 cannot answer")]
pub(crate) struct Args {
    /// Where the refresh token is: env:NAME, file:PATH, fd:N, stdin or prompt
    #[arg(long, value_name = "REF", allow_hyphen_values = true)]
    token: SecretArg,
    /// Use the token twice, and say what happens to it and to its successor
    #[arg(long, conflicts_with = "print")]
    test_rotation: bool,
    #[command(flatten)]
    grant: GrantFlags,
}

/// Runs the verb.
pub(super) fn run(env: &Env, args: Args) -> Result<Outcome, Failure> {
    let token = env.password(&args.token, "the refresh token")?;
    let mut session = args.grant.session(env)?;
    let tokens = session.fetch(env, &Grant::Refresh(&token))?;
    if args.test_rotation {
        return rotation::test(env, &mut session, (&token, tokens));
    }
    if tokens.refresh.is_some() {
        env.note("the server gave a new refresh token: keep it, the old one may be dead");
    }
    let client = (&tokens, args.grant.client.client.as_str());
    let verified = id_token::check(env, &mut session, client, SignedIn::default())
        .map_err(|failure| lost(failure, tokens.refresh.is_some()))?;
    session.result(env, (tokens, verified), args.grant.print)
}

/// Tokens that are not handed on took the old refresh token with them.
fn lost(failure: Failure, rotated: bool) -> Failure {
    if !rotated {
        return failure;
    }
    failure
        .cause("the old refresh token is used up")
        .hint("sign in again once the server's ID tokens are in order")
}
