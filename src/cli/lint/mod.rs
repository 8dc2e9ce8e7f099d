//! `countersign lint`.

mod inputs;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args as ClapArgs;

use inputs::Inputs;

use crate::cli::args::{Clock, Gate};
use crate::cli::baseline::Known;
use crate::cli::env::Env;
use crate::cli::error::{Failure, Kind};
use crate::cli::exit::ExitCode;
use crate::cli::outcome::{Body, Outcome};
use crate::kernel::crypto::sha256;
use crate::kernel::finding::{Severity, suppression};
use crate::kernel::record::{Decision, Verdict};
use crate::kernel::report::{Note, Report};
use crate::kernel::source::Source;
use crate::lint::{self, Mode, Options, rules};

/// Lint Kubernetes and Istio manifests
///
/// Computes what the manifests really enforce: the effective mTLS mode of each workload, who is isolated, which
/// policies allow everyone or select nothing. Folders are searched for *.yaml, *.yml and *.json; hidden files and
/// ignore files are not skipped. What the input lacks is said, never guessed.
#[derive(Debug, ClapArgs)]
#[command(after_long_help = "Examples:
  countersign lint deploy/
  helm template chart/ | countersign lint --assume mesh-mtls=strict -

Exit codes: 0 nothing at or above --fail-on, 1 findings, 2 cannot answer, 3 no Kubernetes resource in the input")]
pub(crate) struct Args {
    /// Files, folders, or `-`
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,
    /// The mesh's root namespace [default: istio-system]
    #[arg(long, value_name = "NAMESPACE")]
    root_namespace: Option<String>,
    /// What the input does not say: mesh-mtls=strict, =permissive or =disable, or root-namespace=NAME
    #[arg(long, value_name = "FACT=VALUE", value_parser = assumption)]
    assume: Vec<Assumption>,
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

/// Something that the caller knows about the cluster.
#[derive(Debug, Clone)]
enum Assumption {
    MeshMtls(Mode),
    RootNamespace(String),
}

fn assumption(text: &str) -> Result<Assumption, String> {
    match text.split_once('=') {
        Some(("mesh-mtls", mode)) => mesh_mode(mode).map(Assumption::MeshMtls),
        Some(("root-namespace", name)) if !name.is_empty() => {
            Ok(Assumption::RootNamespace(name.to_owned()))
        }
        _ => Err("write `mesh-mtls=strict`, `mesh-mtls=permissive`, `mesh-mtls=disable` or `root-namespace=NAME`".to_owned()),
    }
}

fn mesh_mode(name: &str) -> Result<Mode, String> {
    Mode::from_name(&name.to_ascii_uppercase())
        .ok_or_else(|| format!("`{name}` is none of strict, permissive, disable"))
}

/// Runs the verb.
pub(super) fn run(env: &Env, args: Args) -> Result<Outcome, Failure> {
    let options = options(env, &args)?;
    let mut inputs = Inputs::default();
    for path in &args.paths {
        inputs.add(env, path)?;
    }
    let sources = inputs.read(env);
    let mut outcome = lint::lint(&sources, &options);
    outcome.notes.splice(0..0, inputs.notes);
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

fn options(env: &Env, args: &Args) -> Result<Options, Failure> {
    let configured = env.settings.lint_mesh_mtls().map(mesh_mode).transpose();
    let mut options = Options {
        root_namespace: env.settings.lint_root_namespace().to_owned(),
        assume_mesh_mtls: configured.map_err(|error| {
            Failure::new(Kind::Configuration, format!("`lint.mesh-mtls`: {error}"))
        })?,
    };
    for assumption in &args.assume {
        match assumption {
            Assumption::MeshMtls(mode) => options.assume_mesh_mtls = Some(*mode),
            Assumption::RootNamespace(name) => options.root_namespace.clone_from(name),
        }
    }
    if let Some(name) = &args.root_namespace {
        options.root_namespace.clone_from(name);
    }
    Ok(options)
}

/// Why there is nothing to judge: nobody could read it, or it is not there.
fn nothing(files: usize, notes: &[Note]) -> Failure {
    if let Some(note) = notes.iter().find(|note| note.is_failure()) {
        let place = note.location.as_ref().map_or_else(String::new, |place| {
            let position = place.source.position(place.span.start);
            format!("{}:{position}: ", place.source.name())
        });
        return Failure::input(format!(
            "no manifest could be read: {place}{}",
            note.message
        ));
    }
    let what = match files {
        0 => "no manifest matched: the paths hold no *.yaml, *.yml or *.json".to_owned(),
        1 => "the input holds no Kubernetes resource".to_owned(),
        many => format!("none of the {many} files holds a Kubernetes resource"),
    };
    Failure::new(Kind::Nothing, what).hint(
        "name the folder of the manifests; for a chart: `helm template CHART | countersign lint -`",
    )
}

/// What the gate says. What was not read or judged means that there is no answer, unless what was read fails already.
/// `--skip-unread` lets documents pass, never whole files.
fn judge(
    report: &Report,
    threshold: Severity,
    args: &Args,
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
