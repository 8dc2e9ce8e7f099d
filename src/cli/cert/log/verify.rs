//! `countersign cert log verify`.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::{ArgGroup, Args as ClapArgs};

use super::prove::read_certificate;
use super::scan::{self, Found, hash_of};
use super::view::{VerdictView, verdict};
use super::witness;
use crate::cert::issuance_log::{
    Checkpoint, Hash, LogReason, NoteError, OfflineProof, VerifierKey, WitnessPolicy,
    verify_consistency, verify_inclusion,
};
use crate::cli::cert::directory::Directory;
use crate::cli::env::Env;
use crate::cli::error::Failure;
use crate::cli::outcome::Outcome;
use crate::kernel::fs;

/// Verify a log, a proof that it holds a certificate, or that it still holds what it held
///
/// With `--ca` the whole log is read: every entry against its tile, the tiles against the signed checkpoint, the checkpoint
/// against the last that the directory saw and against those given with `--since`. With `--log-key` and a proof file nothing
/// else is needed. Where a policy names witnesses, enough of them must have cosigned.
#[derive(Debug, ClapArgs)]
#[command(group = ArgGroup::new("log").required(true).args(["ca", "log_key"]))]
#[command(after_long_help = "Examples:
  countersign cert log verify --ca ca --since published-checkpoint
  countersign cert log verify --log-key acme.log.pub --proof svid/svid.tlog-proof svid/svid.pem
  countersign cert log verify --log-key acme.log.pub --witnesses acme.policy --proof svid/svid.tlog-proof svid/svid.pem

Exit codes: 0 it holds, 1 it does not, 2 cannot answer")]
pub(crate) struct Args {
    /// The authority's directory, whose log is read whole
    #[arg(long, value_name = "DIR")]
    ca: Option<PathBuf>,
    /// The log's key (`name+id+key`), or a file that holds it
    #[arg(long, value_name = "KEY")]
    log_key: Option<String>,
    /// An older checkpoint that the log must still hold; repeat for more
    #[arg(long, value_name = "FILE")]
    since: Vec<PathBuf>,
    /// What `cert log prove --since` printed, for `--since` without the log
    #[arg(long, value_name = "FILE", conflicts_with_all = ["ca", "proof"], requires = "since")]
    consistency: Option<PathBuf>,
    /// A proof file for the certificate
    #[arg(long, value_name = "FILE", requires = "certificate")]
    proof: Option<PathBuf>,
    /// The policy that says which witnesses must have cosigned [default: `witnesses.policy` of the directory, if it is there]
    #[arg(long, value_name = "FILE")]
    witnesses: Option<PathBuf>,
    /// The certificate that the proof is about
    #[arg(requires = "proof")]
    certificate: Option<PathBuf>,
}

/// Runs the verb.
pub(super) fn run(env: &Env, args: &Args) -> Result<Outcome, Failure> {
    if args.ca.is_none() && args.consistency.is_none() && !args.since.is_empty() {
        return Err(
            Failure::usage("`--since` needs the log (`--ca`) or a consistency proof").hint(
                "`cert log prove --since FILE` prints one: give it with `--consistency FILE`",
            ),
        );
    }
    let mut view = VerdictView::default();
    let directory = match &args.ca {
        Some(path) => Some(Directory::read(path)?),
        None => None,
    };
    let key = match (&directory, &args.log_key) {
        (Some(directory), _) => directory.log.clone(),
        (None, Some(text)) => read_key(text)?,
        (None, None) => return Err(Failure::usage("name the log: `--ca` or `--log-key`")),
    };
    view.name = key.name().to_owned();
    let policy = witness::policy(env, args.witnesses.as_deref(), directory.as_ref())?;
    if let Some(directory) = &directory {
        whole(env, directory, args, &mut view)?;
        if let Some(policy) = &policy {
            witnessed(env, (directory, policy), &mut view)?;
        }
    }
    if let (Some(proof), Some(certificate)) = (&args.proof, &args.certificate) {
        let proof_bytes = env.source(proof)?;
        let certificate = read_certificate(env, certificate)?;
        let proof = OfflineProof::parse(proof_bytes.bytes())
            .map_err(|error| Failure::input(error.to_string()))?;
        included(&proof, &certificate, &key, &mut view)?;
        if let Some(policy) = &policy {
            witness::judge(env, policy, (&key, &proof.checkpoint), &mut view);
        }
    } else if let Some(path) = &args.consistency {
        let checkpoint = consistent(env, (path, &args.since), &key, &mut view)?;
        if let Some(policy) = &policy {
            witness::judge(env, policy, (&key, &checkpoint), &mut view);
        }
    } else if args.ca.is_none() {
        return Err(Failure::usage("there is nothing to verify")
            .hint("add `--proof FILE CERTIFICATE`, or `--since FILE --consistency FILE`"));
    }
    Ok(verdict("cert.log.verify", view))
}

