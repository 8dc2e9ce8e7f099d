//! `countersign cert init`.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args as ClapArgs, ValueEnum};

use super::directory::{self, ISSUING, ISSUING_KEY, NewAuthority, POLICY, ROOT, ROOT_KEY};
use super::issued_view::AuthorityView;
use super::material::one_key;
use super::reproducible::Reproducible;
use crate::cert::{self, Certificate, KeyChoice, NameLimits, TrustDomain};
use crate::cli::args::{Clock, SecretArg};
use crate::cli::env::Env;
use crate::cli::error::{Failure, Kind};
use crate::cli::outcome::Outcome;
use crate::kernel::crypto::equal;
use crate::kernel::fs;
use crate::kernel::key::{Expected, LoadOptions, PublicKey, load};
use crate::kernel::secret::Secret;
use crate::kernel::time::parse_duration;

/// Make a certificate authority: a root, an issuing authority below it, and the log of what it issues
///
/// Keys are stored encrypted (PBES2: PBKDF2-HMAC-SHA256 and AES-256-CBC). The root signs the issuing authority alone: once it
/// has, its key belongs offline. What may be issued stands in `policy.toml`. Nothing is ever overwritten.
///
/// With `--reproducible` and `--at`, the same commands with the same seed make the same bytes elsewhere. Encrypted keys need a
/// salt and so differ each time: only with `--plaintext-keys` are the directories the same whole.
#[derive(Debug, ClapArgs)]
#[command(after_long_help = "Examples:
  countersign cert init ca --trust-domain acme.example
  countersign cert init ca --trust-domain acme.example --ca-password env:CA_PASSWORD --permit dns:acme.example \\
      --permit ip:10.0.0.0/8 --max-ttl 30m

Exit codes: 0 made, 2 cannot make")]
pub(crate) struct Args {
    /// The directory to make
    dir: PathBuf,
    /// The SPIFFE trust domain
    #[arg(long, value_name = "NAME", value_parser = trust_domain)]
    trust_domain: TrustDomain,
    /// Where the password for the keys is: env:NAME, file:PATH, fd:N, stdin or prompt [default: prompt]
    #[arg(long, value_name = "REF", allow_hyphen_values = true)]
    ca_password: Option<SecretArg>,
    /// Store the keys unencrypted
    #[arg(long, conflicts_with = "ca_password")]
    plaintext_keys: bool,
    /// The kind of the authorities' keys
    #[arg(long, value_enum, value_name = "TYPE", default_value = "p256")]
    key_type: KeyType,
    /// The public key of an issuing authority whose private key is elsewhere; issuing then takes `--signer`
    #[arg(long, value_name = "FILE")]
    issuing_public_key: Option<PathBuf>,
    /// Allow only names in here: dns:NAME, ip:NETWORK/BITS or uri:HOST; repeat for more
    #[arg(long, value_name = "CONSTRAINT")]
    permit: Vec<String>,
    /// Never allow names in here
    #[arg(long, value_name = "CONSTRAINT")]
    exclude: Vec<String>,
    /// Which in a row of authorities it is: rotated authorities need different names
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    generation: u32,
    /// How long the root lives
    #[arg(long, value_name = "DURATION", default_value = "3650d", value_parser = parse_duration)]
    root_ttl: Duration,
    /// How long the issuing authority lives
    #[arg(long, value_name = "DURATION", default_value = "365d", value_parser = parse_duration)]
    issuing_ttl: Duration,
    /// The longest life of the leaves it issues
    #[arg(long, value_name = "DURATION", default_value = "1h", value_parser = parse_duration)]
    max_ttl: Duration,
    /// What it may issue, as `policy.toml` says it
    #[arg(long, value_name = "FILE", conflicts_with = "max_ttl")]
    policy: Option<PathBuf>,
    #[command(flatten)]
    reproducible: Reproducible,
    #[command(flatten)]
    clock: Clock,
}

/// The kinds of key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum KeyType {
    /// ECDSA on P-256
    P256,
    /// ECDSA on P-384
    P384,
    /// Ed25519
    Ed25519,
}

impl From<KeyType> for KeyChoice {
    fn from(key_type: KeyType) -> Self {
        match key_type {
            KeyType::P256 => Self::P256,
            KeyType::P384 => Self::P384,
            KeyType::Ed25519 => Self::Ed25519,
        }
    }
}

