//! `countersign cert`: a private authority and its SPIFFE certificates.

mod bundle;
mod crl;
mod directory;
mod explain;
mod external;
mod init;
mod inspect;
mod issue;
mod issued_view;
mod lint;
mod log;
mod material;
mod ocsp;
mod place;
mod probe;
mod renew;
mod reproducible;
mod request;
mod revocations;
mod revoke;
mod selftest;
mod status;
mod svid_tls;
mod verdict_view;
mod verify;
mod view;
mod watch;

use clap::Subcommand;

use super::args::Format;
use super::env::Env;
use super::error::Failure;
use super::outcome::Outcome;
use crate::cert::IssueError;

/// The verbs of `cert`.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Init(init::Args),
    Verify(Box<verify::Args>),
    Inspect(inspect::Args),
    Lint(lint::Args),
    Probe(Box<probe::Args>),
    Request(request::Args),
    Issue(Box<issue::Args>),
    Renew(Box<renew::Args>),
    Watch(Box<watch::Args>),
    Status(status::Args),
    Revoke(revoke::Args),
    Crl(crl::Args),
    /// Hand out what others are to trust, and plan how it changes
    #[command(subcommand)]
    Bundle(bundle::Command),
    /// Prove what was issued, and look for what is unusual about it
    #[command(subcommand)]
    Log(log::Command),
    Selftest(selftest::Args),
    Explain(explain::Args),
}

impl Command {
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
            Self::Init(args) => init::run(env, &args),
            Self::Verify(args) => verify::run(env, *args),
            Self::Inspect(args) => inspect::run(env, &args),
            Self::Lint(args) => lint::run(env, args),
            Self::Probe(args) => probe::run(env, *args),
            Self::Request(args) => request::run(env, &args),
            Self::Issue(args) => issue::run(env, *args),
            Self::Renew(args) => renew::run(env, &args),
            Self::Watch(args) => watch::run(env, &args),
            Self::Status(args) => status::run(env, &args),
            Self::Revoke(args) => revoke::run(env, &args),
            Self::Crl(args) => crl::run(env, &args),
            Self::Bundle(verb) => verb.run(env),
            Self::Selftest(args) => selftest::run(env, &args),
            Self::Log(verb) => verb.run(env),
            Self::Explain(args) => explain::run(env, &args),
        }
    }
}

fn refuse(error: IssueError) -> Failure {
    let failure = Failure::usage(error.to_string()).context("the certificate is not issued");
    match error {
        IssueError::NoPath(_) => {
            failure.hint("add one, such as `/ns/production/sa/payment-service`")
        }
        IssueError::TooLong { limit, .. } => failure.hint(format!(
            "ask for at most `--ttl {}`; the limit stands in `policy.toml`",
            crate::kernel::time::humanize(limit).replace(' ', "")
        )),
        IssueError::AuthorityExpired(_) => failure.hint("make a new authority with `cert init`"),
        IssueError::SpiffeIdUnwanted(_) => failure.hint("the profile `svid` bears one"),
        IssueError::KeyFromSeed => failure.hint("say `--key-type ed25519`"),
        IssueError::SignatureByChance(_) => {
            failure.hint("make an authority whose keys are Ed25519: `cert init --key-type ed25519`")
        }
        IssueError::Policy(_) => {
            failure.hint("the policy is `policy.toml` of the authority's directory")
        }
        _ => failure,
    }
}
