//! `countersign jwt revoke`.

use clap::Args as ClapArgs;
use serde_json::{Value, json};

use super::introspect::TokenFlags;
use super::issuer::IssuerFlags;
use super::server::{self, ClientFlags, Server};
use crate::cli::env::Env;
use crate::cli::error::{Failure, Kind};
use crate::cli::exit::ExitCode;
use crate::cli::outcome::{Outcome, View};
use crate::cli::paint::{Paint, Tone};
use crate::jwt::metadata::Endpoint;
use crate::jwt::oauth::{Reason, read_introspection};

/// Revoke a token at the server that issued it
///
/// The server answers in the same way whether it revoked the token or never knew it (RFC 7009 §2.2). With `--confirm` it
/// is asked about the token afterwards, which must be inactive then. A resource server that verifies tokens itself goes
/// on accepting a revoked one until it expires.
#[derive(Debug, ClapArgs)]
#[command(after_long_help = "Examples:
  countersign jwt revoke --issuer https://auth.acme.example --client orders --client-secret env:SECRET --confirm TOKEN
  countersign jwt revoke --url https://auth.acme.example/revoke --client cli --token file:refresh.txt --hint refresh_token

Exit codes: 0 done, 1 the token is active nevertheless, 2 cannot answer")]
pub(crate) struct Args {
    #[command(flatten)]
    which: TokenFlags,
    /// The revocation endpoint, instead of the issuer's
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// Ask the issuer about the token afterwards
    #[arg(long, requires = "issuer")]
    confirm: bool,
    #[command(flatten)]
    client: ClientFlags,
    #[command(flatten)]
    from: IssuerFlags,
}

struct Revoked {
    url: String,
    /// Whether the token is active afterwards; None if that was not asked.
    active: Option<bool>,
}

/// Runs the verb.
pub(super) fn run(env: &Env, args: Args) -> Result<Outcome, Failure> {
    let token = args.which.load(env)?;
    let discovered = args.from.discover(env)?;
    let discovered = discovered.as_ref();
    let flag = (Endpoint::Revocation, "--url");
    let url = server::endpoint(discovered, args.url.as_deref(), flag)?;
    server::check_url(&url, &args.from)?;
    let introspection = match args.confirm {
        true => Some(server::endpoint(
            discovered,
            None,
            (Endpoint::Introspection, "--url"),
        )?),
        false => None,
    };
    let mut server = Server::new(env, &args.client, (&args.from, discovered), None)?;
    let form = args.which.form(&token);
    server
        .ask(env, (&url, false), &form)
        .map_err(Failure::from)?;
    let active = match introspection {
        None => None,
        Some(url) => {
            let body = server
                .ask(env, (&url, false), &form)
                .map_err(Failure::from)?;
            let answer = read_introspection(&body).map_err(|error| {
                let text = format!("the answer of `{url}` cannot be used: {error}");
                Failure::new(Kind::Network, text)
            })?;
            Some(answer.active)
        }
    };
    let exit = match active {
        Some(true) => ExitCode::No,
        _ => ExitCode::Yes,
    };
    Ok(Outcome {
        exit,
        ..Outcome::view(Revoked { url, active })
    })
}

impl Revoked {
    fn reason(&self) -> Option<&'static str> {
        (self.active == Some(true)).then(|| Reason::NotRevoked.code())
    }
}

impl View for Revoked {
    fn human(&self, paint: &mut Paint) {
        match self.active {
            Some(true) => paint.toned(
                Tone::Bad,
                "not revoked",
                ": the server answered as if it were, and calls the token active",
            ),
            Some(false) => paint.toned(Tone::Good, "revoked", ": the server calls it inactive now"),
            None => {
                paint.toned(Tone::Good, "done", &format!(": `{}` took it", self.url));
                paint
                    .line("  it answers the same for a token that it never knew; `--confirm` asks");
            }
        }
        if let Some(code) = self.reason() {
            paint.line(&format!(
                "  reason       {code}   (countersign explain {code})"
            ));
        }
    }

    fn json(&self) -> Value {
        json!({
            "schema": "countersign/revocation/v1",
            "url": self.url,
            "active_afterwards": self.active,
            "reasons": self.reason().into_iter().collect::<Vec<_>>(),
        })
    }
}
