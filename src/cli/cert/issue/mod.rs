//! `countersign cert issue`.

mod bulk;
mod files;

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args as ClapArgs;

pub(super) use files::{Layout, Output, RESPONDER, RESPONDER_KEY};

use super::directory::{Access, Session, Whose};
use super::init::KeyType;
use super::issued_view::{IssuedView, Logged};
use super::material::one_key;
use super::place::{self, Exchange};
use super::refuse;
use super::reproducible::Reproducible;
use crate::cert::issuance_log::{OfflineProof, inclusion_proof};
use crate::cert::{
    self, Certificate, DnsName, IssuingProfile, KeyOf, Names, Origin, Request, SigningRequest,
    SpiffeId, Unsigned,
};
use crate::cli::args::Clock;
use crate::cli::env::Env;
use crate::cli::error::{Failure, Kind};
use crate::cli::outcome::{self, NewFile, Outcome};
use crate::kernel::crypto::hex;
use crate::kernel::fs;
use crate::kernel::key::{Expected, LoadOptions, Material, PrivateKey, PublicKey, load};
use crate::kernel::pem;
use crate::kernel::record::{Decision, Verdict};
use crate::kernel::time::{Timestamp, parse_duration};

/// Issue a certificate, with a new key or for a certification request
///
/// The default is a workload's: `svid.pem` (the leaf, then the issuing authority), `svid_key.pem` (its private key, readable
/// by its owner alone) and `bundle.pem` (the root to trust). Policy and name constraints are asked first; then the certificate
/// is logged, and only then signed. `--from` issues a whole list.
///
/// With `--reproducible` and `--at`, the same seed on the same log gives the same key and certificate, byte by byte; on a log
/// that has grown, another key. The encrypted key of a `ca` differs each time, for its salt, unless it is `--plaintext-keys`.
#[derive(Debug, ClapArgs)]
#[command(after_long_help = "Examples:
  countersign cert issue --ca ca --spiffe-id spiffe://acme.example/ns/production/sa/payment-service --out svid
  countersign cert issue --ca ca --ca-password env:CA_PASSWORD --csr request.pem --ttl 15m --out svid --force
  countersign cert issue --ca ca --from service-accounts.yaml --out svids --resume

Exit codes: 0 issued, 2 cannot issue")]
pub(crate) struct Args {
    #[command(flatten)]
    access: Access,
    /// What the certificate is for: svid, server, client, ca, istio-cacerts, linkerd or ocsp
    #[arg(long, value_name = "PROFILE", default_value = "svid", value_parser = profile)]
    profile: IssuingProfile,
    /// The workload's SPIFFE ID
    #[arg(long, value_name = "ID", value_parser = super::verify::spiffe_id)]
    spiffe_id: Option<SpiffeId>,
    /// A DNS name; repeat for more
    #[arg(long, value_name = "NAME")]
    dns: Vec<String>,
    /// An IP address; repeat for more
    #[arg(long, value_name = "ADDRESS")]
    ip: Vec<IpAddr>,
    /// A common name in the subject
    #[arg(long, value_name = "NAME")]
    common_name: Option<String>,
    /// Certify the key of this certification request; its SPIFFE ID, DNS names and addresses are asked for too
    #[arg(long, value_name = "FILE", conflicts_with_all = ["key", "key_type"])]
    csr: Option<PathBuf>,
    /// Certify this key, public or private, instead of a new one
    #[arg(long, value_name = "FILE", conflicts_with = "key_type")]
    key: Option<PathBuf>,
    /// The kind of the new key
    #[arg(long, value_enum, value_name = "TYPE", default_value = "p256")]
    key_type: KeyType,
    /// How long it lives [default: 1h, authorities 90d, ocsp 24h; no longer than the policy allows]
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    ttl: Option<Duration>,
    /// Issue a list instead: CSV, YAML, or manifests with ServiceAccounts
    #[arg(long, value_name = "FILE", conflicts_with_all = ["spiffe_id", "dns", "ip", "common_name", "csr", "key", "proof"])]
    from: Option<PathBuf>,
    /// Keep what an interrupted run of `--from` has issued already
    #[arg(long, requires = "from", conflicts_with = "force")]
    resume: bool,
    /// Also write the proof that the log holds the certificate (`.tlog-proof`)
    #[arg(long)]
    proof: bool,
    /// Write the private key of a `ca` certificate without a password; else it gets that of the authority's keys
    #[arg(long)]
    plaintext_keys: bool,
    /// The directory to write to
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Replace files that exist
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    reproducible: Reproducible,
    #[command(flatten)]
    clock: Clock,
}

/// Reads the name of a profile.
pub(super) fn profile(text: &str) -> Result<IssuingProfile, String> {
    IssuingProfile::from_name(text).ok_or_else(|| {
        let all = IssuingProfile::ALL.map(IssuingProfile::name).join(", ");
        format!("`{text}` is none of {all}")
    })
}

/// The key to be certified.
pub(super) enum Subject {
    Private(PrivateKey),
    Public(PublicKey),
}

