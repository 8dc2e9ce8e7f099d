//! `countersign cert verify`.

use std::path::PathBuf;

use clap::{Args as ClapArgs, ValueEnum};

use super::material::{
    MAX_CHAIN, bounded, bundles, certificates, nothing, own_certificates, responses,
    revocation_lists,
};
use super::verdict_view::{VerdictView, VerdictsView};
use crate::cert::{
    self, Bundles, Certificate, Demands, ExpectedId, Identity, PathRules, Profile, Reason,
    RevocationScope, ServerName, SpiffeId, TrustDomain,
};
use crate::cli::args::Clock;
use crate::cli::env::Env;
use crate::cli::error::Failure;
use crate::cli::exit::ExitCode;
use crate::cli::outcome::Outcome;
use crate::kernel::record::{Decision, Verdict};
use crate::kernel::source::Source;

/// Verify a chain: as an X509-SVID, or as a TLS peer's
///
/// Looks for a path from the leaf to a certificate of the bundle (RFC 5280 §6), tries every one, checks the rules of the
/// profile, and says why not. The identity must be named: a chain that is valid for anyone proves nothing.
///
/// Bundles are PEM, DER, or SPIFFE bundles (JWK sets, or maps of them). Those of several trust domains are kept apart:
/// the leaf's trust domain chooses the one that counts. Several chains are judged one by one.
#[derive(Debug, ClapArgs)]
#[command(after_long_help = "Examples:
  countersign cert verify --bundle bundle.pem --spiffe-id spiffe://acme.example/ns/production/sa/payment-service svid.pem
  countersign cert verify --bundle bundle.pem --trust-domain acme.example --at 2026-11-22T09:00:00Z - < svid.pem
  countersign cert verify --bundle acme.example=acme.jwks --bundle other.example=other.pem --any-id svid.pem
  countersign cert verify --bundle bundle.pem --trust-domain acme.example svids/*/svid.pem
  countersign cert verify --bundle ca.pem --host payments.acme.example --crl ca-crl.pem server.pem
  countersign cert verify --bundle bundle.pem --any-id --ocsp ca/crl/ocsp --revocation leaf svid.pem

Exit codes: 0 accepted, 1 one is refused, 2 cannot answer, 3 no certificate in the input")]
#[command(group(clap::ArgGroup::new("identity").required(true)))]
pub(crate) struct Args {
    /// The chains, each leaf first, PEM or DER: files or `-`
    #[arg(required = true, value_name = "CHAIN")]
    chains: Vec<PathBuf>,
    /// The authorities to trust; with several, whose each is; repeat for several
    #[arg(long, value_name = "[TRUST_DOMAIN=]FILE", required = true)]
    bundle: Vec<String>,
    /// The workload that the leaf must name
    #[arg(long, value_name = "ID", value_parser = spiffe_id, group = "identity")]
    spiffe_id: Option<SpiffeId>,
    /// The trust domain that the leaf must be of
    #[arg(long, value_name = "NAME", group = "identity")]
    trust_domain: Option<TrustDomain>,
    /// The server that the leaf must name: a DNS name or an address
    #[arg(long, value_name = "NAME", group = "identity")]
    host: Option<ServerName>,
    /// Accept any identity that the bundle vouches for
    #[arg(long, group = "identity")]
    any_id: bool,
    /// Whose rules apply [default: spiffe; with --host mtls]
    #[arg(long, value_enum, value_name = "PROFILE")]
    profile: Option<ProfileArg>,
    /// What the leaf's owner does in TLS, so that its purpose is checked [default: with --host server]
    #[arg(long, value_enum, value_name = "ROLE")]
    peer: Option<PeerArg>,
    /// Further authorities that may stand between leaf and bundle; repeat for several
    #[arg(long, value_name = "FILE")]
    intermediates: Vec<PathBuf>,
    /// Revocation lists, PEM or DER; repeat for several. A certificate that none covers is refused
    #[arg(long, value_name = "FILE")]
    crl: Vec<PathBuf>,
    /// OCSP responses (DER), or directories of them; repeat for several. They count as the lists of `--crl` do, and whoever
    /// revokes is not outvoted. One that tells of the leaf alone goes with `--revocation leaf`
    #[arg(long, value_name = "FILE|DIR")]
    ocsp: Vec<PathBuf>,
    /// Of which certificates revocation is asked [default: chain with --crl or --ocsp]
    #[arg(long, value_enum, value_name = "SCOPE")]
    revocation: Option<ScopeArg>,
    /// Accept certificates that no usable revocation list or response covers, with a remark
    #[arg(long)]
    accept_unknown_revocation: bool,
    /// The most authorities between leaf and bundle, self-issued ones not counted
    #[arg(long, value_name = "NUMBER", default_value_t = cert::MAX_DEPTH)]
    max_depth: u32,
    /// Demand a certificate policy that is valid through the whole path (RFC 5280 §6.1)
    #[arg(long)]
    require_policy: bool,
    /// The list of publicsuffix.org: wildcards right below one of its suffixes are refused (profile webpki)
    #[arg(long, value_name = "FILE")]
    public_suffixes: Option<PathBuf>,
    /// Also refuse what an issuer should not have done
    #[arg(long)]
    strict: bool,
    /// Tell every path that was tried and every rule that was checked
    #[arg(long)]
    trace: bool,
    #[command(flatten)]
    clock: Clock,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ProfileArg {
    /// X509-SVIDs
    Spiffe,
    /// TLS between services
    Mtls,
    /// RFC 5280 whole, what it demands of issuers too
    Rfc5280,
    /// What the CA/Browser Forum asks of keys, names, purposes and wildcards; not of lifetimes and policies
    Webpki,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum PeerArg {
    /// It serves: serverAuth
    Server,
    /// It connects: clientAuth
    Client,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum ScopeArg {
    /// Of the leaf
    Leaf,
    /// Of the leaf and of the authorities below the bundle's
    Chain,
}

impl From<PeerArg> for cert::Peer {
    fn from(peer: PeerArg) -> Self {
        match peer {
            PeerArg::Server => Self::Server,
            PeerArg::Client => Self::Client,
        }
    }
}

pub(super) fn spiffe_id(text: &str) -> Result<SpiffeId, String> {
    text.parse()
        .map_err(|error: cert::SpiffeIdError| error.to_string())
}

/// Runs the verb.
pub(super) fn run(env: &Env, args: Args) -> Result<Outcome, Failure> {
    let mut chains = Vec::new();
    for path in &args.chains {
        let source = env.source(path)?;
        let ders = certificates(&source)?;
        if ders.is_empty() {
            return Err(nothing(&source));
        }
        bounded(&source, ders.len(), MAX_CHAIN)
            .map_err(|failure| failure.hint("give the leaf and the authorities that it needs"))?;
        chains.push((source, ders));
    }
    let demands = demands(env, &args)?;
    let (bundles, notes) = bundles(env, &args.bundle)?;
    if matches!(bundles, Bundles::ByTrustDomain(_)) && demands.rules.profile != Profile::Spiffe {
        return Err(
            Failure::usage("bundles of trust domains are for SPIFFE IDs alone")
                .hint("give one bundle without a trust domain, or `--profile spiffe`"),
        );
    }
    let mut further = Vec::new();
    for path in &args.intermediates {
        further.extend(own_certificates(env, path, "file of intermediates")?);
    }
    for note in &notes {
        env.note(note);
    }
    let mut judged = Vec::new();
    for (source, ders) in &chains {
        let view = verdict(source, (ders, &further), &bundles, &demands);
        let view = VerdictView {
            trace: args.trace,
            notes: notes.clone(),
            ..view
        };
        judged.push((record(source, &view), view));
    }
    Ok(outcome(judged))
}

fn demands(env: &Env, args: &Args) -> Result<Demands, Failure> {
    let profile = match (args.profile, &args.host) {
        (Some(ProfileArg::Spiffe), _) | (None, None) => Profile::Spiffe,
        (Some(ProfileArg::Mtls), _) | (None, Some(_)) => Profile::Mtls,
        (Some(ProfileArg::Rfc5280), _) => Profile::Rfc5280,
        (Some(ProfileArg::Webpki), _) => Profile::Webpki,
    };
    if let Some(id) = args.spiffe_id.as_ref().filter(|id| !id.is_workload()) {
        return Err(
            Failure::usage(format!("`{id}` names a trust domain, which no leaf does"))
                .hint("name a workload, or the trust domain with `--trust-domain`"),
        );
    }
    let identity = match (&args.spiffe_id, &args.trust_domain, &args.host) {
        (Some(id), ..) => Identity::SpiffeId(ExpectedId::Exactly(id.clone())),
        (_, Some(domain), _) => Identity::SpiffeId(ExpectedId::In(domain.clone())),
        (.., Some(host)) => Identity::Server(host.clone()),
        (None, None, None) => Identity::Any,
    };
    if matches!(identity, Identity::SpiffeId(_)) && profile != Profile::Spiffe {
        let message = format!("the profile {} does not look at SPIFFE IDs", profile.name());
        return Err(
            Failure::usage(message).hint("leave `--profile` out, or name the server with `--host`")
        );
    }
    let mut rules = PathRules::new(profile, args.clock.at.unwrap_or(env.now));
    rules.peer = match (args.peer, &args.host) {
        (Some(peer), _) => Some(peer.into()),
        (None, Some(_)) => Some(cert::Peer::Server),
        (None, None) => None,
    };
    rules.max_depth = args.max_depth;
    rules.require_policy = args.require_policy;
    rules.trace = args.trace;
    if let Some(path) = &args.public_suffixes {
        if profile != Profile::Webpki {
            return Err(Failure::usage(
                "`--public-suffixes` is for the profile webpki alone",
            ));
        }
        let source = env.source(path)?;
        let lines = source.text()?.lines().map(str::trim);
        let suffixes = lines.filter(|line| !line.is_empty() && !line.starts_with("//"));
        rules.public_suffixes = suffixes.map(str::to_owned).collect();
    }
    let revocation = match args.revocation {
        Some(ScopeArg::Leaf) => Some(RevocationScope::Leaf),
        Some(ScopeArg::Chain) => Some(RevocationScope::Chain),
        None if args.crl.is_empty() && args.ocsp.is_empty() => None,
        None => Some(RevocationScope::Chain),
    };
    if revocation.is_none() && args.accept_unknown_revocation {
        return Err(Failure::usage(
            "`--accept-unknown-revocation` needs `--crl`, `--ocsp` or `--revocation`",
        ));
    }
    Ok(Demands {
        identity,
        rules,
        lists: revocation_lists(env, &args.crl)?,
        responses: responses(env, &args.ocsp)?,
        revocation,
        accept_unknown: args.accept_unknown_revocation,
        strict: args.strict,
    })
}

/// Judges a chain. An authority in it that cannot be read is set aside; the leaf is not.
fn verdict(
    source: &Source,
    (ders, further): (&[Vec<u8>], &[Certificate]),
    bundles: &Bundles,
    demands: &Demands,
) -> VerdictView {
    let mut view = VerdictView {
        name: source.name().to_owned(),
        profile: demands.rules.profile.name(),
        accepted: false,
        malformed: None,
        leaf: None,
        verdict: None,
        now: demands.rules.now,
        trace: false,
        notes: Vec::new(),
    };
    let mut between = Vec::new();
    for (index, der) in ders.iter().enumerate() {
        match Certificate::examine(der) {
            Ok(certificate) if index == 0 => view.leaf = Some(certificate),
            Ok(certificate) => between.push(certificate),
            Err(error) => {
                let told = format!("certificate {} of the chain: {error}", index + 1);
                view.malformed = view.malformed.or(Some(told));
            }
        }
    }
    between.extend_from_slice(further);
    if let Some(leaf) = &view.leaf {
        let mut verdict = cert::judge(leaf, &between, bundles, demands);
        // An authority that cannot be read may be one that nobody needs.
        if let Some(told) = view.malformed.take() {
            let detail = format!("set aside: {told}");
            if demands.strict {
                verdict.path.clear();
                verdict.problems.push(cert::Problem {
                    reason: Reason::Malformed,
                    certificate: leaf.name().to_owned(),
                    detail,
                });
            } else {
                verdict.remarks.push(detail);
            }
        }
        view.accepted = verdict.is_accepted();
        view.verdict = Some(verdict);
    }
    view
}

fn record(source: &Source, view: &VerdictView) -> Verdict {
    let mut record = Verdict::new("cert.verify", source.name(), source.bytes());
    record.decision = match (view.accepted, view.is_undecided()) {
        (true, _) => Decision::Yes,
        (false, true) => Decision::Unknown,
        (false, false) => Decision::No,
    };
    let reasons = match &view.verdict {
        Some(verdict) => verdict.reasons(),
        None => vec![Reason::Malformed],
    };
    record.reasons = reasons
        .into_iter()
        .map(|reason| reason.code().to_owned())
        .collect();
    record.actor = view
        .verdict
        .as_ref()
        .and_then(|verdict| verdict.spiffe_id.as_ref())
        .map(SpiffeId::to_string);
    record
}

/// One refused chain makes the answer no, whatever is not known of the others.
fn outcome(judged: Vec<(Verdict, VerdictView)>) -> Outcome {
    let any = |decision| judged.iter().any(|(record, _)| record.decision == decision);
    let exit = if any(Decision::No) {
        ExitCode::No
    } else if any(Decision::Unknown) {
        ExitCode::CannotAnswer
    } else {
        ExitCode::Yes
    };
    let (records, mut views): (Vec<_>, Vec<_>) = judged.into_iter().unzip();
    let mut outcome = match (views.pop(), views.is_empty()) {
        (Some(only), true) => Outcome::view(only),
        (last, _) => {
            views.extend(last);
            Outcome::view(VerdictsView(views))
        }
    };
    outcome.exit = exit;
    outcome.verdicts = records;
    outcome
}