fn trust_domain(text: &str) -> Result<TrustDomain, String> {
    text.parse()
        .map_err(|error: cert::SpiffeIdError| error.to_string())
}

/// Runs the verb.
pub(super) fn run(env: &Env, args: &Args) -> Result<Outcome, Failure> {
    let limits = limits(args)?;
    let policy = policy(args)?;
    let seed = args.reproducible.seed(env)?;
    let external = match &args.issuing_public_key {
        Some(path) => Some(public_key(path)?),
        None => None,
    };
    let password = if args.plaintext_keys {
        None
    } else {
        Some(password(env, args)?)
    };
    if !limits.permitted.uris.is_empty() || !limits.excluded.uris.is_empty() {
        env.warn("rustls and Python's cryptography refuse every chain with a URI constraint");
    }
    let new = NewAuthority {
        trust_domain: &args.trust_domain,
        password: password.as_ref(),
        key_type: args.key_type.into(),
        external,
        generation: args.generation,
        root_ttl: args.root_ttl,
        issuing_ttl: args.issuing_ttl,
        limits,
        policy,
        seed,
        now: args.clock.at.unwrap_or(env.now),
    };
    let made = directory::create(env, &args.dir, &new)?;
    let parse = |der: &[u8]| {
        Certificate::parse(der).map_err(|error| Failure::new(Kind::Output, error.to_string()))
    };
    if args.plaintext_keys {
        env.warn("the authority's keys are stored unencrypted");
    }
    let mut files = vec![ROOT, ROOT_KEY, ISSUING, ISSUING_KEY, POLICY];
    files.retain(|name| *name != ISSUING_KEY || args.issuing_public_key.is_none());
    Ok(Outcome::view(AuthorityView {
        dir: args.dir.display().to_string(),
        trust_domain: args.trust_domain.to_string(),
        max_ttl: max_ttl(&new.policy),
        encrypted: password.is_some(),
        permitted: new.limits.permitted.list(),
        excluded: new.limits.excluded.list(),
        root: parse(&made.root)?,
        issuing: parse(&made.issuing)?,
        log: made.log.to_string(),
        files,
    }))
}

fn limits(args: &Args) -> Result<NameLimits, Failure> {
    let mut limits = NameLimits::default();
    let bad = |error: cert::BadConstraint| Failure::usage(error.to_string());
    for text in &args.permit {
        limits.permitted.add(text).map_err(bad)?;
    }
    for text in &args.exclude {
        limits.excluded.add(text).map_err(bad)?;
    }
    Ok(limits)
}

fn policy(args: &Args) -> Result<String, Failure> {
    let Some(path) = &args.policy else {
        return Ok(cert::Policy::template(args.max_ttl));
    };
    directory::read_policy(path)?;
    let bytes = fs::read(path, 1 << 20)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn max_ttl(policy: &str) -> Option<Duration> {
    let policy = cert::Policy::parse(policy).ok()?;
    policy.max_ttl(cert::IssuingProfile::Svid)
}

fn public_key(path: &std::path::Path) -> Result<PublicKey, Failure> {
    let bytes = fs::read(path, 1 << 20)?;
    let set = load(&bytes, LoadOptions::plain(Expected::Verification)).map_err(|error| {
        Failure::from(error).context(format!("cannot use the key `{}`", path.display()))
    })?;
    let key = one_key(set)
        .map_err(|failure| failure.context(format!("cannot use the key `{}`", path.display())))?;
    let key = key.and_then(|key| key.public());
    key.ok_or_else(|| {
        Failure::new(
            Kind::Secret,
            format!("`{}` holds no public key", path.display()),
        )
    })
}

fn password(env: &Env, args: &Args) -> Result<Secret, Failure> {
    if let Some(argument) = &args.ca_password {
        return env.password(argument, "the authority's password");
    }
    let ask = SecretArg("prompt".into());
    let missing = "name the password's place with `--ca-password env:NAME` or `file:PATH`";
    let first = env
        .password(&ask, "a password for the authority's keys")
        .map_err(|failure| failure.hint(missing))?;
    let second = env.password(&ask, "the same password again")?;
    if !equal(first.expose(), second.expose()) {
        return Err(Failure::new(Kind::Secret, "the two passwords differ"));
    }
    Ok(first)
}
