//! `countersign cert bundle import`.

use std::path::PathBuf;

use clap::Args as ClapArgs;

use super::store;
use crate::cert::TrustDomain;
use crate::cli::env::Env;
use crate::cli::error::Failure;
use crate::cli::outcome::Outcome;

/// Take the bundle of another trust domain from a file
///
/// As `cert bundle fetch` does from an endpoint: the bundle is kept under the name of its trust domain, never merged with
/// another, and takes the place of the one before unless its sequence is older. `cert verify --bundle STORE` uses it.
#[derive(Debug, ClapArgs)]
#[command(after_long_help = "Examples:
  countersign cert bundle import --trust-domain partner.example --store federation.json partner.json
  curl -s https://partner.example/bundle | countersign cert bundle import --trust-domain partner.example --store federation.json -

Exit codes: 0 stored or unchanged, 1 older than the one that is there, 2 not a bundle")]
pub(crate) struct Args {
    /// The trust domain whose bundle it is: a bundle does not say
    #[arg(long, value_name = "NAME")]
    trust_domain: TrustDomain,
    /// The file that keeps the bundles of other trust domains, a map by their names
    #[arg(long, value_name = "FILE")]
    store: PathBuf,
    /// The bundle, a JWK set
    bundle: PathBuf,
}

/// Runs the verb.
pub(super) fn run(env: &Env, args: &Args) -> Result<Outcome, Failure> {
    let source = env.source(&args.bundle)?;
    let offered = (source.name(), source.bytes());
    let kept = store::offer(&args.store, &args.trust_domain, offered)?;
    Ok(kept.outcome("cert.bundle.import"))
}