/// The log's key, as text or in a file.
fn read_key(text: &str) -> Result<VerifierKey, Failure> {
    let parsed = VerifierKey::parse(text);
    if let Ok(key) = parsed {
        return Ok(key);
    }
    let bytes = fs::read(Path::new(text), 1 << 16).map_err(|error| {
        Failure::from(error).hint("a key is `name+id+key`, or a file that holds one")
    })?;
    VerifierKey::parse(&String::from_utf8_lossy(&bytes))
        .map_err(|error| Failure::input(error.to_string()).context(format!("cannot use `{text}`")))
}

/// Reads a checkpoint that somebody kept.
pub(super) fn read_checkpoint(
    env: &Env,
    path: &Path,
    key: &VerifierKey,
) -> Result<Checkpoint, Failure> {
    let source = env.source(path)?;
    Checkpoint::verified(source.bytes(), key).map_err(|error| {
        Failure::input(error.to_string())
            .context(format!("cannot use the checkpoint `{}`", source.name()))
    })
}

fn whole(
    env: &Env,
    directory: &Directory,
    args: &Args,
    view: &mut VerdictView,
) -> Result<(), Failure> {
    let store = directory.store();
    let Some(head) = head(directory, view)? else {
        return Ok(());
    };
    let read = scan::entries(env, &store, &head, |_, _| {});
    match read {
        Ok(()) => view.held.push(format!(
            "{} entries make the root {}",
            head.size,
            scan::root_text(&head)
        )),
        Err(found) => view.problems.push(found),
    }
    for path in &args.since {
        let old = read_checkpoint(env, path, store.key())?;
        let name = path.display().to_string();
        match extends(&store, &old, &head) {
            Ok(()) => view
                .held
                .push(format!("it still holds the {} entries of {name}", old.size)),
            Err(found) => view.problems.push(Found {
                subject: name,
                ..found
            }),
        }
    }
    Ok(())
}

/// The checkpoint that witnesses cosigned: the log still holds it, and enough of them did.
fn witnessed(
    env: &Env,
    (directory, policy): (&Directory, &WitnessPolicy),
    view: &mut VerdictView,
) -> Result<(), Failure> {
    let store = directory.store();
    let Some((cosigned, text)) = witness::cosigned(directory)? else {
        // A policy may demand nobody.
        let (_, text) = store.checkpoint()?;
        witness::judge(env, policy, (&directory.log, &text), view);
        return Ok(());
    };
    let Some(size) = view.size else { return Ok(()) };
    let (head, _) = store.checkpoint()?;
    match extends(&store, &cosigned, &head) {
        Ok(()) => view.held.push(format!(
            "it still holds the {} entries that witnesses cosigned",
            cosigned.size
        )),
        Err(found) => view.problems.push(found),
    }
    witness::judge(env, policy, (&directory.log, &text), view);
    if let Some(count @ 1..) = size.checked_sub(cosigned.size) {
        view.notes.push(format!(
            "the last {count} entries are not cosigned yet: `cert log cosign` asks for it"
        ));
    }
    Ok(())
}

/// The head of a directory's log, held against the one that the directory saw last.
pub(super) fn head(
    directory: &Directory,
    view: &mut VerdictView,
) -> Result<Option<Checkpoint>, Failure> {
    let store = directory.store();
    let (head, _) = match store.checkpoint() {
        Ok(read) => read,
        Err(failure) => {
            let found = Found::new(
                LogReason::Signature,
                "checkpoint",
                failure.to_text(false).trim().replace('\n', ";"),
            );
            view.problems.push(found);
            return Ok(None);
        }
    };
    view.size = Some(head.size);
    view.root = Some(scan::root_text(&head));
    view.held.push(format!(
        "the checkpoint of {} entries is signed by {}",
        head.size,
        store.key().name()
    ));
    let seen = store.last_seen()?;
    match extends(&store, &seen, &head) {
        Ok(()) => {}
        Err(found) => view.problems.push(found),
    }
    Ok(Some(head))
}