impl Subject {
    fn public(&self) -> PublicKey {
        match self {
            Self::Private(key) => key.public(),
            Self::Public(key) => key.clone(),
        }
    }
}

/// Runs the verb.
pub(super) fn run(env: &Env, args: Args) -> Result<Outcome, Failure> {
    args.access.check()?;
    if args.reproducible.is_wanted() && args.access.signer.is_some() {
        return Err(Failure::usage(
            "a program that signs may sign otherwise each time: `--reproducible` needs the key itself",
        ));
    }
    if args.from.is_some() && args.plaintext_keys {
        return Err(Failure::usage(
            "a list issues leaves: `--plaintext-keys` is for authorities",
        ));
    }
    if args.from.is_some() {
        return bulk::run(env, &args);
    }
    let now = args.clock.at.unwrap_or(env.now);
    let seed = args.reproducible.seed(env)?;
    let (subject, mut names, mut dropped) = subject(env, &args)?;
    dropped.extend(add_names(&args, &mut names)?);
    let output = Output {
        dir: &args.out,
        profile: args.profile,
        force: args.force,
        plaintext: args.plaintext_keys,
    };
    output.check(!matches!(subject, Some(Subject::Public(_))))?;
    let mut session = Session::open(env, &args.access, whose(args.profile))?;
    let origin = session.origin(env, seed.as_ref(), 0);
    let subject = match subject {
        Some(subject) => subject,
        None => Subject::Private(new_key(&args, &names, origin)?),
    };
    let request = Request {
        profile: args.profile,
        names,
        common_name: args.common_name.clone(),
        ttl: args.ttl,
        key: subject.public(),
    };
    check_protection(&args, &subject, &session)?;
    check_own_keys(env, &args, (&mut session, &request.key))?;
    let unsigned = cert::plan(&request, &session.issuing(now), origin).map_err(refuse)?;
    warn_of_short_life(env, (args.ttl, &session), (&unsigned, now));
    // Looked at before it is logged, so that no entry stands for a certificate that nobody has.
    output.prepare()?;
    let index = session.record(std::slice::from_ref(&unsigned))?;
    let certificate = session.seal(&unsigned)?;
    let key = match &subject {
        Subject::Private(key) => Some(key),
        Subject::Public(_) => None,
    };
    let mut new = output.files(&session, &certificate, key)?;
    if args.proof {
        new.push(output.proof(&proof(&mut session, index)?));
        if super::log::are_demanded(&session.directory) {
            env.warn("no witness cosigned the checkpoint of the proof yet: `cert log cosign`, then `cert log prove` makes one that holds under the policy");
        }
    }
    let parsed = Certificate::parse(&certificate)
        .map_err(|error| Failure::new(Kind::Output, error.to_string()))?;
    let names = cert::Fields::of_certificate(&certificate)
        .map(|fields| fields.names().sorted())
        .unwrap_or_default();
    let mut record = Verdict::new("cert.issue", parsed.serial.clone(), &certificate);
    record.actor = request.names.list().into_iter().next();
    record.decision = Decision::Yes;
    let (head, _) = session.log().checkpoint();
    let mut outcome = Outcome::view(IssuedView {
        profile: args.profile.name(),
        certificate: parsed,
        names,
        dropped,
        logged: Logged {
            index,
            size: head.size,
            root: hex(&head.root),
        },
        now,
        files: new
            .iter()
            .map(|file| file.path.display().to_string())
            .collect(),
    });
    if args.force && output.is_occupied() {
        outcome::record(env, vec![record])?;
        let version = place::version(now, &unsigned.serial);
        let named: Vec<_> = new.iter().map(NewFile::named).collect();
        Exchange::of(&args.out).run(&named, &version)?;
    } else {
        outcome.verdicts.push(record);
        outcome.files = new;
    }
    Ok(outcome)
}

/// A certificate for the key of an authority or of the log would be a workload's that can issue. Of authorities the issuing
/// one alone may be certified again, by the root.
fn check_own_keys(
    env: &Env,
    args: &Args,
    (session, key): (&mut Session, &PublicKey),
) -> Result<(), Failure> {
    let directory = &session.directory;
    let log = PublicKey::Ed25519(*directory.log.public_key());
    let issuing = (!args.profile.is_authority()).then_some(&directory.issuing.key);
    let own = [Some(&directory.root.key), issuing, Some(&log)];
    if own.into_iter().flatten().any(|own| own == key) {
        let name = directory.path.display().to_string();
        return Err(refuse(cert::IssueError::AuthoritysKey(name)));
    }
    // A new key was never revoked.
    if args.key.is_some() || args.csr.is_some() {
        let path = directory.path.clone();
        super::revoke::opened(env, &path, session)?.check_key(key)?;
    }
    Ok(())
}

