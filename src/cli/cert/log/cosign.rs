//! `countersign cert log cosign`.

use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::Args as ClapArgs;

use super::scan::Found;
use super::verify::extends;
use super::view::{VerdictView, verdict};
use super::witness;
use crate::cert::issuance_log::{
    Checkpoint, LogReason, Note, Witness, WitnessPolicy, consistency_proof,
};
use crate::cli::args::Network;
use crate::cli::cert::directory::{Directory, Store};
use crate::cli::env::Env;
use crate::cli::error::Failure;
use crate::cli::outcome::Outcome;
use crate::kernel::fs::{self, Privacy, Replace};
use crate::kernel::http::{Answer, Client, Outgoing, Policy};

/// Have the log's newest checkpoint cosigned by witnesses
///
/// A witness signs a checkpoint only if the log still holds all that the witness saw before, so that nobody can be shown a
/// second log. The policy names the witnesses, their keys and URLs, and how many are enough (C2SP tlog-policy); each is
/// sent the checkpoint and the proof that leads to it (C2SP tlog-witness). The cosigned checkpoint is kept beside the log,
/// and `cert log prove` puts it into its proofs.
#[derive(Debug, ClapArgs)]
#[command(after_long_help = "Examples:
  countersign cert log cosign --ca ca
  countersign cert log cosign --ca ca --witnesses witnesses.policy --timeout 5s

Exit codes: 0 enough witnesses cosigned, 1 not enough did, 2 cannot ask")]
pub(crate) struct Args {
    /// The authority's directory
    #[arg(long, value_name = "DIR")]
    ca: PathBuf,
    /// The policy that names the witnesses [default: `witnesses.policy` of the directory]
    #[arg(long, value_name = "FILE")]
    witnesses: Option<PathBuf>,
    #[command(flatten)]
    network: Network,
}

/// Runs the verb.
pub(super) fn run(env: &Env, args: &Args) -> Result<Outcome, Failure> {
    let directory = Directory::read(&args.ca)?;
    let policy = witness::policy(env, args.witnesses.as_deref(), Some(&directory))?;
    let policy = policy.ok_or_else(|| {
        Failure::usage("there is no policy that names witnesses").hint(format!(
            "write one to `{}`, or name it with `--witnesses FILE`",
            args.ca.join(witness::POLICY).display()
        ))
    })?;
    let reachable = |witness: &&Witness| witness.url.is_some() && witness.key.is_verifiable();
    if !policy.witnesses().iter().any(|witness| reachable(&witness)) {
        return Err(Failure::usage(
            "the policy names no witness that could be asked: none has a URL and a key for Ed25519",
        ));
    }
    let store = directory.store();
    let (head, checkpoint) = store.trusted_head()?;
    let mut view = VerdictView {
        name: directory.log.name().to_owned(),
        size: Some(head.size),
        root: Some(super::scan::root_text(&head)),
        ..VerdictView::default()
    };
    let before = witness::cosigned(&directory)?;
    if let Some((old, _)) = &before
        && let Err(found) = extends(&store, old, &head)
    {
        view.problems.push(found);
        return Ok(verdict("cert.log.cosign", view));
    }
    let client = env.client(
        &args.network,
        Policy {
            follow: false,
            max_bytes: 1 << 16,
            ..Policy::default()
        },
    )?;
    let asking = Asking {
        client,
        store: &store,
        head: &head,
        checkpoint: &checkpoint,
    };
    // What was cosigned of this very checkpoint before stays cosigned.
    let kept = before
        .as_ref()
        .filter(|(old, _)| *old == head)
        .and_then(|(_, text)| Note::parse(text.as_bytes()).ok());
    let mut note = checkpoint.clone();
    for witness in policy.witnesses() {
        let fresh =
            reachable(&witness).then(|| asking.ask(witness, known_size(before.as_ref(), witness)));
        match (fresh, &kept) {
            (Some(Ok(lines)), _) => note.push_str(&lines),
            (other, kept) => {
                view.problems.extend(other.and_then(Result::err));
                if let Some(kept) = kept {
                    note.push_str(&witness.key.lines(kept));
                }
            }
        }
    }
    let asked = std::mem::take(&mut view.problems);
    let enough = witness::judge(env, &policy, (&directory.log, &note), &mut view);
    keep(&directory, (&policy, env), (before, &note), enough)?;
    // One that saw another log is no matter of how many there are.
    for found in asked {
        let grave = matches!(found.reason, LogReason::Forked | LogReason::Behind);
        if enough && !grave {
            let note = format!("{}: {}", found.subject, found.detail);
            view.notes.push(note);
        } else {
            view.problems.push(found);
        }
    }
    Ok(verdict("cert.log.cosign", view))
}

/// Keeps the cosigned checkpoint, unless the one before is enough and this one is not.
fn keep(
    directory: &Directory,
    (policy, env): (&WitnessPolicy, &Env),
    (before, note): (Option<(Checkpoint, String)>, &str),
    enough: bool,
) -> Result<(), Failure> {
    let held = before.is_some_and(|(_, text)| {
        Note::parse(text.as_bytes())
            .and_then(|note| policy.judge(&note, env.now))
            .is_ok_and(|judged| judged.holds)
    });
    if held && !enough {
        return Ok(());
    }
    let path = witness::place(directory);
    fs::write(&path, note.as_bytes(), Privacy::Shared, Replace::Always)?;
    Ok(())
}

