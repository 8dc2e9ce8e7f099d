//! `countersign cert log prove`.

use std::path::PathBuf;

use clap::Args as ClapArgs;

use super::scan::{hash_of, index_of};
use super::view::VerdictView;
use super::witness;
use crate::cert::issuance_log::{
    Checkpoint, LogReason, OfflineProof, consistency_proof, inclusion_proof,
};
use crate::cli::cert::directory::{Directory, certificates};
use crate::cli::env::Env;
use crate::cli::error::{Failure, Kind};
use crate::cli::outcome::{Outcome, View};
use crate::cli::paint::Paint;
use crate::kernel::pem;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

/// Prove that a certificate is in the log, or that the log still holds what it held
///
/// For a certificate: a proof file (C2SP tlog-proof) with the signed checkpoint in it, which anyone can verify offline. With
/// `--since`: the hashes that lead from an older checkpoint to the newest, in the form that witnesses are sent. Where a policy
/// names witnesses, the checkpoint in the proof is the one that they cosigned.
#[derive(Debug, ClapArgs)]
#[command(after_long_help = "Examples:
  countersign cert log prove --ca ca svid/svid.pem -o svid/svid.tlog-proof
  countersign cert log prove --ca ca --since published-checkpoint

Exit codes: 0 proven, 2 cannot prove, also if the log does not hold the certificate")]
pub(crate) struct Args {
    /// The authority's directory
    #[arg(long, value_name = "DIR")]
    ca: PathBuf,
    /// The certificate (PEM, the first of a chain; or DER)
    #[arg(required_unless_present = "since", conflicts_with = "since")]
    certificate: Option<PathBuf>,
    /// An older checkpoint of the log
    #[arg(long, value_name = "FILE")]
    since: Option<PathBuf>,
    /// The policy that says which witnesses must have cosigned [default: `witnesses.policy` of the directory, if it is there]
    #[arg(long, value_name = "FILE", conflicts_with = "since")]
    witnesses: Option<PathBuf>,
}

struct ProofView {
    text: String,
    index: Option<u64>,
    size: u64,
    hashes: usize,
}

impl View for ProofView {
    fn human(&self, paint: &mut Paint) {
        paint.raw(&self.text);
    }

    fn bytes(&self) -> Option<&[u8]> {
        Some(self.text.as_bytes())
    }

    fn json(&self) -> Value {
        json!({
            "schema": "countersign/log-proof/v1",
            "index": self.index,
            "size": self.size,
            "hashes": self.hashes,
            "proof": self.text,
        })
    }
}

/// Runs the verb.
pub(super) fn run(env: &Env, args: &Args) -> Result<Outcome, Failure> {
    let directory = Directory::read(&args.ca)?;
    let store = directory.store();
    let (head, checkpoint) = store.trusted_head()?;
    let unreadable = |error: crate::cert::issuance_log::TileError| {
        Failure::input(error.to_string()).context("the issuance log cannot be read")
    };
    if let Some(path) = &args.since {
        let old = super::verify::read_checkpoint(env, path, directory.store().key())?;
        if old.size > head.size {
            return Err(Failure::input(format!(
                "the log has {} entries, and the checkpoint names {}",
                head.size, old.size
            )));
        }
        let mut tree = store.tree(head.size);
        let hashes = consistency_proof(old.size, head.size, |level, node| tree.node(level, node))
            .map_err(unreadable)?;
        let lines: String = hashes
            .iter()
            .map(|hash| format!("{}\n", STANDARD.encode(hash)))
            .collect();
        return Ok(Outcome::view(ProofView {
            text: format!("old {}\n{lines}\n{checkpoint}", old.size),
            index: None,
            size: head.size,
            hashes: hashes.len(),
        }));
    }
    let path = args.certificate.clone().unwrap_or_default();
    let certificate = read_certificate(env, &path)?;
    let leaf = hash_of(&certificate)
        .ok_or_else(|| Failure::input(format!("`{}` is no certificate", path.display())))?;
    let Some(index) = index_of(&store, head.size, &leaf).map_err(unreadable)? else {
        return Err(Failure::input(format!(
            "the log of {} entries does not hold this certificate",
            head.size
        ))
        .reason(LogReason::NotLogged.code()));
    };
    // The tiles are those of the newest tree, also where the proof is about an older one.
    let mut tree = store.tree(head.size);
    let (head, checkpoint) = match cosigned(env, args, &directory)? {
        Some((cosigned, _)) if cosigned.size <= index => {
            return Err(Failure::input(format!(
                "the entry {index} is newer than the {} that witnesses cosigned",
                cosigned.size
            ))
            .hint("`countersign cert log cosign` asks them")
            .reason(LogReason::NotCosigned.code()));
        }
        Some(cosigned) => {
            super::verify::extends(&store, &cosigned.0, &head).map_err(|found| {
                Failure::input(found.detail)
                    .context("the log does not hold what witnesses cosigned")
                    .reason(found.reason.code())
            })?;
            cosigned
        }
        None => (head, checkpoint),
    };
    let hashes = inclusion_proof(index, head.size, |level, node| tree.node(level, node))
        .map_err(unreadable)?;
    let count = hashes.len();
    let proof = OfflineProof {
        index,
        hashes,
        checkpoint,
    };
    Ok(Outcome::view(ProofView {
        text: proof.to_text(),
        index: Some(index),
        size: head.size,
        hashes: count,
    }))
}

/// The cosigned checkpoint, where a policy demands one; None where none does.
fn cosigned(
    env: &Env,
    args: &Args,
    directory: &Directory,
) -> Result<Option<(Checkpoint, String)>, Failure> {
    let policy = witness::policy(env, args.witnesses.as_deref(), Some(directory))?;
    let Some(policy) = policy.filter(|policy| policy.quorum() != "none") else {
        return Ok(None);
    };
    let failed = |problem: String| {
        Failure::input(problem)
            .context("the proof would not be accepted under the policy about witnesses")
            .hint("`countersign cert log cosign` asks them")
            .reason(LogReason::NotCosigned.code())
    };
    let (checkpoint, text) = witness::cosigned(directory)?
        .ok_or_else(|| failed("no checkpoint is cosigned yet".to_owned()))?;
    let mut view = VerdictView::default();
    if !witness::judge(env, &policy, (&directory.log, &text), &mut view) {
        let details = view.problems.into_iter().map(|found| found.detail);
        return Err(failed(details.collect::<Vec<_>>().join("; ")));
    }
    Ok(Some((checkpoint, text)))
}

/// The first certificate of a PEM text, or the one that DER is.
pub(crate) fn read_certificate(env: &Env, path: &std::path::Path) -> Result<Vec<u8>, Failure> {
    let source = env.source(path)?;
    if !pem::is_pem(source.bytes()) {
        return Ok(source.bytes().to_vec());
    }
    let ders = certificates(source.bytes(), source.name())?;
    ders.into_iter().next().ok_or_else(|| {
        Failure::new(
            Kind::Nothing,
            format!("`{}` holds no certificate", source.name()),
        )
    })
}
