//! The choice of a signature scheme.

use clap::{Args as ClapArgs, ValueEnum};

use crate::cli::env::Env;
use crate::cli::error::Failure;
use crate::request::Scheme;

/// Which scheme, and what it needs to know.
#[derive(Debug, Clone, ClapArgs)]
pub(super) struct SchemeArgs {
    /// The signature scheme
    #[arg(long, value_enum, default_value = "rfc9421")]
    scheme: Name,
}

/// The names of the schemes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Name {
    /// HTTP Message Signatures, RFC 9421
    Rfc9421,
}

impl SchemeArgs {
    /// The scheme with everything it needs.
    pub(super) fn resolve(&self, _env: &Env) -> Result<Scheme, Failure> {
        match self.scheme {
            Name::Rfc9421 => Ok(Scheme::Rfc9421),
        }
    }
}
