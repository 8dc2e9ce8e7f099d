//! `countersign jwt fetch code`.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::time::Duration;

use clap::Args as ClapArgs;

use super::id_token::{self, SignedIn};
use super::listener;
use super::view::text;
use super::{GrantFlags, Session};
use crate::cli::env::Env;
use crate::cli::error::{Failure, Kind};
use crate::cli::jwt::server;
use crate::cli::outcome::Outcome;
use crate::jwt::metadata::Endpoint;
use crate::jwt::oauth::{
    ExpectedCallback, Grant, SignInRequest, Verifier, authorization_url, random_word,
};
use crate::kernel::fs;
use crate::kernel::report::sanitize;
use crate::kernel::time::parse_duration;

/// Sign a user in with a browser
///
/// Prints the URL to open on standard error and waits on loopback for the browser to come back with a code
/// (RFC 8252), which is redeemed with PKCE (RFC 7636, S256). `state` and the issuer of the answer (RFC 9207) are checked,
/// and the ID token with its `nonce`, before any token is handed on.
///
/// The redirect URI is `http://127.0.0.1:PORT/callback`; a server must let a native application take any port.
#[derive(Debug, ClapArgs)]
#[command(after_long_help = "Examples:
  countersign jwt fetch code --issuer https://auth.acme.example --client cli --scope openid -o tokens.json
  countersign jwt fetch code --issuer https://auth.acme.example --client cli --port 8400 --print access_token

Exit codes: 0 fetched, 2 no token")]
pub(crate) struct Args {
    /// The port of the redirect URI; 0 takes a free one
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// The path of the redirect URI
    #[arg(long, value_name = "PATH", default_value = "/callback", value_parser = path)]
    redirect_path: String,
    /// How long the user may take
    #[arg(long, value_name = "DURATION", default_value = "5m", value_parser = parse_duration)]
    wait: Duration,
    /// How the server is to ask the user: none, login, consent or select_account
    #[arg(long)]
    prompt: Option<String>,
    /// The authorization endpoint, instead of the issuer's
    #[arg(long, value_name = "URL")]
    authorization_url: Option<String>,
    #[command(flatten)]
    grant: GrantFlags,
}

fn path(text: &str) -> Result<String, String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/-._~".contains(c);
    if text.starts_with('/') && text.chars().all(plain) {
        Ok(text.to_owned())
    } else {
        Err("it is not a path such as `/callback`".into())
    }
}

/// Runs the verb.
pub(super) fn run(env: &Env, args: Args) -> Result<Outcome, Failure> {
    let mut session = args.grant.session(env)?;
    let flag = (Endpoint::Authorization, "--authorization-url");
    let given = args.authorization_url.as_deref();
    let endpoint = server::endpoint(session.discovered.as_ref(), given, flag)?;
    server::check_url(&endpoint, &args.grant.from)?;
    speaks_s256(&session)?;
    let random = |_| Failure::new(Kind::Secret, "the system's source of randomness failed");
    let verifier = Verifier::fresh(&env.random).map_err(random)?;
    let state = random_word(&env.random).map_err(random)?;
    let openid = session.asked.scopes.iter().flat_map(|each| each.split(' '));
    let nonce = match openid.into_iter().any(|scope| scope == "openid") {
        true => Some(random_word(&env.random).map_err(random)?),
        false => None,
    };
    let listener = listen(args.port)?;
    let address = listener.local_addr().map_err(|error| unheard(&error))?;
    let redirect = format!("http://{address}{}", args.redirect_path);
    let proof_key = session.server.proof_thumbprint();
    let client = args.grant.client.client.as_str();
    let request = SignInRequest {
        client,
        redirect: &redirect,
        state: &state,
        nonce: nonce.as_deref(),
        verifier: &verifier,
        proof_key: proof_key.as_deref(),
        prompt: args.prompt.as_deref(),
    };
    let url = authorization_url(&endpoint, &request, &session.asked)
        .ok_or_else(|| Failure::usage(format!("`{endpoint}` is no URL")))?;
    // Told even with `--quiet`: without it nothing can go on.
    env.stderr(&format!("open {}\n", sanitize::line(&url)));
    let metadata = session.discovered.as_ref().map(|each| &each.metadata);
    let expected = ExpectedCallback {
        path: &args.redirect_path,
        state: &state,
        issuer: metadata.map(|metadata| metadata.issuer.as_str()),
        issuer_is_named: metadata.is_some_and(|metadata| metadata.names_itself_in_answers),
    };
    let callback = listener::wait(env, &listener, (expected, args.wait))?;
    drop(listener);
    let grant = Grant::Code {
        code: &callback.code,
        redirect: &redirect,
        verifier: &verifier,
    };
    let tokens = session.fetch(env, &grant)?;
    let signed_in = SignedIn {
        nonce,
        code: Some(text(&callback.code)),
    };
    let verified = id_token::check(env, &mut session, (&tokens, client), signed_in)?;
    session.result(env, (tokens, verified), args.grant.print)
}

/// Whether the server protects codes with the method that we use (RFC 9700 §2.1.1, RFC 8414 §2).
fn speaks_s256(session: &Session) -> Result<(), Failure> {
    let metadata = session.discovered.as_ref().map(|each| &each.metadata);
    let methods = metadata.and_then(|metadata| metadata.challenge_methods.as_deref());
    match methods {
        Some(methods) if !methods.iter().any(|method| method == "S256") => Err(Failure::new(
            Kind::Network,
            "the server does not speak PKCE with `S256`",
        )
        .cause(format!("it says it speaks {}", methods.join(", ")))
        .hint("without it, a code that is intercepted can be redeemed by anyone: have the server updated")),
        _ => Ok(()),
    }
}

fn listen(port: u16) -> Result<TcpListener, Failure> {
    TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).map_err(|error| {
        let failure = unheard(&error);
        match port {
            0 => failure,
            port => failure.hint(format!(
                "port {port} may be in use; `--port 0` takes a free one"
            )),
        }
    })
}

fn unheard(error: &std::io::Error) -> Failure {
    Failure::new(
        Kind::Network,
        format!("cannot listen on loopback: {}", fs::describe(error)),
    )
}
