//! `countersign cert probe`.

mod view;
mod wire;

use std::path::PathBuf;
use std::time::Duration;

use clap::Args as ClapArgs;

use super::material::bundles;
use super::verify::spiffe_id;
use crate::cert::probe::{self, Observed};
use crate::cert::{
    self, Certificate, ChainVerdict, Demands, ExpectedId, Identity, Peer, Profile, ServerName,
    SpiffeId, TrustDomain,
};
use crate::cli::args::Clock;
use crate::cli::env::Env;
use crate::cli::error::Failure;
use crate::cli::exit::ExitCode;
use crate::cli::outcome::Outcome;
use crate::kernel::record::{Decision, Verdict};
use crate::kernel::time::parse_duration;
use view::ProbeView;
use wire::Target;

/// Ask a TLS server what it offers, and whether it wants a certificate of its clients
///
/// Connects once for each version of the protocol, each group and each cipher suite that it takes from TLS 1.0 on, and once
/// without a certificate. Passes if the server takes TLS 1.3 alone and refuses clients without certificate; with --bundle its
/// chain must hold too, as an X509-SVID or for its name. Nothing but greetings and one handshake is sent.
#[derive(Debug, ClapArgs)]
#[command(after_long_help = "Examples:
  countersign cert probe payments.acme.example:8443
  countersign cert probe --bundle bundle.pem --trust-domain acme.example 10.0.0.7:15006
  countersign cert probe --allow-local --format json localhost:8443

Exit codes: 0 passed, 1 fell short, 2 no answer")]
#[command(group(clap::ArgGroup::new("identity").requires("bundle")))]
pub(crate) struct Args {
    /// The server: HOST:PORT
    target: Target,
    /// The name that the server is asked for, instead of HOST
    #[arg(long, value_name = "NAME")]
    server_name: Option<ServerName>,
    /// The authorities to trust; with several, whose each is; repeat for several
    #[arg(long, value_name = "[TRUST_DOMAIN=]FILE")]
    bundle: Vec<String>,
    /// The workload that the server must be, instead of its name
    #[arg(long, value_name = "ID", value_parser = spiffe_id, group = "identity")]
    spiffe_id: Option<SpiffeId>,
    /// The trust domain that the server must be of, instead of its name
    #[arg(long, value_name = "NAME", group = "identity")]
    trust_domain: Option<TrustDomain>,
    /// Write the chain that the server sends to this file, PEM
    #[arg(long, value_name = "FILE")]
    save_chain: Option<PathBuf>,
    /// The time for each connection, and to wait for a late refusal
    #[arg(long, value_name = "DURATION", default_value = "3s", value_parser = parse_duration)]
    timeout: Duration,
    /// Allow loopback, link-local and metadata addresses
    #[arg(long)]
    allow_local: bool,
    #[command(flatten)]
    clock: Clock,
}

/// Runs the verb.
pub(super) fn run(env: &Env, args: Args) -> Result<Outcome, Failure> {
    let name = match &args.server_name {
        Some(name) => name.clone(),
        None => args
            .target
            .host
            .parse()
            .map_err(|error: cert::BadServerName| Failure::usage(error.to_string()))?,
    };
    let line = wire::Line::find(&args.target, args.allow_local, args.timeout)?;
    let mut observed = Observed::default();
    let mut silent = Vec::new();
    line.ask(env, &name, &mut observed, &mut silent)?;
    let met = if observed
        .versions
        .iter()
        .any(|version| *version >= probe::TlsVersion::Tls12)
    {
        line.handshake(&name)?
    } else {
        wire::Met::default()
    };
    observed.client_auth = met.client_auth;
    let chain: Result<Vec<Certificate>, _> = met
        .chain
        .iter()
        .map(|der| Certificate::examine(der))
        .collect();
    let verdict = judged(env, &args, &name, chain.as_deref().ok())?;
    let mut shortfalls: Vec<String> = probe::shortfalls(&observed)
        .into_iter()
        .map(|shortfall| shortfall.0)
        .collect();
    shortfalls.extend(silent);
    if let Some(verdict) = &verdict {
        shortfalls.extend(verdict.problems.iter().map(ToString::to_string));
    } else if !args.bundle.is_empty() {
        shortfalls.push("it showed no chain that can be judged".to_owned());
    }
    let mut record = Verdict::new("cert.probe", args.target.to_string(), &met.chain.concat());
    record.decision = if shortfalls.is_empty() {
        Decision::Yes
    } else {
        Decision::No
    };
    record.actor = verdict
        .as_ref()
        .and_then(|verdict| verdict.spiffe_id.as_ref())
        .map(SpiffeId::to_string);
    record.reasons = verdict
        .iter()
        .flat_map(ChainVerdict::reasons)
        .map(|reason| reason.code().to_owned())
        .collect();
    let exit = if shortfalls.is_empty() {
        ExitCode::Yes
    } else {
        ExitCode::No
    };
    let saved = args
        .save_chain
        .map(|path| wire::chain_file(path, &met.chain));
    let view = ProbeView {
        target: args.target.to_string(),
        address: line.address.to_string(),
        observed,
        met,
        chain: chain.unwrap_or_default(),
        judged: verdict,
        shortfalls,
        now: args.clock.at.unwrap_or(env.now),
    };
    let mut outcome = Outcome::verdict(exit, view, record);
    outcome.files.extend(saved);
    Ok(outcome)
}

/// The verdict about the chain, where there is a bundle to judge it by.
fn judged(
    env: &Env,
    args: &Args,
    name: &ServerName,
    chain: Option<&[Certificate]>,
) -> Result<Option<ChainVerdict>, Failure> {
    if args.bundle.is_empty() {
        return Ok(None);
    }
    let (bundles, notes) = bundles(env, &args.bundle)?;
    for note in notes {
        env.warn(&note);
    }
    let Some((leaf, between)) = chain.and_then(<[Certificate]>::split_first) else {
        return Ok(None);
    };
    let mut demands = Demands::svid(ExpectedId::Any, args.clock.at.unwrap_or(env.now));
    demands.rules.peer = Some(Peer::Server);
    match (&args.spiffe_id, &args.trust_domain) {
        (Some(id), _) => demands.identity = Identity::SpiffeId(ExpectedId::Exactly(id.clone())),
        (_, Some(domain)) => demands.identity = Identity::SpiffeId(ExpectedId::In(domain.clone())),
        (None, None) => {
            demands.identity = Identity::Server(name.clone());
            demands.rules.profile = Profile::Mtls;
        }
    }
    Ok(Some(cert::judge(leaf, between, &bundles, &demands)))
}
