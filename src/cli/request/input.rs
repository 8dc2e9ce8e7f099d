//! The messages that a verb is about: files, standard input, with their bodies at hand or in pieces.

use std::path::{Path, PathBuf};

use clap::Args as ClapArgs;

use super::stream::{Spooled, large_file, spool};
use crate::cli::env::Env;
use crate::cli::error::{Failure, Kind};
use crate::kernel::source::Source;
use crate::request::structured_field::FieldType;
use crate::request::{Context, Message, MessageError, UriScheme};

/// What the message cannot say about itself.
#[derive(Debug, Clone, ClapArgs)]
pub(super) struct Place {
    /// The scheme of the request's URI: https or http
    #[arg(long, default_value = "https", value_parser = uri_scheme)]
    target_scheme: UriScheme,
    /// The host (and port) that the client asked, where a proxy changed `Host`
    #[arg(long, value_name = "HOST")]
    authority: Option<String>,
    /// The type of a structured field that is not registered: list, dictionary or item; repeat for more
    #[arg(long = "field-type", value_name = "NAME=TYPE", value_parser = field_type)]
    field_types: Vec<(String, FieldType)>,
}

impl Place {
    /// As the job wants it.
    pub(super) fn context(&self) -> Context {
        Context {
            scheme: self.target_scheme,
            authority: self.authority.clone(),
            field_types: self.field_types.clone(),
        }
    }
}

fn uri_scheme(text: &str) -> Result<UriScheme, String> {
    UriScheme::from_name(text).ok_or_else(|| format!("`{text}` is neither https nor http"))
}

fn field_type(text: &str) -> Result<(String, FieldType), String> {
    let (name, kind) = text
        .split_once('=')
        .ok_or_else(|| format!("`{text}` is not `NAME=TYPE`"))?;
    Ok((name.to_ascii_lowercase(), kind.parse()?))
}

/// Reads one message; a large body stays where it is.
pub(super) fn message(env: &Env, path: &Path) -> Result<Message, Failure> {
    let named =
        |failure: Failure| failure.context(format!("cannot read the message `{}`", shown(path)));
    let parsed = if path.as_os_str() == "-" {
        match spool(env.stdin("the message")?, env.scratch_directory())? {
            Spooled::Small(bytes) => Message::parse(&Source::new("<stdin>", bytes)?),
            Spooled::Large(large) => Message::with_stream(&large.head, large.content),
        }
    } else {
        match large_file(path).map_err(named)? {
            Some(large) => Message::with_stream(&large.head, large.content),
            None => Message::parse(&env.source(path)?),
        }
    };
    parsed.map_err(|error| named(unreadable(&error)))
}

/// A message that is a request.
pub(super) fn request(env: &Env, path: &Path) -> Result<Message, Failure> {
    let message = message(env, path)?;
    if message.is_request() {
        return Ok(message);
    }
    Err(unreadable(&MessageError::Response)
        .context(format!("cannot use the message `{}`", shown(path))))
}

/// A message that cannot be read.
pub(super) fn unreadable(error: &MessageError) -> Failure {
    match error {
        MessageError::Empty => Failure::new(Kind::Nothing, error.to_string()),
        _ => Failure::input(error.to_string()),
    }
}

fn shown(path: &Path) -> String {
    if path.as_os_str() == "-" {
        return "<stdin>".to_owned();
    }
    PathBuf::from(path).display().to_string()
}
