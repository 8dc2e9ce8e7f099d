//! `countersign request`: HTTP requests that carry a signature.

mod sign;
mod verify;
mod view;

use clap::{Subcommand, ValueEnum};

use super::args::Format;
use super::env::Env;
use super::error::Failure;
use super::outcome::Outcome;
use crate::request::component::{Component, ComponentError};
use crate::request::{Context, Message, MessageError, UriScheme};

/// The verbs of `request`.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Sign(sign::Args),
    Verify(verify::Args),
}

impl Command {
    /// The formats its result can be written in.
    pub(super) fn formats(&self) -> &'static [Format] {
        Format::ANSWER
    }

    /// Runs the verb.
    pub(super) fn run(self, env: &Env) -> Result<Outcome, Failure> {
        match self {
            Self::Sign(args) => sign::run(env, args),
            Self::Verify(args) => verify::run(env, args),
        }
    }
}

/// The signature schemes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Scheme {
    /// HTTP Message Signatures, RFC 9421
    Rfc9421,
}

/// The scheme of the request's URI.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TargetScheme {
    /// https
    Https,
    /// http
    Http,
}

impl TargetScheme {
    fn context(self) -> Context {
        Context::new(match self {
            Self::Https => UriScheme::Https,
            Self::Http => UriScheme::Http,
        })
    }
}

fn parse_component(text: &str) -> Result<Component, String> {
    Component::parse(text).map_err(|error: ComponentError| error.to_string())
}

fn read_message(env: &Env, path: &std::path::Path) -> Result<Message, Failure> {
    let source = env.source(path)?;
    let name = source.name().to_owned();
    Message::parse(&source).map_err(|error| {
        let failure = match error {
            MessageError::Empty => Failure::new(super::error::Kind::Nothing, error.to_string()),
            _ => Failure::input(error.to_string()),
        };
        failure.context(format!("cannot read the request `{name}`"))
    })
}
