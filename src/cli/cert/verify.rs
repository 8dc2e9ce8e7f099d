//! `countersign cert verify`.

use std::path::PathBuf;

use clap::Args as ClapArgs;

use super::directory::certificates;
use super::view::VerdictView;
use crate::cert::{self, Certificate, ExpectedId, Reason, SpiffeId, TrustDomain};
use crate::cli::args::Clock;
use crate::cli::env::Env;
use crate::cli::error::{Failure, Kind};
use crate::cli::exit::ExitCode;
use crate::cli::outcome::Outcome;
use crate::kernel::record::{Decision, Verdict};

/// Verify a chain as an X509-SVID
///
/// Looks for a path from the leaf to a certificate of the bundle (RFC 5280 §6), checks the rules of X509-SVID, and says
/// why not. The identity must be named: a chain that is valid for anyone proves nothing.
#[derive(Debug, ClapArgs)]
#[command(after_long_help = "Examples:
  countersign cert verify --bundle bundle.pem --spiffe-id spiffe://acme.example/ns/production/sa/payment-service svid.pem
  countersign cert verify --bundle bundle.pem --trust-domain acme.example --at 2026-11-22T09:00:00Z - < svid.pem

Exit codes: 0 accepted, 1 refused, 2 cannot answer, 3 no certificate in the input")]
#[command(group(clap::ArgGroup::new("identity").required(true)))]
pub(crate) struct Args {
    /// The chain, PEM, leaf first: a file or `-`
    chain: PathBuf,
    /// The authorities to trust, PEM
    #[arg(long, value_name = "FILE")]
    bundle: PathBuf,
    /// The workload that the leaf must name
    #[arg(long, value_name = "ID", value_parser = spiffe_id, group = "identity")]
    spiffe_id: Option<SpiffeId>,
    /// The trust domain that the leaf must be of
    #[arg(long, value_name = "NAME", group = "identity")]
    trust_domain: Option<TrustDomain>,
    /// Accept any SPIFFE ID that the bundle vouches for
    #[arg(long, group = "identity")]
    any_id: bool,
    /// Also refuse what an issuer should not have done
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    clock: Clock,
}

pub(super) fn spiffe_id(text: &str) -> Result<SpiffeId, String> {
    text.parse()
        .map_err(|error: cert::SpiffeIdError| error.to_string())
}

/// Runs the verb.
pub(super) fn run(env: &Env, args: Args) -> Result<Outcome, Failure> {
    let source = env.source(&args.chain)?;
    let ders = certificates(source.bytes(), source.name())?;
    if ders.is_empty() {
        return Err(Failure::new(
            Kind::Nothing,
            format!("`{}` holds no certificate in PEM", source.name()),
        ));
    }
    let bundle = read_bundle(env, &args.bundle)?;
    let expected = match (args.spiffe_id, args.trust_domain) {
        (Some(id), _) => ExpectedId::Exactly(id),
        (None, Some(domain)) => ExpectedId::In(domain),
        (None, None) => ExpectedId::Any,
    };
    let now = args.clock.at.unwrap_or(env.now);
    let mut record = Verdict::new("cert.verify", source.name(), source.bytes());
    record.decision = Decision::No;
    let mut chain = Vec::new();
    let mut malformed = None;
    for (index, der) in ders.iter().enumerate() {
        match Certificate::parse(der) {
            Ok(certificate) => chain.push(certificate),
            Err(error) => {
                malformed = malformed.or(Some(format!(
                    "certificate {} of the chain: {error}",
                    index + 1
                )));
            }
        }
    }
    let view = match (malformed, chain.split_first()) {
        (None, Some((leaf, intermediates))) => {
            let mut verdict = cert::verify(leaf, intermediates, &bundle, &expected, now);
            if args.strict {
                verdict = verdict.strict(leaf);
            }
            record.actor = verdict.spiffe_id.as_ref().map(SpiffeId::to_string);
            record.reasons = verdict
                .reasons()
                .into_iter()
                .map(|r| r.code().to_owned())
                .collect();
            if verdict.is_accepted() {
                record.decision = Decision::Yes;
            }
            VerdictView {
                name: source.name().to_owned(),
                accepted: record.decision == Decision::Yes,
                malformed: None,
                leaf: Some(leaf.clone()),
                verdict: Some(verdict),
                now,
            }
        }
        (malformed, _) => {
            record.reasons = vec![Reason::Malformed.code().to_owned()];
            VerdictView {
                name: source.name().to_owned(),
                accepted: false,
                malformed,
                leaf: None,
                verdict: None,
                now,
            }
        }
    };
    let exit = if view.accepted {
        ExitCode::Yes
    } else {
        ExitCode::No
    };
    Ok(Outcome::verdict(exit, view, record))
}

// A bundle that holds no authority vouches for nobody, and a damaged one is not judged around.
fn read_bundle(env: &Env, path: &std::path::Path) -> Result<Vec<Certificate>, Failure> {
    let source = env.source(path)?;
    let ders = certificates(source.bytes(), source.name())?;
    if ders.is_empty() {
        return Err(Failure::input(format!(
            "the bundle `{}` holds no certificate",
            source.name()
        )));
    }
    ders.iter()
        .enumerate()
        .map(|(index, der)| {
            Certificate::parse(der).map_err(|error| {
                Failure::input(error.to_string()).context(format!(
                    "cannot use certificate {} of the bundle",
                    index + 1
                ))
            })
        })
        .collect()
}
