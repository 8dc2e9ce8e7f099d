//! `countersign lint PATH…`: the gate.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args as ClapArgs;

use super::facts::{Facts, nothing, sources};
use crate::cli::args::{Clock, Gate};
use crate::cli::baseline::Known;
use crate::cli::env::Env;
use crate::cli::error::Failure;
use crate::cli::exit::ExitCode;
use crate::cli::outcome::{Body, Outcome};
use crate::kernel::crypto::sha256;
use crate::kernel::finding::{Severity, suppression};
use crate::kernel::record::{Decision, Verdict};
use crate::kernel::report::Report;
use crate::kernel::source::Source;
use crate::lint::{self, rules};

/// What the gate takes.
#[derive(Debug, ClapArgs)]
pub(crate) struct GateArgs {
    /// Files, folders, or `-`
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    facts: Facts,
    #[command(flatten)]
    gate: Gate,
    #[command(flatten)]
    known: Known,
    /// Let the run pass although documents were not read; they are listed all the same
    #[arg(long)]
    skip_unread: bool,
    #[command(flatten)]
    clock: Clock,
}

/// Runs the verb.
pub(super) fn run(env: &Env, args: GateArgs) -> Result<Outcome, Failure> {
    let options = args.facts.options(env)?;
    let (sources, unread) = sources(env, &args.paths)?;
    let mut outcome = lint::lint(&sources, &options);
    outcome.notes.splice(0..0, unread);
    if outcome.resources() == 0 && outcome.findings.is_empty() {
        return Err(nothing(sources.len(), &outcome.notes));
    }
    if !args.known.no_ignores {
        let known = |id: &str| rules::rule(id).is_some();
        let today = args.clock.at.unwrap_or(env.now);
        suppression::apply(&mut outcome.findings, &outcome.comments, &known, today);
    }
    crate::kernel::finding::sort(&mut outcome.findings);
    args.known.apply(env, &mut outcome.findings)?;
    let files = args.known.written(&outcome.findings);
    let report = Report {
        findings: outcome.findings,
        notes: outcome.notes,
        counts: outcome.counts,
    };
    let threshold = args
        .gate
        .fail_on
        .unwrap_or_else(|| env.settings.lint_fail_on());
    let (exit, verdict) = judge(&report, threshold, &args, &sources);
    Ok(Outcome {
        exit,
        body: Body::Findings(report),
        verdicts: vec![verdict],
        files,
    })
}

/// What the gate says. What was not read or judged means that there is no answer, unless what was read fails already.
/// `--skip-unread` lets documents pass, never whole files.
fn judge(
    report: &Report,
    threshold: Severity,
    args: &GateArgs,
    sources: &[Arc<Source>],
) -> (ExitCode, Verdict) {
    let failing: BTreeSet<&str> = report
        .findings
        .iter()
        .filter(|finding| finding.is_active() && finding.severity >= threshold)
        .map(|finding| finding.rule.id)
        .collect();
    let unread = report
        .notes
        .iter()
        .any(|note| note.code == "unreadable-file" || (!args.skip_unread && note.is_failure()));
    let undecided: BTreeSet<&str> = report
        .findings
        .iter()
        .filter(|finding| finding.is_active() && finding.undecided)
        .map(|finding| finding.rule.id)
        .collect();
    let digests: Vec<u8> = sources
        .iter()
        .flat_map(|source| sha256(source.bytes()))
        .collect();
    let resource: Vec<_> = args
        .paths
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    let mut verdict = Verdict::new("lint", resource.join(" "), &digests);
    verdict.decision = match (failing.is_empty(), unread || !undecided.is_empty()) {
        (false, _) => Decision::No,
        (true, true) => Decision::Unknown,
        (true, false) => Decision::Yes,
    };
    let reasons = if failing.is_empty() {
        undecided
    } else {
        failing
    };
    verdict.reasons = reasons.into_iter().map(str::to_owned).collect();
    let exit = match verdict.decision {
        Decision::No if args.gate.exit_zero => ExitCode::Yes,
        Decision::No => ExitCode::No,
        Decision::Yes => ExitCode::Yes,
        Decision::Unknown => ExitCode::CannotAnswer,
    };
    (exit, verdict)
}