/// Whether a log holds what it held at an older checkpoint.
pub(super) fn extends(
    store: &crate::cli::cert::directory::Store,
    old: &Checkpoint,
    head: &Checkpoint,
) -> Result<(), Found> {
    if old.size > head.size {
        let detail = format!("it has {} entries, and had {}", head.size, old.size);
        return Err(Found::new(LogReason::Behind, "log", detail));
    }
    let root = store
        .root(old.size, head.size)
        .map_err(|error| Found::new(LogReason::Damaged, "log", error.to_string()))?;
    if root == old.root {
        return Ok(());
    }
    let detail = format!(
        "its first {} entries make the root {}, and made {}",
        old.size,
        crate::kernel::crypto::hex(&root),
        scan::root_text(old)
    );
    Err(Found::new(LogReason::Forked, "log", detail))
}

fn included(
    proof: &OfflineProof,
    certificate: &[u8],
    key: &VerifierKey,
    view: &mut VerdictView,
) -> Result<(), Failure> {
    let head = match Checkpoint::verified(proof.checkpoint.as_bytes(), key) {
        Ok(head) => head,
        Err(error) => {
            view.problems.push(unsigned(&error));
            return Ok(());
        }
    };
    let leaf = hash_of(certificate)
        .ok_or_else(|| Failure::input("this is no certificate that a log can hold"))?;
    view.size = Some(head.size);
    view.root = Some(scan::root_text(&head));
    match verify_inclusion((proof.index, head.size), &leaf, &proof.hashes, &head.root) {
        Ok(()) => view.held.push(format!(
            "the certificate is entry {} of {}",
            proof.index, head.size
        )),
        Err(error) => {
            let found = Found::new(LogReason::Proof, "certificate", error.to_string());
            view.problems.push(found);
        }
    }
    Ok(())
}

fn unsigned(error: &NoteError) -> Found {
    Found::new(LogReason::Signature, "checkpoint", error.to_string())
}

fn consistent(
    env: &Env,
    (path, since): (&Path, &[PathBuf]),
    key: &VerifierKey,
    view: &mut VerdictView,
) -> Result<String, Failure> {
    let [since] = since else {
        return Err(Failure::usage(
            "a consistency proof is about one older checkpoint",
        ));
    };
    let old = read_checkpoint(env, since, key)?;
    let source = env.source(path)?;
    let bad = |problem: &str| {
        Failure::input(problem.to_owned()).context(format!("cannot use `{}`", source.name()))
    };
    let text = std::str::from_utf8(source.bytes()).map_err(|_| bad("it is no UTF-8"))?;
    let (lines, checkpoint) = text
        .split_once("\n\n")
        .ok_or_else(|| bad("it holds no checkpoint"))?;
    let mut lines = lines.lines();
    let size = lines.next().and_then(|line| line.strip_prefix("old "));
    if size.and_then(|size| size.parse().ok()) != Some(old.size) {
        return Err(bad("it is about another older checkpoint"));
    }
    let hashes: Option<Vec<Hash>> = lines
        .map(|line| STANDARD.decode(line).ok()?.try_into().ok())
        .collect();
    let hashes = hashes.ok_or_else(|| bad("a line is no SHA-256 in base64"))?;
    let head = match Checkpoint::verified(checkpoint.as_bytes(), key) {
        Ok(head) => head,
        Err(error) => {
            view.problems.push(unsigned(&error));
            return Ok(checkpoint.to_owned());
        }
    };
    view.size = Some(head.size);
    view.root = Some(scan::root_text(&head));
    match verify_consistency((old.size, head.size), &old.root, &head.root, &hashes) {
        Ok(()) => view.held.push(format!(
            "the log of {} entries holds the {} of the older checkpoint",
            head.size, old.size
        )),
        Err(error) => {
            let reason = match error {
                crate::cert::issuance_log::ProofError::Shrunk { .. } => LogReason::Behind,
                _ => LogReason::Proof,
            };
            view.problems
                .push(Found::new(reason, "log", error.to_string()));
        }
    }
    Ok(checkpoint.to_owned())
}
