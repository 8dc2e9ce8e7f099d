//! `countersign cert init`.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args as ClapArgs;

use super::directory::{self, ISSUING, ISSUING_KEY, ROOT, ROOT_KEY};
use super::refuse;
use super::view::AuthorityView;
use crate::cert::{self, Authority, Certificate, TrustDomain};
use crate::cli::args::{Clock, SecretArg};
use crate::cli::env::Env;
use crate::cli::error::{Failure, Kind};
use crate::cli::outcome::Outcome;
use crate::kernel::crypto::equal;
use crate::kernel::secret::Secret;
use crate::kernel::time::parse_duration;

/// Make a certificate authority: a root, and an issuing authority below it
///
/// Both keys are P-256 and stored encrypted (PBES2: PBKDF2-HMAC-SHA256 and AES-256-CBC). The root signs the issuing
/// authority alone: once it has, its key belongs offline. Nothing is ever overwritten.
#[derive(Debug, ClapArgs)]
#[command(after_long_help = "Examples:
  countersign cert init ca --trust-domain acme.example
  countersign cert init ca --trust-domain acme.example --ca-password env:CA_PASSWORD --max-ttl 30m

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
    /// How long the root lives
    #[arg(long, value_name = "DURATION", default_value = "3650d", value_parser = parse_duration)]
    root_ttl: Duration,
    /// How long the issuing authority lives
    #[arg(long, value_name = "DURATION", default_value = "365d", value_parser = parse_duration)]
    issuing_ttl: Duration,
    /// The longest life of what it issues
    #[arg(long, value_name = "DURATION", default_value = "1h", value_parser = parse_duration)]
    max_ttl: Duration,
    #[command(flatten)]
    clock: Clock,
}

fn trust_domain(text: &str) -> Result<TrustDomain, String> {
    text.parse()
        .map_err(|error: cert::SpiffeIdError| error.to_string())
}

/// Runs the verb.
pub(super) fn run(env: &Env, args: &Args) -> Result<Outcome, Failure> {
    let password = if args.plaintext_keys {
        None
    } else {
        Some(password(env, args)?)
    };
    let now = args.clock.at.unwrap_or(env.now);
    let root = cert::root(&args.trust_domain, args.root_ttl, now, &env.random).map_err(refuse)?;
    let signing = Authority {
        certificate: root.certificate.clone(),
        key: root.key.clone(),
        not_after: root.not_after,
        trust_domain: args.trust_domain.clone(),
        max_ttl: args.max_ttl,
    };
    let issuing =
        cert::issuing_authority(&signing, args.issuing_ttl, now, &env.random).map_err(refuse)?;
    let limits = (&args.trust_domain, args.max_ttl);
    directory::create(env, &args.dir, (&root, &issuing), password.as_ref(), limits)?;
    let parse = |der: &[u8]| {
        Certificate::parse(der).map_err(|error| Failure::new(Kind::Output, error.to_string()))
    };
    if args.plaintext_keys {
        env.warn("the authority's keys are stored unencrypted");
    }
    Ok(Outcome::view(AuthorityView {
        dir: args.dir.display().to_string(),
        trust_domain: args.trust_domain.to_string(),
        max_ttl: args.max_ttl,
        encrypted: password.is_some(),
        root: parse(&root.certificate)?,
        issuing: parse(&issuing.certificate)?,
        files: [ROOT, ROOT_KEY, ISSUING, ISSUING_KEY],
    }))
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
