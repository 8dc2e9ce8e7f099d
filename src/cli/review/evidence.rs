//! `countersign review evidence`.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Subcommand};
use serde_json::{Value, json};

use super::store::{self, File};
use super::view::Shown;
use crate::cli::args::{KeyReading, SecretArg};
use crate::cli::env::Env;
use crate::cli::error::{Failure, Kind};
use crate::cli::exit::ExitCode;
use crate::cli::outcome::{Body, NewFile, Outcome};
use crate::cli::paint::Tone;
use crate::kernel::arrange::Arrange as _;
use crate::kernel::fs::{self, FileError, Privacy, Replace};
use crate::kernel::key::{Expected, Material};
use crate::kernel::record::{Decision, Verdict};
use crate::review::Reason;
use crate::review::evidence::{self, EvidenceError};
use crate::review::results::Results;

/// The verbs of `review evidence`.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Create(CreateArgs),
    Verify(VerifyArgs),
}

/// Write what an auditor gets: one directory, signed
///
/// Population, sources, decisions, conduct, outcomes, remediation and sign-off, and a page to read them; a manifest with the digest of every file, and an
/// Ed25519 signature over it. The same campaign and key give the same bytes.
#[derive(Debug, ClapArgs)]
#[command(after_long_help = "Examples:
  countersign jwt jwks generate --kind EdDSA -o evidence.jwk
  countersign review evidence create q4.review --key file:evidence.jwk --out evidence-2026-q4
  countersign review evidence create q4.review --key env:EVIDENCE_KEY --out evidence-2026-q4

