//! The witnesses of a log: the policy file, the checkpoint that they cosigned, and what the policy makes of one.

use std::path::{Path, PathBuf};

use super::scan::Found;
use super::view::VerdictView;
use crate::cert::issuance_log::{Checkpoint, LogReason, Note, VerifierKey, WitnessPolicy};
use crate::cli::cert::directory::Directory;
use crate::cli::env::Env;
use crate::cli::error::Failure;
use crate::kernel::fs::{self, FileError};

/// The policy in an authority's directory.
pub(super) const POLICY: &str = "witnesses.policy";
/// The checkpoint that the witnesses cosigned, beside the newest one.
const COSIGNED: &str = "log/checkpoint.cosigned";
const MAX_FILE: u64 = 1 << 18;

/// Whether an authority's directory demands witnesses.
pub(in crate::cli::cert) fn are_demanded(directory: &Directory) -> bool {
    directory.path.join(POLICY).exists()
}

/// The policy that counts: the one that is named, or that of the directory; None where there is neither.
pub(super) fn policy(
    env: &Env,
    named: Option<&Path>,
    directory: Option<&Directory>,
) -> Result<Option<WitnessPolicy>, Failure> {
    let (name, bytes) = match (named, directory) {
        (Some(path), _) => {
            let source = env.source(path)?;
            (source.name().to_owned(), source.bytes().to_vec())
        }
        (None, Some(directory)) => {
            let path = directory.path.join(POLICY);
            match optional(&path)? {
                Some(bytes) => (path.display().to_string(), bytes),
                None => return Ok(None),
            }
        }
        (None, None) => return Ok(None),
    };
    let policy = WitnessPolicy::parse(&bytes).map_err(|error| {
        Failure::input(error.to_string())
            .context(format!("`{name}` is not a policy about witnesses"))
            .hint("its lines are `log`, `witness NAME KEY URL`, `group NAME N MEMBER…` and `quorum NAME` (C2SP tlog-policy)")
    })?;
    Ok(Some(policy))
}

fn optional(path: &Path) -> Result<Option<Vec<u8>>, Failure> {
    match fs::read(path, MAX_FILE) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(FileError::Read { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => {
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

/// Where the cosigned checkpoint of a directory is.
pub(super) fn place(directory: &Directory) -> PathBuf {
    directory.path.join(COSIGNED)
}

/// The checkpoint that witnesses cosigned last, its log's signature verified; None if there is none.
pub(super) fn cosigned(directory: &Directory) -> Result<Option<(Checkpoint, String)>, Failure> {
    let path = place(directory);
    let Some(bytes) = optional(&path)? else {
        return Ok(None);
    };
    let checkpoint = Checkpoint::verified(&bytes, &directory.log).map_err(|error| {
        Failure::input(error.to_string())
            .context(format!("cannot use `{}`", path.display()))
            .hint("`cert log cosign` makes a new one once that file is away")
    })?;
    Ok(Some((
        checkpoint,
        String::from_utf8_lossy(&bytes).into_owned(),
    )))
}

/// Judges a checkpoint by a policy, for a verdict; whether enough witnesses cosigned it.
pub(super) fn judge(
    env: &Env,
    policy: &WitnessPolicy,
    (log, checkpoint): (&VerifierKey, &str),
    view: &mut VerdictView,
) -> bool {
    let found = |detail: String| Found::new(LogReason::NotCosigned, "checkpoint", detail);
    if !policy.allows(log) {
        let detail = format!("the policy is not about the log `{}`", log.name());
        view.problems.push(found(detail));
        return false;
    }
    let judged = Note::parse(checkpoint.as_bytes()).and_then(|note| policy.judge(&note, env.now));
    let judged = match judged {
        Ok(judged) => judged,
        Err(error) => {
            view.problems.push(found(error.to_string()));
            return false;
        }
    };
    for (label, at) in &judged.cosigned {
        view.held.push(format!("cosigned by `{label}` at {at}"));
    }
    view.notes.extend(judged.notes);
    let demand = policy.demand();
    if judged.holds {
        view.held.push(format!("the policy demands {demand}"));
    } else {
        let count = judged.cosigned.len();
        view.problems.push(found(format!(
            "the policy demands {demand}, and {count} of its witnesses cosigned"
        )));
    }
    judged.holds
}