/// The size that a witness cosigned last, as far as it is known here.
fn known_size(before: Option<&(Checkpoint, String)>, witness: &Witness) -> u64 {
    let Some((old, text)) = before else { return 0 };
    let note = Note::parse(text.as_bytes());
    let cosigned = note.and_then(|note| witness.key.cosigned(&note));
    match cosigned {
        Ok(Some(_)) => old.size,
        _ => 0,
    }
}

/// A checkpoint that witnesses are asked about.
struct Asking<'a> {
    client: Client,
    store: &'a Store,
    head: &'a Checkpoint,
    checkpoint: &'a str,
}

impl Asking<'_> {
    /// Asks a witness; the lines of its signatures.
    fn ask(&self, witness: &Witness, known: u64) -> Result<String, Found> {
        let answer = self.post(witness, known)?;
        if answer.status != 409 {
            return self.read(witness, &answer);
        }
        // It saw another size last, and says which.
        let seen = size_in(&answer)
            .ok_or_else(|| refused(witness, "it answers 409 without the size that it cosigned"))?;
        if seen > self.head.size {
            let detail = format!(
                "it cosigned {seen} entries, and the log has {}",
                self.head.size
            );
            return Err(Found::new(LogReason::Behind, named(witness), detail));
        }
        if seen == known {
            return Err(self.forked(witness));
        }
        let answer = self.post(witness, seen)?;
        if answer.status == 409 && size_in(&answer) == Some(seen) {
            return Err(self.forked(witness));
        }
        self.read(witness, &answer)
    }

    fn forked(&self, witness: &Witness) -> Found {
        let detail = format!(
            "it cosigned another history of the {} entries than this log's",
            self.head.size
        );
        Found::new(LogReason::Forked, named(witness), detail)
    }

    fn post(&self, witness: &Witness, old: u64) -> Result<Answer, Found> {
        let mut tree = self.store.tree(self.head.size);
        // tlog-witness: no proof leads from nothing.
        let hashes = match old {
            0 => Ok(Vec::new()),
            _ => consistency_proof(old, self.head.size, |level, node| tree.node(level, node)),
        };
        let hashes =
            hashes.map_err(|error| Found::new(LogReason::Damaged, "log", error.to_string()))?;
        let lines: String = hashes
            .iter()
            .map(|hash| format!("{}\n", STANDARD.encode(hash)))
            .collect();
        let url = witness.url.as_deref().unwrap_or_default();
        let outgoing = Outgoing {
            method: "POST".to_owned(),
            url: format!("{}/add-checkpoint", url.trim_end_matches('/')),
            fields: vec![(
                "Content-Type".to_owned(),
                b"text/plain; charset=utf-8".to_vec(),
            )],
            body: format!("old {old}\n{lines}\n{}", self.checkpoint).into_bytes(),
        };
        let sent = self.client.send(outgoing);
        sent.map_err(|error| refused(witness, &error.to_string()))
    }

    fn read(&self, witness: &Witness, answer: &Answer) -> Result<String, Found> {
        let problem = match answer.status {
            200 => return self.cosignature(witness, &answer.body),
            400 => "it answers 400: it cannot read the request",
            403 => "it answers 403: it does not know this log, or takes no signature of its key",
            404 => {
                "it answers 404: it does not know this log; its operator needs the log's key from `ca.json`"
            }
            409 => "it answers 409 again: somebody else submits checkpoints of this log",
            422 => {
                let detail = "it answers 422: the log does not lead on from what it cosigned";
                return Err(Found::new(LogReason::Forked, named(witness), detail));
            }
            status => {
                return Err(refused(
                    witness,
                    &format!("it answers with status {status}"),
                ));
            }
        };
        Err(refused(witness, problem))
    }

    fn cosignature(&self, witness: &Witness, body: &[u8]) -> Result<String, Found> {
        let lines =
            std::str::from_utf8(body).map_err(|_| refused(witness, "its answer is no UTF-8"))?;
        let note = Note::parse(format!("{}{lines}", self.checkpoint).as_bytes())
            .map_err(|_| refused(witness, "its answer is no list of signatures"))?;
        match witness.key.cosigned(&note) {
            Ok(Some(_)) => Ok(witness.key.lines(&note)),
            Ok(None) => Err(refused(
                witness,
                "its answer holds no cosignature of its key",
            )),
            Err(error) => Err(refused(witness, &error.to_string())),
        }
    }
}

fn named(witness: &Witness) -> String {
    format!("witness {}", witness.label)
}

fn refused(witness: &Witness, problem: &str) -> Found {
    Found::new(LogReason::NotCosigned, named(witness), problem)
}

/// The size in the body of a 409: a number without leading zeros, and a line end.
fn size_in(answer: &Answer) -> Option<u64> {
    let text = std::str::from_utf8(&answer.body).ok()?;
    let digits = text.strip_suffix('\n').unwrap_or(text);
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit())
        && (digits == "0" || !digits.starts_with('0'));
    digits.parse().ok().filter(|_| plain)
}
