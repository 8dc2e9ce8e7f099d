//! `countersign jwt`: tokens.

mod batch;
mod decryption;
mod diff;
mod expect;
mod fetch;
mod inspect;
mod introspect;
mod issuer;
mod judge;
mod jwks;
mod jws;
mod lint;
mod mint;
mod revoke;
mod server;
mod verify;
mod view;

use std::ffi::OsString;
use std::path::Path;

use clap::Subcommand;

use super::args::{Format, Global};
use super::direct;
use super::env::Env;
use super::error::{Failure, Kind};
use super::outcome::Outcome;
use crate::jwt::{self, Located};

/// The verbs of `jwt`.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Mint(Box<mint::Args>),
    Inspect(inspect::Args),
    Verify(Box<verify::Args>),
    Lint(lint::Args),
    Diff(diff::Args),
    /// Fetch tokens from a server
    #[command(subcommand)]
    Fetch(fetch::Command),
    Introspect(Box<introspect::Args>),
    Revoke(Box<revoke::Args>),
    /// Work with key sets
    #[command(subcommand)]
    Jwks(jwks::Jwks),
}

impl Command {
    /// What a frequent verb's own arguments make of the words behind it.
    pub(super) fn direct(verb: &str, words: &[OsString]) -> Option<(Global, Self)> {
        match verb {
            "inspect" => {
                direct::arguments(words).map(|(global, args)| (global, Self::Inspect(args)))
            }
            "verify" => direct::arguments(words).map(|(global, args)| (global, Self::Verify(args))),
            _ => None,
        }
    }

    /// The formats its result can be written in.
    pub(super) fn formats(&self) -> &'static [Format] {
        match self {
            Self::Lint(_) => Format::FINDINGS,
            _ => Format::ANSWER,
        }
    }

    /// Runs the verb.
    pub(super) fn run(self, env: &Env) -> Result<Outcome, Failure> {
        match self {
            Self::Mint(args) => mint::run(env, *args),
            Self::Inspect(args) => inspect::run(env, &args),
            Self::Verify(args) => verify::run(env, *args),
            Self::Lint(args) => lint::run(env, args),
            Self::Diff(args) => diff::run(env, &args),
            Self::Fetch(command) => command.run(env),
            Self::Introspect(args) => introspect::run(env, *args),
            Self::Revoke(args) => revoke::run(env, *args),
            Self::Jwks(verb) => verb.run(env),
        }
    }
}

/// The token behind an argument, and where it was found: the token itself, `-`, or a file that holds it in any of the usual wrappings.
fn token(
    env: &Env,
    argument: &str,
    find: fn(&str) -> Located,
) -> Result<(Located, String), Failure> {
    let (text, origin) = text_of(env, argument)?;
    if text.trim().is_empty() {
        return Err(Failure::new(Kind::Nothing, "the input holds no token"));
    }
    let located = find(&text);
    let place = match (located.place, origin) {
        (place, None) => place.unwrap_or("the argument").to_owned(),
        (None, Some(origin)) => origin,
        (Some(place), Some(origin)) => format!("{origin}, in {place}"),
    };
    Ok((located, place))
}

/// The text behind an argument as it is, and where it was found.
fn raw(env: &Env, argument: &str) -> Result<(String, String), Failure> {
    let (text, origin) = text_of(env, argument)?;
    Ok((text, origin.unwrap_or_else(|| "the argument".to_owned())))
}

fn text_of(env: &Env, argument: &str) -> Result<(String, Option<String>), Failure> {
    if argument == "-" {
        let bytes = env.read_stdin("the token")?;
        return Ok((text("<stdin>", bytes)?, Some("standard input".to_owned())));
    }
    if looks_like_token(argument) {
        return Ok((argument.to_owned(), None));
    }
    let hint = "give a token, `-`, or a file that holds one";
    if let Some(failure) = hidden(argument, hint) {
        return Err(failure);
    }
    let source = env
        .source(Path::new(argument))
        .map_err(|failure| failure.hint(hint))?;
    Ok((source.text()?.to_owned(), Some(format!("`{argument}`"))))
}

/// The error for an argument that is no file and holds what may be a token: it is not shown.
fn hidden(argument: &str, hint: &str) -> Option<Failure> {
    let before = jwt::before_token(argument).filter(|_| !Path::new(argument).exists())?;
    let message = format!("`{before}ey…` is neither a token nor a file");
    Some(Failure::input(message).hint(hint))
}

fn text(name: &str, bytes: Vec<u8>) -> Result<String, Failure> {
    String::from_utf8(bytes).map_err(|_| Failure::input(format!("`{name}` is not UTF-8")))
}

// A token starts with the base64url of `{`; a header line or JSON never is the name of a file either. What only has a
// token's characters is one unless there is a file of that name.
fn looks_like_token(argument: &str) -> bool {
    let trimmed = argument.trim_start();
    let dotted = argument.matches('.').count() >= 2 && !argument.contains('/');
    let tokenish = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '=');
    trimmed.starts_with("ey") && dotted
        || dotted && argument.chars().all(tokenish) && !Path::new(argument).exists()
        || trimmed.starts_with('{')
        || trimmed.to_ascii_lowercase().starts_with("authorization:")
        || trimmed.to_ascii_lowercase().starts_with("bearer ")
        || trimmed.to_ascii_lowercase().starts_with("dpop ")
}
