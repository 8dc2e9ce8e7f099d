//! `countersign cert log`: proofs about what was issued, and what is unusual about it.

mod audit;
mod cosign;
mod prove;
mod scan;
mod verify;
mod view;
mod watch;
mod wild;
mod witness;

use clap::Subcommand;

pub(super) use prove::read_certificate;
pub(super) use witness::are_demanded;

use super::directory::Session;
use crate::cli::env::Env;
use crate::cli::error::Failure;
use crate::cli::outcome::Outcome;

/// The verbs of `cert log`.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Prove(prove::Args),
    Verify(verify::Args),
    Audit(audit::Args),
    Watch(watch::Args),
    Cosign(cosign::Args),
}

impl Command {
    /// Runs the verb.
    pub(super) fn run(self, env: &Env) -> Result<Outcome, Failure> {
        match self {
            Self::Prove(args) => prove::run(env, &args),
            Self::Verify(args) => verify::run(env, &args),
            Self::Audit(args) => audit::run(env, &args),
            Self::Watch(args) => watch::run(env, &args),
            Self::Cosign(args) => cosign::run(env, &args),
        }
    }
}

/// Whether the log of an open authority holds a certificate. Its tiles alone are read.
pub(super) fn is_logged(session: &mut Session, certificate: &[u8]) -> Result<bool, Failure> {
    let Some(hash) = scan::hash_of(certificate) else {
        return Ok(false);
    };
    let size = session.log().checkpoint().0.size;
    let found = scan::index_of(session.log().store(), size, &hash);
    let found = found.map_err(|error| Failure::input(error.to_string()))?;
    Ok(found.is_some())
}
