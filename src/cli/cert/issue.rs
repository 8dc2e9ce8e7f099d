//! `countersign cert issue`.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args as ClapArgs;

use super::view::IssuedView;
use super::{directory, refuse};
use crate::cert::{self, Certificate, LeafOptions, SpiffeId};
use crate::cli::args::{Clock, SecretArg};
use crate::cli::env::Env;
use crate::cli::error::{Failure, Kind};
use crate::cli::outcome::{NewFile, Outcome};
use crate::kernel::fs::{self, FileError, Privacy, Replace};
use crate::kernel::pem;
use crate::kernel::record::{Decision, Verdict};
use crate::kernel::time::parse_duration;

/// Issue a workload's certificate with a new key
///
/// Writes three files: `svid.pem` (the leaf, then the issuing authority), `svid_key.pem` (its private key, readable by
/// its owner alone) and `bundle.pem` (the root to trust).
#[derive(Debug, ClapArgs)]
#[command(after_long_help = "Examples:
  countersign cert issue --ca ca --spiffe-id spiffe://acme.example/ns/production/sa/payment-service --out svid
  countersign cert issue --ca ca --ca-password env:CA_PASSWORD --spiffe-id spiffe://acme.example/ci/deploy --ttl 15m \\
      --out svid --force

Exit codes: 0 issued, 2 cannot issue")]
pub(crate) struct Args {
    /// The authority's directory
    #[arg(long, value_name = "DIR")]
    ca: PathBuf,
    /// Where the password of the authority's key is: env:NAME, file:PATH, fd:N, stdin or prompt [default: prompt]
    #[arg(long, value_name = "REF", allow_hyphen_values = true)]
    ca_password: Option<SecretArg>,
    /// The workload's SPIFFE ID
    #[arg(long, value_name = "ID", value_parser = super::verify::spiffe_id)]
    spiffe_id: SpiffeId,
    /// A DNS name beside the ID; repeat for more
    #[arg(long, value_name = "NAME")]
    dns: Vec<String>,
    /// How long it lives
    #[arg(long, value_name = "DURATION", default_value = "1h", value_parser = parse_duration)]
    ttl: Duration,
    /// The directory to write to
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Replace files that exist
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    clock: Clock,
}

const CHAIN: &str = "svid.pem";
const KEY: &str = "svid_key.pem";
const BUNDLE: &str = "bundle.pem";

/// Runs the verb.
pub(super) fn run(env: &Env, args: Args) -> Result<Outcome, Failure> {
    let password = match (&args.ca_password, directory::is_encrypted(&args.ca)?) {
        (Some(argument), _) => Some(env.password(argument, "the authority's password")?),
        (None, true) => {
            let ask = SecretArg("prompt".into());
            let password = env.password(&ask, "the authority's password");
            Some(password.map_err(|failure| {
                failure
                    .hint("name the password's place with `--ca-password env:NAME` or `file:PATH`")
            })?)
        }
        (None, false) => None,
    };
    let opened = directory::open(&args.ca, password.as_ref())?;
    let options = LeafOptions {
        spiffe_id: args.spiffe_id,
        dns_names: args.dns,
        ttl: args.ttl,
        now: args.clock.at.unwrap_or(env.now),
    };
    let issued = cert::leaf(&opened.authority, &options, &env.random).map_err(refuse)?;
    let wanted = options.now.plus(options.ttl);
    if issued.not_after < wanted {
        env.warn(&format!(
            "the certificate ends at {} already, with its issuer",
            issued.not_after
        ));
    }
    let leaf = Certificate::parse(&issued.certificate)
        .map_err(|error| Failure::new(Kind::Output, error.to_string()))?;
    let chain = [
        pem::write("CERTIFICATE", &issued.certificate).as_str(),
        pem::write("CERTIFICATE", &opened.authority.certificate).as_str(),
    ]
    .concat();
    let key = pem::write("PRIVATE KEY", &issued.key.to_pkcs8());
    let bundle = pem::write("CERTIFICATE", &opened.root);
    let out = &args.out;
    let files = [
        (BUNDLE, bundle.as_bytes(), Privacy::Shared),
        (CHAIN, chain.as_bytes(), Privacy::Shared),
        // Last: a key is never replaced before its certificate is there.
        (KEY, key.as_bytes(), Privacy::Private),
    ];
    if !args.force {
        // Looked at before the first is written, so that a key without its certificate is not left behind.
        for (name, ..) in &files {
            if out.join(name).symlink_metadata().is_ok() {
                return Err(FileError::Exists(args.out.join(name)).into());
            }
        }
    }
    fs::create_private_dir(out)?;
    let replace = if args.force {
        Replace::Always
    } else {
        Replace::Never
    };
    let mut record = Verdict::new("cert.issue", leaf.serial.clone(), &issued.certificate);
    record.actor = Some(options.spiffe_id.to_string());
    record.decision = Decision::Yes;
    let mut outcome = Outcome::view(IssuedView {
        leaf,
        now: options.now,
        files: [CHAIN, KEY, BUNDLE].map(|name| args.out.join(name).display().to_string()),
    });
    outcome.verdicts.push(record);
    outcome.files = files
        .map(|(name, bytes, privacy)| NewFile {
            path: out.join(name),
            bytes: bytes.to_vec().into(),
            privacy,
            replace,
        })
        .into();
    Ok(outcome)
}
