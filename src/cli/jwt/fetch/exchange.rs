//! `countersign jwt fetch exchange`.

use clap::Args as ClapArgs;

use super::GrantFlags;
use crate::cli::args::SecretArg;
use crate::cli::env::Env;
use crate::cli::error::Failure;
use crate::cli::outcome::Outcome;
use crate::jwt::oauth::{Grant, TokenKind};

/// Exchange a token for another
///
/// A service gives the token it was called with and gets one for the next service, for the same subject
/// (RFC 8693). With `--actor` the new token also names who acts for the subject.
#[derive(Debug, ClapArgs)]
#[command(after_long_help = "Examples:
  countersign jwt fetch exchange --issuer https://auth.acme.example --client orders --client-secret env:SECRET \\
      --subject env:TOKEN --audience payment-service --scope charge --print access_token
  countersign jwt fetch exchange --issuer https://auth.acme.example --client orders --client-key file:orders.pem \\
      --subject file:id.jwt --subject-kind id-token --wanted access-token

Exit codes: 0 exchanged, 2 no token")]
pub(crate) struct Args {
    /// Where the token of the subject is: env:NAME, file:PATH, fd:N, stdin or prompt
    #[arg(long, value_name = "REF", allow_hyphen_values = true)]
    subject: SecretArg,
    /// Its kind: access-token, refresh-token, id-token, jwt, saml1, saml2 or a URI
    #[arg(long, value_name = "KIND", default_value = "access-token")]
    subject_kind: TokenKind,
    /// Where the token of who acts for the subject is
    #[arg(long, value_name = "REF", allow_hyphen_values = true)]
    actor: Option<SecretArg>,
    /// Its kind
    #[arg(
        long,
        value_name = "KIND",
        default_value = "access-token",
        requires = "actor"
    )]
    actor_kind: TokenKind,
    /// The kind of token that is wanted; the server decides unless it is given
    #[arg(long, value_name = "KIND")]
    wanted: Option<TokenKind>,
    #[command(flatten)]
    grant: GrantFlags,
}

/// Runs the verb.
pub(super) fn run(env: &Env, args: Args) -> Result<Outcome, Failure> {
    let subject = env.password(&args.subject, "the subject's token")?;
    let actor = match &args.actor {
        Some(argument) => Some(env.password(argument, "the actor's token")?),
        None => None,
    };
    let mut session = args.grant.session(env)?;
    let grant = Grant::Exchange {
        subject: (&subject, &args.subject_kind),
        actor: actor.as_ref().map(|token| (token, &args.actor_kind)),
        wanted: args.wanted.as_ref(),
    };
    let tokens = session.fetch(env, &grant)?;
    if tokens.issued.is_none() {
        env.note(
            "the server does not say which kind of token it issued, as RFC 8693 §2.2.1 requires",
        );
    }
    session.result(env, (tokens, false), args.grant.print)
}
