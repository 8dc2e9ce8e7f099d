//! `countersign jwt fetch device`.

use clap::Args as ClapArgs;

use super::id_token::{self, SignedIn};
use super::{GrantFlags, Session};
use crate::cli::env::Env;
use crate::cli::error::{Failure, Kind};
use crate::cli::jwt::server::{self, Trouble};
use crate::cli::outcome::Outcome;
use crate::jwt::metadata::Endpoint;
use crate::jwt::oauth::{
    DeviceCodes, Form, Grant, OAuthError, Polling, Step, Tokens, read_device_codes,
};
use crate::kernel::report::sanitize;
use crate::kernel::time::humanize;

/// Sign a user in on another device
///
/// Prints a place and a code on standard error; the user enters the code there, on any device, and signs in. Meanwhile
/// the server is asked again and again, as slowly as it wants (RFC 8628).
#[derive(Debug, ClapArgs)]
#[command(after_long_help = "Examples:
  countersign jwt fetch device --issuer https://auth.acme.example --client cli --scope openid -o tokens.json
  countersign jwt fetch device --issuer https://auth.acme.example --client cli --print access_token

Exit codes: 0 fetched, 2 no token")]
pub(crate) struct Args {
    /// The device authorization endpoint, instead of the issuer's
    #[arg(long, value_name = "URL")]
    device_url: Option<String>,
    #[command(flatten)]
    grant: GrantFlags,
}

/// Runs the verb.
pub(super) fn run(env: &Env, args: Args) -> Result<Outcome, Failure> {
    let mut session = args.grant.session(env)?;
    let flag = (Endpoint::DeviceAuthorization, "--device-url");
    let url = server::endpoint(
        session.discovered.as_ref(),
        args.device_url.as_deref(),
        flag,
    )?;
    server::check_url(&url, &args.grant.from)?;
    let mut form = Form::default();
    session.asked.add(&mut form);
    let body = session.server.ask(env, (&url, false), &form);
    let body = body.map_err(Failure::from)?;
    let codes = read_device_codes(&body).map_err(|error| {
        let text = format!("the answer of `{url}` cannot be used: {error}");
        Failure::new(Kind::Network, text)
    })?;
    show(env, &codes);
    let tokens = poll(env, &mut session, &codes)?;
    let client = (&tokens, args.grant.client.client.as_str());
    let verified = id_token::check(env, &mut session, client, SignedIn::default())?;
    session.result(env, (tokens, verified), args.grant.print)
}

/// Told even with `--quiet`: without it nothing can go on.
fn show(env: &Env, codes: &DeviceCodes) {
    let line = |text: &str| env.stderr(&format!("{}\n", sanitize::line(text)));
    line(&format!("open {} and enter {}", codes.place, codes.user));
    if let Some(place) = &codes.place_with_code {
        line(&format!("or open {place}"));
    }
    line(&format!("the code is good for {}", humanize(codes.life)));
}

fn poll(env: &Env, session: &mut Session, codes: &DeviceCodes) -> Result<Tokens, Failure> {
    let mut polling = Polling::new(codes.interval, codes.life);
    let mut step = polling.start();
    loop {
        match step {
            Step::Ask(pause) => std::thread::sleep(pause),
            Step::Expired => {
                return Err(Trouble::Refused(OAuthError::new("expired_token", None)).into());
            }
            Step::Refused(error) => return Err(Trouble::Refused(error).into()),
        }
        step = match session.fetch(env, &Grant::Device(&codes.device)) {
            Ok(tokens) => return Ok(tokens),
            Err(Trouble::Refused(error)) => polling.answered(error),
            Err(Trouble::Silence(_)) => polling.unanswered(),
            Err(Trouble::Nonsense(failure)) => return Err(failure),
        };
    }
}