Exit codes: 0 written, 2 cannot answer, also for a campaign that was changed")]
pub(crate) struct CreateArgs {
    #[command(flatten)]
    file: File,
    /// Where the Ed25519 key is: env:NAME, file:PATH, fd:N, stdin or prompt
    #[arg(long, value_name = "REF", allow_hyphen_values = true)]
    key: SecretArg,
    #[command(flatten)]
    reading: KeyReading,
    /// The directory; nothing of a bundle may be there
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

/// Check a bundle with the public key alone
///
/// The signature, the digest of every file, every link of the history, every batch of decisions, and that nobody decided on
/// themselves. It also says what the bundle does not prove.
#[derive(Debug, ClapArgs)]
#[command(after_long_help = "Examples:
  countersign review evidence verify evidence-2026-q4 --key file:evidence.pub.pem
  countersign review evidence verify evidence-2026-q4 --key file:evidence.pub.pem --format json

Exit codes: 0 every check holds, 1 one does not, 2 cannot answer")]
pub(crate) struct VerifyArgs {
    /// The bundle's directory
    #[arg(value_name = "DIR")]
    bundle: PathBuf,
    /// Where the public key is
    #[arg(long, value_name = "REF", allow_hyphen_values = true)]
    key: SecretArg,
    #[command(flatten)]
    reading: KeyReading,
}

/// The most bytes of a file of a bundle.
const MAX_FILE: u64 = 1 << 30;

impl Command {
    /// Runs the verb.
    pub(super) fn run(self, env: &Env) -> Result<Outcome, Failure> {
        match self {
            Self::Create(args) => create(env, &args),
            Self::Verify(args) => verify(env, &args),
        }
    }
}

fn create(env: &Env, args: &CreateArgs) -> Result<Outcome, Failure> {
    let loaded = env.keys(
        std::slice::from_ref(&args.key),
        &args.reading,
        Expected::Private,
    )?;
    let private = loaded.keys.iter().find_map(|key| match &key.material {
        Material::Private(private) => Some(private),
        _ => None,
    });
    let private =
        private.ok_or_else(|| Failure::new(Kind::Secret, "there is no private key in it"))?;
    let campaign = store::read(env, &args.file.campaign)?;
    if campaign.was_copied()? {
        env.warn("the bundle says that it was made from a copy, and `review evidence verify` will not call it valid");
    }
    let results = Results::load(&campaign, None)?;
    let files = evidence::bundle(&campaign, &results, private, env.style().version)?;
    let mut shown = Shown::new(json!({
        "schema": "countersign/review-bundle/v1",
        "directory": args.out.display().to_string(),
        "files": files.iter().map(|(name, bytes)| json!({ "name": name, "bytes": bytes.len() })).collect::<Vec<_>>(),
    }));
    shown.toned(
        Tone::Good,
        "written",
        format!(" {} files to `{}`", files.len(), args.out.display()),
    );
    if !results.is_closed() {
        env.warn("the campaign is not closed: nobody has acknowledged it yet");
    }
    let mut written = Vec::new();
    for (name, bytes) in files {
        let path = args.out.join(&name);
        if path.symlink_metadata().is_ok() {
            return Err(FileError::Exists(path).into());
        }
        written.push(NewFile {
            path,
            bytes: bytes.into(),
            privacy: Privacy::Private,
            replace: Replace::Never,
        });
    }
    fs::create_private_dir(&args.out)?;
    Ok(Outcome {
        files: written,
        ..Outcome::done(Body::View(Box::new(shown)))
    })
}

fn verify(env: &Env, args: &VerifyArgs) -> Result<Outcome, Failure> {
    let loaded = env.keys(
        std::slice::from_ref(&args.key),
        &args.reading,
        Expected::Verification,
    )?;
    let key = loaded.keys.iter().find_map(|key| key.public());
    let key = key.ok_or_else(|| Failure::new(Kind::Secret, "there is no public key in it"))?;
    let unreadable = |error: std::io::Error| {
        Failure::input(format!(
            "cannot read `{}`: {}",
            args.bundle.display(),
            fs::describe(&error)
        ))
    };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(&args.bundle).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let name = path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned());
        files.push((name.unwrap_or_default(), fs::read(&path, MAX_FILE)?));
    }
    files.arrange();
    let found = evidence::verify(&files, &key);
    let holds = found.holds();
    let mut verdict = Verdict::new(
        "review.evidence.verify",
        args.bundle.display().to_string(),
        files
            .iter()
            .find(|(name, _)| name == "manifest.json")
            .map_or(&[][..], |(_, bytes)| bytes),
    );
    verdict.decision = if holds { Decision::Yes } else { Decision::No };
    if !holds {
        verdict.reasons = vec![Reason::EvidenceInvalid.code().to_owned()];
    }
    let mut shown = Shown::new(json!({
        "schema": "countersign/review-evidence-verdict/v1",
        "valid": holds,
        "checks": found.checks.iter().map(|check| json!({ "what": check.what, "fails": check.fails })).collect::<Vec<_>>(),
        "campaign": found.manifest.get("campaign"),
        "name": found.manifest.get("name"),
        "head": found.manifest.pointer("/head/sha256"),
        "not_proven": found.not_proven,
    }));
    let text = |name: &str| {
        found
            .manifest
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    match holds {
        true => shown.toned(
            Tone::Good,
            "valid",
            format!(": the bundle of `{}`", text("name")),
        ),
        false => shown.toned(
            Tone::Bad,
            "invalid",
            ": the bundle cannot be relied on".to_owned(),
        ),
    }
    for check in &found.checks {
        match &check.fails {
            None => shown.toned(Tone::Good, "  holds  ", check.what),
            Some(why) => shown.toned(Tone::Bad, "  fails  ", format!("{}: {why}", check.what)),
        }
    }
    shown.text("not proven:");
    for sentence in &found.not_proven {
        shown.text(format!("  {sentence}"));
    }
    let exit = if holds { ExitCode::Yes } else { ExitCode::No };
    Ok(Outcome::verdict(exit, shown, verdict))
}

impl From<EvidenceError> for Failure {
    fn from(error: EvidenceError) -> Self {
        match error {
            EvidenceError::Store(error) => error.into(),
            EvidenceError::Sign(error) => Self::new(Kind::Secret, error.to_string())
                .hint("make one with `countersign jwt jwks generate --kind EdDSA`"),
            EvidenceError::Write(error) => Self::new(Kind::Output, error),
        }
    }
}
