//! `countersign jwt introspect`.

use clap::Args as ClapArgs;
use serde_json::{Value, json};

use super::issuer::IssuerFlags;
use super::server::{self, ClientFlags, Server};
use crate::cli::args::{Clock, SecretArg};
use crate::cli::env::Env;
use crate::cli::error::{Failure, Kind};
use crate::cli::exit::ExitCode;
use crate::cli::outcome::{Outcome, View};
use crate::cli::paint::{Paint, Tone};
use crate::jwt::metadata::Endpoint;
use crate::jwt::oauth::{
    self, Comparison, Form, Introspection, Member, Standing, read_introspection,
};
use crate::jwt::{self, Compact};
use crate::kernel::record::{Decision, Verdict};
use crate::kernel::time::Timestamp;

/// Ask a server about a token, and hold its answer against the token itself
///
/// The server says whether the token is active and what it grants (RFC 7662). A token that is a JWT says much of that
/// itself: its times, subject, audience, client, scope and binding. Both are listed side by side, and every
/// contradiction. The token's signature is not verified here: `jwt verify` does that.
#[derive(Debug, ClapArgs)]
#[command(after_long_help = "Examples:
  countersign jwt introspect --issuer https://auth.acme.example --client orders --client-secret env:SECRET TOKEN
  countersign jwt introspect --url https://auth.acme.example/introspect --client orders --client-key file:orders.pem \\
      --token file:opaque.txt

Exit codes: 0 active, and nothing is contradicted, 1 inactive or contradicted, 2 cannot answer")]
pub(crate) struct Args {
    #[command(flatten)]
    which: TokenFlags,
    /// The introspection endpoint, instead of the issuer's
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    #[command(flatten)]
    client: ClientFlags,
    #[command(flatten)]
    from: IssuerFlags,
    #[command(flatten)]
    clock: Clock,
}

/// Which token is meant.
#[derive(Debug, ClapArgs)]
pub(super) struct TokenFlags {
    /// The token, a file that holds it in any of the usual wrappings, or `-`
    #[arg(value_name = "TOKEN", required_unless_present = "by_reference")]
    token: Option<String>,
    /// Where the token is: env:NAME, file:PATH, fd:N, stdin or prompt; for tokens that are no JWT, too
    #[arg(
        long = "token",
        id = "by_reference",
        value_name = "REF",
        allow_hyphen_values = true,
        conflicts_with = "token"
    )]
    reference: Option<SecretArg>,
    /// What kind of token it is, for a server that looks faster then: access_token or refresh_token
    #[arg(long, value_name = "KIND", value_parser = ["access_token", "refresh_token"])]
    pub(super) hint: Option<String>,
}

impl TokenFlags {
    /// The token's text.
    ///
    /// # Errors
    /// [`Failure`].
    pub(super) fn load(&self, env: &Env) -> Result<String, Failure> {
        if let Some(token) = super::expect::opaque(env, self.reference.as_ref(), "the token")? {
            return Ok(token);
        }
        let argument = self.token.as_deref().unwrap_or("-");
        let (located, _) = super::token(env, argument, jwt::locate)?;
        Ok(located.token)
    }

    /// The request about it.
    pub(super) fn form(&self, token: &str) -> Form {
        let mut form = Form::default();
        form.text("token", token);
        if let Some(hint) = &self.hint {
            form.text("token_type_hint", hint);
        }
        form
    }
}

struct Introspected {
    now: Timestamp,
    local: Option<Result<(), String>>,
    answer: Introspection,
    comparison: Comparison,
}

