//! `countersign cert log watch`.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args as ClapArgs;

use super::scan::{Contents, entries};
use super::verify::{extends, read_checkpoint};
use super::view::{VerdictView, WatchView, verdict};
use super::wild;
use crate::cert::issuance_log::{Baseline, WatchOptions};
use crate::cli::cert::directory::Directory;
use crate::cli::env::Env;
use crate::cli::error::Failure;
use crate::cli::exit::ExitCode;
use crate::cli::outcome::Outcome;
use crate::kernel::arrange::Arrange as _;
use crate::kernel::crypto::hex;
use crate::kernel::record::{Decision, Verdict};
use crate::kernel::time::parse_duration;

/// Look for what is unusual in the log
///
/// New names, keys certified for two names or after they were revoked as compromised, lives far from the usual, bursts, foreign issuers, names that changed beside an
/// ID, serial numbers that repeat, certificates that were seen and never logged. `--since` learns from the entries before a
/// checkpoint and remarks on those after it.
#[derive(Debug, ClapArgs)]
#[command(after_long_help = "Examples:
  countersign cert log watch --ca ca --since yesterday.checkpoint
  countersign cert log watch --ca ca --since yesterday.checkpoint --seen captured/ --burst 20 --window 5m

Exit codes: 0 nothing unusual, 1 something is, 2 cannot answer")]
pub(crate) struct Args {
    /// The authority's directory
    #[arg(long, value_name = "DIR")]
    ca: PathBuf,
    /// A checkpoint of the log: what is older is learnt from
    #[arg(long, value_name = "FILE")]
    since: Option<PathBuf>,
    /// A file or directory with certificates that were seen; repeat for more
    #[arg(long, value_name = "PATH")]
    seen: Vec<PathBuf>,
    /// How many certificates are no burst yet
    #[arg(long, value_name = "N", default_value_t = 100)]
    burst: usize,
    /// Within which time
    #[arg(long, value_name = "DURATION", default_value = "1m", value_parser = parse_duration)]
    window: Duration,
    /// Also remark on what was issued at night (22:00 to 06:00 UTC) or at a week-end
    #[arg(long)]
    off_hours: bool,
}

/// Runs the verb.
pub(super) fn run(env: &Env, args: &Args) -> Result<Outcome, Failure> {
    let directory = Directory::read(&args.ca)?;
    let store = directory.store();
    let (head, _) = store.trusted_head()?;
    let mut broken = VerdictView {
        name: directory.log.name().to_owned(),
        size: Some(head.size),
        ..VerdictView::default()
    };
    let since = match &args.since {
        Some(path) => {
            let old = read_checkpoint(env, path, store.key())?;
            if let Err(found) = extends(&store, &old, &head) {
                broken.problems.push(found);
                return Ok(verdict("cert.log.watch", broken));
            }
            old.size
        }
        None => 0,
    };
    let authorities = [&directory.root, &directory.issuing];
    let options = WatchOptions {
        issuers: authorities.map(|authority| hex(&authority.key_id)).into(),
        burst: args.burst,
        window: args.window,
        since,
        off_hours: args.off_hours,
    };
    let mut baseline = Baseline::default();
    let mut contents = Contents::default();
    let read = entries(env, &store, &head, |index, bytes| {
        baseline.observe(index, bytes, &options);
        if !args.seen.is_empty() {
            contents.add(index, bytes);
        }
    });
    if let Err(found) = read {
        broken.problems.push(found);
        return Ok(verdict("cert.log.watch", broken));
    }
    let unlogged = wild::look(&args.seen, &directory, &contents)?.problems;
    let remarks = baseline.into_remarks();
    let mut record = Verdict::new("cert.log.watch", directory.log.name(), &head.root);
    let codes = remarks.iter().map(|remark| remark.anomaly.code());
    let codes = codes.chain(unlogged.iter().map(|found| found.reason.code()));
    record.reasons = codes.map(str::to_owned).collect();
    record.reasons.arrange();
    record.reasons.dedup();
    let quiet = record.reasons.is_empty();
    record.decision = if quiet { Decision::Yes } else { Decision::No };
    let exit = if quiet { ExitCode::Yes } else { ExitCode::No };
    let view = WatchView {
        name: directory.log.name().to_owned(),
        size: head.size,
        since,
        remarks,
        unlogged,
    };
    Ok(Outcome::verdict(exit, view, record))
}
