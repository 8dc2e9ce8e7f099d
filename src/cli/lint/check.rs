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
use crate::cli::outcome::{Body, NewFile, Outcome};
use crate::kernel::crypto::sha256;
use crate::kernel::finding::{self, Severity, suppression};
use crate::kernel::fs::{Privacy, Replace};
use crate::kernel::record::{Decision, Verdict};
use crate::kernel::report::{Note, Report};
use crate::kernel::source::Source;
use crate::lint::fix::{self, Level};
use crate::lint::rules::{self, Persona};
use crate::lint::{self, Options};

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
    /// For whom: regular, pedantic (what could be stricter, too) or auditor (what a person should look at, too)
    #[arg(long, value_name = "WHO", value_parser = persona, default_value = "regular")]
    persona: Persona,
    /// Edit the files: safe fixes change nothing that works, `all` may refuse what works today
    #[arg(long, value_name = "WHICH", num_args = 0..=1, require_equals = true, default_missing_value = "safe", value_parser = level)]
    fix: Option<Level>,
    /// Let the run pass although documents were not read; they are listed all the same
    #[arg(long)]
    skip_unread: bool,
    #[command(flatten)]
    clock: Clock,
}

/// Runs the verb.
pub(super) fn run(env: &Env, args: GateArgs) -> Result<Outcome, Failure> {
    let mut options = args.facts.options(env)?;
    options.now = args.clock.at.or(options.now);
    let (sources, unread) = sources(env, &args.paths)?;
    let (mut sources, mut edits) = (sources, 0);
    let originals = sources.clone();
    let mut outcome = found(env, &args, &options, &sources)?;
    if let Some(level) = args.fix {
        refuse_stdin(&args)?;
        // What one round uncovers the next may fix; a fix that brings itself about again must not go on forever.
        for _ in 0..ROUNDS {
            let Some(round) = fix::apply(&sources, &outcome.findings, level) else {
                break;
            };
            sources = round.sources;
            edits += round.edits;
            outcome = found(env, &args, &options, &sources)?;
        }
    }
    outcome.notes.splice(0..0, unread);
    if outcome.resources() == 0 && outcome.findings.is_empty() {
        return Err(nothing(sources.len(), &outcome.notes));
    }
    let mut files = args.known.written(&outcome.findings);
    files.extend(edited(&originals, &sources));
    if args.fix.is_some() {
        env.note(&format!("{edits} fixed; what follows is what is left"));
    }
    let mut report = Report {
        findings: outcome.findings,
        notes: outcome.notes,
        counts: outcome.counts,
    };
    let threshold = args
        .gate
        .fail_on
        .unwrap_or_else(|| env.settings.lint_fail_on());
    let (exit, verdict) = judge(&report, threshold, &args, &sources);
    if verdict.decision == Decision::Unknown {
        report.notes.extend(undecided(&report));
    }
    Ok(Outcome {
        exit,
        body: Body::Findings(report),
        verdicts: vec![verdict],
        files,
    })
}

/// Why nothing fails and nothing passes.
fn undecided(report: &Report) -> Option<Note> {
    let open = report.findings.iter();
    let open = open.filter(|finding| finding.is_active() && finding.undecided);
    let rules: Vec<&str> = open.map(|finding| finding.rule.id).collect();
    let names: BTreeSet<&str> = rules.iter().copied().collect();
    let names: Vec<&str> = names.into_iter().collect();
    (!rules.is_empty()).then(|| Note {
        code: "undecided",
        message: format!(
            "{} cannot be decided by what is in the input ({}), so that this is no pass: say what it lacks with `--assume`",
            match rules.len() {
                1 => "1 finding".to_owned(),
                count => format!("{count} findings"),
            },
            names.join(", ")
        ),
        location: None,
    })
}

/// How often the files are fixed and read again.
const ROUNDS: usize = 8;

/// Lints the inputs; sets aside what comments and the baseline set aside, and leaves out what the persona does not ask for.
fn found(
    env: &Env,
    args: &GateArgs,
    options: &Options,
    sources: &[Arc<Source>],
) -> Result<lint::Outcome, Failure> {
    let mut outcome = lint::lint(sources, options);
    if !args.known.no_ignores {
        let known = |id: &str| rules::rule(id).is_some();
        let today = args.clock.at.unwrap_or(env.now);
        suppression::apply(&mut outcome.findings, &outcome.comments, &known, today);
    }
    let wanted = |id: &str| rules::persona(id) <= args.persona;
    outcome.findings.retain(|finding| wanted(finding.rule.id));
    finding::sort(&mut outcome.findings);
    args.known.apply(env, &mut outcome.findings)?;
    Ok(outcome)
}

fn persona(text: &str) -> Result<Persona, String> {
    match text {
        "regular" => Ok(Persona::Regular),
        "pedantic" => Ok(Persona::Pedantic),
        "auditor" => Ok(Persona::Auditor),
        _ => Err(format!("`{text}` is none of regular, pedantic, auditor")),
    }
}

fn level(text: &str) -> Result<Level, String> {
    match text {
        "safe" => Ok(Level::Safe),
        "all" => Ok(Level::All),
        _ => Err(format!("`{text}` is none of safe, all")),
    }
}

fn refuse_stdin(args: &GateArgs) -> Result<(), Failure> {
    if args.paths.iter().any(|path| path.as_os_str() == "-") {
        return Err(Failure::usage("standard input cannot be fixed")
            .hint("name the files or folders to fix"));
    }
    Ok(())
}

/// The files that were fixed, links followed: a link stays one.
fn edited(originals: &[Arc<Source>], sources: &[Arc<Source>]) -> Vec<NewFile> {
    let pairs = originals.iter().zip(sources);
    let changed = pairs.filter(|(original, source)| original.bytes() != source.bytes());
    changed
        .map(|(_, source)| {
            let path = PathBuf::from(source.name());
            NewFile {
                path: path.canonicalize().unwrap_or(path),
                bytes: source.bytes().to_vec().into(),
                privacy: Privacy::Shared,
                replace: Replace::Always,
            }
        })
        .collect()
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