/// Runs the verb.
pub(super) fn run(env: &Env, args: Args) -> Result<Outcome, Failure> {
    let token = args.which.load(env)?;
    let discovered = args.from.discover(env)?;
    let flag = (Endpoint::Introspection, "--url");
    let url = server::endpoint(discovered.as_ref(), args.url.as_deref(), flag)?;
    server::check_url(&url, &args.from)?;
    let mut server = Server::new(env, &args.client, (&args.from, discovered.as_ref()), None)?;
    let body = server.ask(env, (&url, false), &args.which.form(&token));
    let body = body.map_err(Failure::from)?;
    let answer = read_introspection(&body).map_err(|error| {
        Failure::new(
            Kind::Network,
            format!("the answer of `{url}` cannot be used: {error}"),
        )
    })?;
    let claims = local_claims(&token);
    let now = args.clock.at.unwrap_or(env.now);
    let local = claims.as_ref().and_then(|claims| claims.as_ref().ok());
    let comparison = oauth::compare(&answer, local, now);
    let good = comparison.is_good();
    let mut record = Verdict::new("jwt.introspect", "token", token.as_bytes());
    let reasons = comparison.reasons().into_iter();
    record.reasons = reasons.map(|reason| reason.code().to_owned()).collect();
    record.decision = if good { Decision::Yes } else { Decision::No };
    let exit = if good { ExitCode::Yes } else { ExitCode::No };
    let view = Introspected {
        now,
        local: claims.map(|claims| claims.map(drop)),
        answer,
        comparison,
    };
    Ok(Outcome::verdict(exit, view, record))
}

/// The token's own claims; None for an opaque token, an error for a damaged one.
fn local_claims(token: &str) -> Option<Result<crate::kernel::document::Node, String>> {
    if token.matches('.').count() != 2 {
        return None;
    }
    let read = Compact::parse(token).and_then(|token| jwt::claims::read(&token));
    Some(read.map_err(|error| error.to_string()))
}

impl View for Introspected {
    fn human(&self, paint: &mut Paint) {
        let (tone, word) = match (self.answer.active, self.comparison.is_good()) {
            (true, true) => (Tone::Good, "active"),
            (true, false) => (Tone::Bad, "active, but contradicted"),
            (false, _) => (Tone::Bad, "inactive"),
        };
        paint.toned(tone, word, &format!(", asked at {}", self.now));
        match &self.local {
            None => paint.line("  the token says nothing itself: it is opaque, or encrypted"),
            Some(Err(problem)) => {
                paint.line(&format!("  the token itself cannot be read: {problem}"))
            }
            Some(Ok(())) => {}
        }
        for member in &self.comparison.members {
            row(paint, member);
        }
        for remark in &self.comparison.remarks {
            paint.toned(Tone::Warn, "  remark", &format!(": {remark}"));
        }
        for code in reasons(&self.comparison) {
            paint.line(&format!(
                "  reason       {code}   (countersign explain {code})"
            ));
        }
    }

    fn json(&self) -> Value {
        let members = self.comparison.members.iter().map(|member| {
            json!({
                "name": member.name,
                "standing": member.standing.name(),
                "token": member.token,
                "server": member.server,
            })
        });
        json!({
            "schema": "countersign/introspection/v1",
            "active": self.answer.active,
            "agrees": self.comparison.is_good(),
            "reasons": reasons(&self.comparison),
            "asked_at": self.now.to_string(),
            "signature_verified": false,
            "token_readable": self.local.as_ref().map(Result::is_ok),
            "members": members.collect::<Vec<_>>(),
            "remarks": self.comparison.remarks,
            "answer": self.answer.members.to_json(),
        })
    }
}

fn reasons(comparison: &Comparison) -> Vec<&'static str> {
    let reasons = comparison.reasons().into_iter();
    reasons.map(oauth::Reason::code).collect()
}

fn row(paint: &mut Paint, member: &Member) {
    let both = || {
        let side = |side: &Option<String>| side.clone().unwrap_or_else(|| "(none)".into());
        (side(&member.token), side(&member.server))
    };
    let (text, tone) = match member.standing {
        Standing::Agrees => (both().1, None),
        Standing::ServerOnly => (format!("{}   (the server alone says so)", both().1), None),
        Standing::TokenOnly => (
            format!("{}   (the token alone says so)", both().0),
            Some(Tone::Dim),
        ),
        Standing::Contradicts => {
            let (token, server) = both();
            (
                format!("the token says {token}, the server {server}"),
                Some(Tone::Bad),
            )
        }
    };
    paint.field(&member.name, &text, tone);
}
