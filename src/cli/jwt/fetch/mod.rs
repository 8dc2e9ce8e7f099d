//! `countersign jwt fetch`: tokens from a server, one grant a verb.

mod client_credentials;
mod code;
mod device;
mod exchange;
mod id_token;
mod listener;
mod refresh;
mod rotation;
mod view;

use clap::{Args as ClapArgs, Subcommand, ValueEnum};

use super::issuer::{Discovered, IssuerFlags};
use super::server::{self, ClientFlags, Server, Trouble};
use crate::cli::args::SecretArg;
use crate::cli::env::Env;
use crate::cli::error::{Failure, Kind};
use crate::cli::outcome::Outcome;
use crate::jwt::metadata::Endpoint;
use crate::jwt::oauth::{Asked, Grant, Tokens, read_tokens};
use view::TokensView;

/// The grants.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    ClientCredentials(Box<client_credentials::Args>),
    Code(Box<code::Args>),
    Device(Box<device::Args>),
    Exchange(Box<exchange::Args>),
    Refresh(Box<refresh::Args>),
}

impl Command {
    /// Runs the verb.
    pub(super) fn run(self, env: &Env) -> Result<Outcome, Failure> {
        match self {
            Self::ClientCredentials(args) => client_credentials::run(env, *args),
            Self::Code(args) => code::run(env, *args),
            Self::Device(args) => device::run(env, *args),
            Self::Exchange(args) => exchange::run(env, *args),
            Self::Refresh(args) => refresh::run(env, *args),
        }
    }
}

/// What every grant takes.
#[derive(Debug, ClapArgs)]
struct GrantFlags {
    /// A scope to ask for; repeat for several
    #[arg(long)]
    scope: Vec<String>,
    /// The URI of a service that the token is to be good for (RFC 8707); repeat for several
    #[arg(long, value_name = "URI")]
    resource: Vec<String>,
    /// The name of a service that the token is to be good for; repeat for several
    #[arg(long, value_name = "NAME")]
    audience: Vec<String>,
    /// Bind the tokens to this key with DPoP (RFC 9449): where the private key is
    #[arg(long, value_name = "REF", allow_hyphen_values = true)]
    dpop: Option<SecretArg>,
    /// Print this member of the answer alone
    #[arg(long, value_enum, value_name = "MEMBER")]
    print: Option<Printed>,
    /// The token endpoint, instead of the issuer's
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    #[command(flatten)]
    client: ClientFlags,
    #[command(flatten)]
    from: IssuerFlags,
}

/// A member that can be printed alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Printed {
    /// The access token
    #[value(name = "access_token")]
    Access,
    /// The refresh token
    #[value(name = "refresh_token")]
    Refresh,
    /// The ID token
    #[value(name = "id_token")]
    Id,
}

/// A server that is ready to be asked for tokens.
struct Session {
    server: Server,
    discovered: Option<Discovered>,
    url: String,
    asked: Asked,
}

impl GrantFlags {
    /// Finds the server and makes the client ready.
    fn session(&self, env: &Env) -> Result<Session, Failure> {
        let discovered = self.from.discover(env)?;
        let flag = (Endpoint::Token, "--url");
        let url = server::endpoint(discovered.as_ref(), self.url.as_deref(), flag)?;
        server::check_url(&url, &self.from)?;
        let from = (&self.from, discovered.as_ref());
        Ok(Session {
            server: Server::new(env, &self.client, from, self.dpop.as_ref())?,
            discovered,
            url,
            asked: Asked {
                scopes: self.scope.clone(),
                resources: self.resource.clone(),
                audiences: self.audience.clone(),
            },
        })
    }
}

impl Session {
    /// Asks for tokens.
    fn fetch(&mut self, env: &Env, grant: &Grant<'_>) -> Result<Tokens, Trouble> {
        let form = grant.form(&self.asked);
        let body = self.server.ask(env, (&self.url, true), &form)?;
        let tokens = read_tokens(&body, self.server.binds());
        Ok(tokens.map_err(|error| {
            Failure::new(
                Kind::Network,
                format!("the answer of `{}` cannot be used: {error}", self.url),
            )
        })?)
    }

    /// The result of a grant whose ID token, if there is one, is checked already.
    fn result(
        &self,
        env: &Env,
        (tokens, id_token_verified): (Tokens, bool),
        print: Option<Printed>,
    ) -> Result<Outcome, Failure> {
        self.tell(env, &tokens);
        Ok(Outcome::view(TokensView::new(
            tokens,
            id_token_verified,
            print,
        )?))
    }

    /// What was granted, beside the result.
    fn tell(&self, env: &Env, tokens: &Tokens) {
        // RFC 6749 §5.1: where nothing is said, all that was asked for is granted.
        if let Some(granted) = &tokens.scope {
            let granted: Vec<&str> = granted.split_ascii_whitespace().collect();
            let asked = self.asked.scopes.iter().flat_map(|each| each.split(' '));
            let missing: Vec<&str> = asked.filter(|scope| !granted.contains(scope)).collect();
            if !missing.is_empty() {
                env.warn(&format!(
                    "the server does not grant `{}`",
                    missing.join(" ")
                ));
            }
        }
        if tokens.life.is_none() {
            env.note("the server does not say how long the access token lives");
        }
    }
}