/// The key of an authority is encrypted unless asked otherwise; istiod and Linkerd read none that is.
fn check_protection(args: &Args, subject: &Subject, session: &Session) -> Result<(), Failure> {
    let ours = args.profile == IssuingProfile::Ca && matches!(subject, Subject::Private(_));
    if args.plaintext_keys && !ours {
        return Err(Failure::usage(
            "`--plaintext-keys` is for the private key of a certificate of the profile `ca`",
        ));
    }
    if ours && !args.plaintext_keys && !session.has_password() {
        return Err(
            Failure::usage("the key of an authority is not written without a password")
                .hint("name one with `--ca-password REF`, or say `--plaintext-keys`"),
        );
    }
    Ok(())
}

/// Who signs a profile: authorities are below the root itself.
pub(super) fn whose(profile: IssuingProfile) -> Whose {
    if profile.is_authority() {
        Whose::Root
    } else {
        Whose::Issuing
    }
}

pub(super) fn warn_of_short_life(
    env: &Env,
    (ttl, session): (Option<Duration>, &Session),
    (unsigned, now): (&Unsigned, Timestamp),
) {
    let end = unsigned.not_after;
    let shorter = ttl.is_none_or(|ttl| end < now.plus(ttl));
    if shorter && end == session.authority().not_after {
        env.warn(&format!(
            "the certificate ends at {end} already, with its issuer"
        ));
    }
}

/// The key that is there to be certified, if any, and what a request asks for.
fn subject(env: &Env, args: &Args) -> Result<(Option<Subject>, Names, Vec<String>), Failure> {
    let none = Names::default;
    if let Some(path) = &args.csr {
        let request = read_request(env, path)?;
        let key = Some(Subject::Public(request.key));
        return Ok((key, request.names, request.dropped));
    }
    if let Some(path) = &args.key {
        return Ok((Some(existing_key(path)?), none(), Vec::new()));
    }
    Ok((None, none(), Vec::new()))
}

fn new_key(args: &Args, names: &Names, origin: Origin<'_>) -> Result<PrivateKey, Failure> {
    let whose = KeyOf::Certified {
        profile: args.profile,
        names,
        common_name: args.common_name.as_deref(),
    };
    origin.key(args.key_type.into(), whose).map_err(refuse)
}

fn read_request(env: &Env, path: &Path) -> Result<SigningRequest, Failure> {
    let source = env.source(path)?;
    let bad = |problem: String| {
        Failure::input(problem).context(format!("cannot use the request `{}`", source.name()))
    };
    let text = String::from_utf8_lossy(source.bytes());
    let blocks = pem::parse(&text).map_err(|error| bad(error.to_string()))?;
    let requests: Vec<_> = blocks
        .iter()
        .filter(|block| block.label.ends_with("CERTIFICATE REQUEST"))
        .collect();
    let der = match requests.as_slice() {
        [only] => only.der.as_slice(),
        [] if blocks.is_empty() => source.bytes(),
        [] => return Err(bad("it holds no certification request".into())),
        _ => return Err(bad("it holds several certification requests".into())),
    };
    SigningRequest::parse(der).map_err(|error| bad(error.to_string()))
}

pub(super) fn existing_key(path: &Path) -> Result<Subject, Failure> {
    let bytes = zeroize::Zeroizing::new(fs::read(path, 1 << 20)?);
    let set = load(&bytes, LoadOptions::plain(Expected::Verification)).map_err(|error| {
        Failure::from(error).context(format!("cannot use the key `{}`", path.display()))
    })?;
    let key = one_key(set)
        .map_err(|failure| failure.context(format!("cannot use the key `{}`", path.display())))?;
    match key.map(|key| key.material) {
        Some(Material::Private(key)) => Ok(Subject::Private(key)),
        Some(Material::Public(key)) => Ok(Subject::Public(key)),
        _ => Err(Failure::new(
            Kind::Secret,
            format!("`{}` holds no key that can be certified", path.display()),
        )),
    }
}

/// What is typed is added to what a request asks for; another SPIFFE ID takes the place of the request's.
fn add_names(args: &Args, names: &mut Names) -> Result<Option<String>, Failure> {
    let mut dropped = None;
    if let Some(id) = &args.spiffe_id {
        let before = names.spiffe_id.replace(id.clone());
        dropped = before
            .filter(|before| before != id)
            .map(|before| format!("the SPIFFE ID `{before}`: `{id}` takes its place"));
    }
    for name in &args.dns {
        let name: Result<DnsName, _> = name.parse();
        names
            .dns
            .push(name.map_err(|error| refuse(cert::IssueError::BadDnsName(error)))?);
    }
    names.addresses.extend(&args.ip);
    Ok(dropped)
}

fn proof(session: &mut Session, index: u64) -> Result<OfflineProof, Failure> {
    let writer = session.log();
    let (head, checkpoint) = writer.checkpoint();
    let (size, checkpoint) = (head.size, checkpoint.to_owned());
    let mut tree = writer.store().tree(size);
    let hashes = inclusion_proof(index, size, |level, node| tree.node(level, node))
        .map_err(|error| Failure::input(error.to_string()))?;
    Ok(OfflineProof {
        index,
        hashes,
        checkpoint,
    })
}
