//! `countersign jwt mint`.

use std::time::Duration;

use clap::Args as ClapArgs;
use serde_json::{Map, Value, json};

use crate::cli::args::{Clock, KeyReading, SecretArg};
use crate::cli::env::Env;
use crate::cli::error::{Failure, Kind};
use crate::cli::outcome::{Outcome, View};
use crate::cli::paint::Paint;
use crate::jwt::{self, Algorithm, MintError, MintOptions, Profile};
use crate::kernel::fs::Privacy;
use crate::kernel::key::Expected;
use crate::kernel::record::random_uuid;
use crate::kernel::time::parse_duration;

/// Mint a token
///
/// The profile says what the token must hold: `service` for one service calling another, `access` for an OAuth access
/// token of RFC 9068, `custom` for anything else. Service and access tokens live 15 minutes at most.
#[derive(Debug, ClapArgs)]
#[command(after_long_help = "Examples:
  countersign jwt mint --iss https://auth.acme.example --sub service:api-gateway --aud service:order-service \\
      --scope read:orders --ttl 10m --key file:signing.pem
  countersign jwt mint --profile custom --sub alice --ttl 1h --claim role='\"reader\"' --key env:SECRET

Exit codes: 0 minted, 2 cannot mint")]
pub(crate) struct Args {
    /// The kind of token: service, access or custom
    #[arg(long, default_value = "service")]
    profile: Profile,
    /// The issuer
    #[arg(long, value_name = "URL")]
    iss: Option<String>,
    /// The subject
    #[arg(long)]
    sub: Option<String>,
    /// Who may accept it; repeat for several
    #[arg(long)]
    aud: Vec<String>,
    /// What it grants; repeat for several
    #[arg(long)]
    scope: Vec<String>,
    /// How long it lives
    #[arg(long, value_name = "DURATION", default_value = "15m", value_parser = parse_duration)]
    ttl: Duration,
    /// A further claim, its value as JSON; repeat for several
    #[arg(long, value_name = "NAME=JSON")]
    claim: Vec<String>,
    /// The token's id; a random one unless given
    #[arg(long, value_name = "ID")]
    jti: Option<String>,
    /// Where the private key or secret is: env:NAME, file:PATH, fd:N, stdin or prompt
    #[arg(long, value_name = "REF", allow_hyphen_values = true)]
    key: SecretArg,
    #[command(flatten)]
    reading: KeyReading,
    /// The key id for the header
    #[arg(long, value_name = "ID")]
    key_id: Option<String>,
    /// The algorithm; by default the one for the key
    #[arg(long)]
    alg: Option<Algorithm>,
    #[command(flatten)]
    clock: Clock,
}

struct Minted(String);

/// Runs the verb.
pub(super) fn run(env: &Env, args: Args) -> Result<Outcome, Failure> {
    let claims = further_claims(&args.claim)?;
    let loaded = env.keys(
        std::slice::from_ref(&args.key),
        &args.reading,
        Expected::Signing,
    )?;
    let key = match loaded.keys.as_slice() {
        [key] => key,
        _ => {
            return Err(Failure::new(
                Kind::Secret,
                "the key file holds several keys; minting needs one",
            ));
        }
    };
    let id = match args.jti {
        Some(id) => id,
        None => random_uuid(&env.random)
            .map_err(|error| Failure::new(Kind::Secret, error.to_string()))?,
    };
    let options = MintOptions {
        profile: args.profile,
        algorithm: args.alg,
        key_id: args.key_id,
        issuer: args.iss,
        subject: args.sub,
        audience: args.aud,
        scopes: args.scope,
        ttl: args.ttl,
        now: args.clock.at.unwrap_or(env.now),
        id,
        claims,
    };
    let token = jwt::mint(key, &options).map_err(explain)?;
    Ok(Outcome::view(Minted(token)))
}

fn further_claims(arguments: &[String]) -> Result<Map<String, Value>, Failure> {
    let mut claims = Map::new();
    for argument in arguments {
        let (name, value) = argument
            .split_once('=')
            .ok_or_else(|| Failure::usage(format!("`--claim {argument}` is not `NAME=JSON`")))?;
        let value = serde_json::from_str(value).map_err(|_| {
            Failure::usage(format!("the value of the claim `{name}` is not JSON"))
                .hint(format!("a text needs its quotes: `--claim {name}='\"…\"'`"))
        })?;
        if claims.insert(name.to_owned(), value).is_some() {
            return Err(Failure::usage(format!("the claim `{name}` is given twice")));
        }
    }
    Ok(claims)
}

fn explain(error: MintError) -> Failure {
    let failure = Failure::usage(error.to_string()).context("the token is not minted");
    match error {
        MintError::Missing {
            claim: "client_id", ..
        } => failure.hint("add `--claim client_id='\"…\"'`"),
        MintError::Missing { claim, .. } => failure.hint(format!("add `--{claim}`")),
        MintError::TooLong { .. } => {
            failure.hint("shorten `--ttl`, or mint another kind of token with `--profile custom`")
        }
        MintError::Registered(name) if ["iat", "nbf", "exp"].contains(&name.as_str()) => {
            failure.hint("times come from `--ttl` and `--at`")
        }
        _ => failure,
    }
}

impl View for Minted {
    fn human(&self, paint: &mut Paint) {
        paint.line(&self.0);
    }

    fn json(&self) -> Value {
        json!({"schema": "countersign/minted-token/v1", "token": self.0})
    }

    // Whoever holds a bearer token is its subject.
    fn privacy(&self) -> Privacy {
        Privacy::Private
    }
}
