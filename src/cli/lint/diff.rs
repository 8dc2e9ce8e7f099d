//! `countersign lint diff`: what a change of the manifests opens.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args as ClapArgs, ValueEnum};
use serde_json::{Value, json};

use super::facts::{Facts, nothing, unread};
use super::reach::{path_json, ports_json, reasons_json, told_reason};
use super::revision;
use crate::cli::args::Format;
use crate::cli::env::Env;
use crate::cli::error::Failure;
use crate::cli::exit::ExitCode;
use crate::cli::outcome::{Outcome, View};
use crate::cli::paint::{Paint, Tone};
use crate::kernel::crypto::sha256;
use crate::kernel::finding::{Finding, fingerprint::wherever};
use crate::kernel::record::{Decision, Verdict};
use crate::kernel::report::markdown::escape;
use crate::kernel::report::sanitize;
use crate::kernel::source::Source;
use crate::lint::exposure_diff::{self, Change, ExposureDiff, LostMtls};
use crate::lint::reachability::{Reachability, Reason};
use crate::lint::worlds::{self, World};
use crate::lint::{self, documents, index};

/// The formats of a difference.
pub(super) const FORMATS: &[Format] = &[Format::Human, Format::Json, Format::Markdown];

/// Tell what a change of the manifests opens
///
/// Compares two folders, or two revisions of the repository: which paths opened and closed, which workloads no longer
/// take mTLS alone, which findings are new. The gate fails on what widens, never on what was open before.
#[derive(Debug, ClapArgs)]
#[command(after_long_help = "Examples:
  countersign lint diff before/ after/
  countersign lint diff origin/main HEAD --path deploy/ --format markdown

Exit codes: 0 nothing of --fail-on, 1 something, 2 cannot answer, 3 no Kubernetes resource after the change")]
pub(crate) struct Args {
    /// The state before: a folder or a git revision
    #[arg(value_name = "BASE")]
    base: String,
    /// The state after: a folder or a git revision [default: the working tree]
    #[arg(value_name = "HEAD")]
    head: Option<String>,
    /// Only what is below this path of both states; repeatable
    #[arg(long, value_name = "PATH")]
    path: Vec<PathBuf>,
    #[command(flatten)]
    facts: Facts,
    /// Let the run pass although documents were not read; they are listed all the same
    #[arg(long)]
    skip_unread: bool,
    /// What fails the run
    #[arg(long, value_enum, value_name = "WHAT", default_value = "widened")]
    fail_on: FailOn,
    /// Exit with 0 even if something would fail the run
    #[arg(long)]
    exit_zero: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FailOn {
    /// A path that opened, or mTLS that was lost
    Widened,
    /// A finding that was not there before
    Findings,
    /// Either
    Any,
}

/// Runs the verb.
pub(super) fn run(env: &Env, args: Args) -> Result<Outcome, Failure> {
    let mut options = args.facts.options(env)?;
    let head = match &args.head {
        Some(head) => head.clone(),
        None => revision::working_tree(&args.base)?,
    };
    let (before, mut notes) = revision::read(env, &args.base, &args.path)?;
    let (after, more) = revision::read(env, &head, &args.path)?;
    notes.extend(more);
    // A state is named from its own root; only a folder that was named has another one above it.
    let root = |state: Option<&String>| {
        let folder = state.map(|state| env.cwd.join(state));
        folder.filter(|folder| folder.is_dir()).unwrap_or_default()
    };
    let mut roots = [root(Some(&args.base)), root(args.head.as_ref())];
    // Where one folder is called like a folder of worlds and the other is not, both hold what the one holds.
    let [was, is] = &mut roots;
    match (
        worlds::split(&before, was).len(),
        worlds::split(&after, is).len(),
    ) {
        (1, 2..) => was.clone_from(is),
        (2.., 1) => is.clone_from(was),
        _ => {}
    }
    let doubts = [worlds::doubts(&before, was), worlds::doubts(&after, is)];
    notes.extend(doubts.into_iter().flatten());
    let assumptions = args.facts.network();
    let mut exposures = Vec::new();
    let mut resources = 0;
    let [was, is] = &roots;
    for pair in pairs((&before, was), (&after, is)) {
        let [old_documents, new_documents] =
            [&pair.before, &pair.after].map(|sources| documents::read(sources));
        let [old_model, new_model] =
            [&old_documents, &new_documents].map(|documents| index::build(documents, &options));
        for (documents, model) in [(&old_documents, &old_model), (&new_documents, &new_model)] {
            notes.extend(documents.notes.iter().chain(&model.notes).cloned());
        }
        resources += new_model.resources.len();
        let [old, new] =
            [&old_model, &new_model].map(|model| Reachability::new(model, &assumptions));
        exposures.push((pair.world, exposure_diff::diff(&old, &new)));
    }
    if resources == 0 {
        return Err(nothing(after.len(), &notes));
    }
    let findings = new_findings((&before, was), (&after, is), &mut options);
    let widened = exposures.iter().any(|(_, exposure)| exposure.is_wider());
    let fails = match args.fail_on {
        FailOn::Widened => widened,
        FailOn::Findings => !findings.is_empty(),
        FailOn::Any => widened || !findings.is_empty(),
    };
    let unread = unread(&notes, args.skip_unread);
    let limits = exposures.iter().flat_map(|(_, exposure)| &exposure.limits);
    let unsettled = limits.map(told_reason).next();
    let (exit, decision) = match (fails, unread.as_ref().or(unsettled.as_ref())) {
        (true, _) if args.exit_zero => (ExitCode::Yes, Decision::No),
        (true, _) => (ExitCode::No, Decision::No),
        (false, Some(_)) => (ExitCode::CannotAnswer, Decision::Unknown),
        (false, None) => (ExitCode::Yes, Decision::Yes),
    };
    let digests: Vec<u8> = before
        .iter()
        .chain(&after)
        .flat_map(|source| sha256(source.bytes()))
        .collect();
    let mut verdict = Verdict::new("lint-diff", format!("{}..{head}", args.base), &digests);
    verdict.decision = decision;
    let view = DiffView {
        exposures,
        findings,
        unread,
    };
    Ok(Outcome::verdict(exit, view, verdict))
}

/// The files of a state, and the folder that they are below.
type State<'s> = (&'s [Arc<Source>], &'s Path);

/// One world in both states.
struct Pair {
    world: Option<String>,
    before: Vec<Arc<Source>>,
    after: Vec<Arc<Source>>,
}

/// The worlds of both states, by name. One that a state lacks is empty there; a state that is one world is compared with
/// each of the other's.
fn pairs(before: State<'_>, after: State<'_>) -> Vec<Pair> {
    let [before, after] = [before, after].map(|(sources, root)| worlds::split(sources, root));
    let names: BTreeSet<&Option<String>> = before
        .iter()
        .chain(&after)
        .map(|world| &world.name)
        .filter(|name| name.is_some() || (before.len() == 1 && after.len() == 1))
        .collect();
    let of = |worlds: &[World], name: &Option<String>| match worlds {
        [only] => only.sources.clone(),
        several => several
            .iter()
            .find(|world| world.name == *name)
            .map_or_else(Vec::new, |world| world.sources.clone()),
    };
    names
        .into_iter()
        .map(|name| Pair {
            world: name.clone(),
            before: of(&before, name),
            after: of(&after, name),
        })
        .collect()
}

/// What is found after and was not before, in the same file or in another.
fn new_findings(before: State<'_>, after: State<'_>, options: &mut lint::Options) -> Vec<Finding> {
    options.base = before.1.to_owned();
    let known = lint::lint(before.0, options).findings;
    let known: BTreeSet<String> = wherever(&known).into_iter().collect();
    options.base = after.1.to_owned();
    let found = lint::lint(after.0, options).findings;
    let prints = wherever(&found);
    let new = found.into_iter().zip(prints);
    new.filter(|(_, print)| !known.contains(print))
        .map(|(finding, _)| finding)
        .collect()
}

/// What changed: `countersign/exposure-diff/v1`.
struct DiffView {
    /// A world each; without a name where there is one.
    exposures: Vec<(Option<String>, ExposureDiff)>,
    findings: Vec<Finding>,
    unread: Option<String>,
}

/// Changes of all worlds, each with its own.
type Changed<'v> = Vec<(&'v Option<String>, &'v Change)>;

impl View for DiffView {
    fn human(&self, paint: &mut Paint) {
        for (tone, word, changes) in [
            (Tone::Bad, "opened", self.widened()),
            (Tone::Good, "closed", self.narrowed()),
        ] {
            for (world, change) in changes {
                paint.toned(tone, word, &format!(": {}{}", within(world), told(change)));
                for reason in &change.path.reasons {
                    paint.line(&format!("    {}", told_reason(reason)));
                }
            }
        }
        for (world, exposure) in &self.exposures {
            let world = within(world);
            for offered in &exposure.offered {
                let text = format!(": {world}{}", told_reason(offered));
                paint.toned(Tone::Bad, "offered outside", &text);
            }
            for lost in &exposure.lost_mtls {
                let ports = match ports_of(lost).as_slice() {
                    [] => String::new(),
                    ports => format!(" (ports: {})", ports.join(", ")),
                };
                let text = format!(": {world}{}{ports}", lost.workload);
                paint.toned(Tone::Bad, "lost mTLS", &text);
                for fact in &lost.evidence {
                    paint.line(&format!("    {fact}"));
                }
            }
            for admitted in &exposure.admitted {
                let text = format!(": {world}{} admits {}", admitted.workload, admitted.text);
                paint.toned(Tone::Bad, "admits more", &text);
            }
            for limit in &exposure.limits {
                let text = format!(": {world}{}", told_reason(limit));
                paint.toned(Tone::Warn, "not settled", &text);
            }
        }
        for finding in &self.findings {
            let word = format!("new {}[{}]", finding.severity, finding.rule.id);
            paint.toned(
                Tone::Warn,
                &word,
                &format!(": {}{}", place(finding), finding.message),
            );
        }
        if let Some(unread) = &self.unread {
            paint.toned(Tone::Warn, "not read", &format!(": {unread}"));
        }
        paint.line(&self.summary());
    }

    fn json(&self) -> Value {
        let changes = |changes: Changed<'_>| -> Value {
            let one = |(world, change): (&Option<String>, &Change)| {
                let mut path = path_json((None, &change.path));
                path["world"] = json!(world);
                json!({
                    "path": path,
                    "ports": ports_json(&change.ports),
                    "of_new_workload": change.is_of_new_workload,
                })
            };
            changes.into_iter().map(one).collect()
        };
        let (mut lost, mut admission, mut offered) = (Vec::new(), Vec::new(), Vec::new());
        let mut limits = Vec::new();
        for (world, exposure) in &self.exposures {
            lost.extend(exposure.lost_mtls.iter().map(|lost| {
                json!({
                    "world": world,
                    "workload": lost.workload.to_string(),
                    "ports": ports_of(lost),
                    "certain": lost.is_certain,
                    "evidence": lost.evidence,
                })
            }));
            admission.extend(exposure.admitted.iter().map(|one| {
                json!({"world": world, "workload": one.workload.to_string(), "text": one.text})
            }));
            let placed = |reason: &Reason| Reason {
                text: format!("{}{}", within(world), reason.text),
                place: reason.place.clone(),
            };
            offered.extend(exposure.offered.iter().map(placed));
            limits.extend(exposure.limits.iter().map(placed));
        }
        let finding = |finding: &Finding| {
            json!({
                "rule": finding.rule.id,
                "severity": finding.severity.name(),
                "message": finding.message,
                "place": place(finding).trim_end_matches(": "),
            })
        };
        json!({
            "schema": "countersign/exposure-diff/v1",
            "widened": changes(self.widened()),
            "narrowed": changes(self.narrowed()),
            "offered": reasons_json(&offered),
            "lost_mtls": lost,
            "admission": admission,
            "limits": reasons_json(&limits),
            "new_findings": self.findings.iter().map(finding).collect::<Value>(),
            "unread": self.unread,
        })
    }

    fn drawn(&self, format: Format) -> Option<Vec<u8>> {
        (format == Format::Markdown).then(|| self.markdown().into_bytes())
    }
}

/// A world before what is said of it.
fn within(world: &Option<String>) -> String {
    world
        .as_ref()
        .map_or_else(String::new, |world| format!("{world}: "))
}

impl DiffView {
    fn widened(&self) -> Changed<'_> {
        let each = self.exposures.iter();
        each.flat_map(|(world, one)| one.widened.iter().map(move |change| (world, change)))
            .collect()
    }

    fn narrowed(&self) -> Changed<'_> {
        let each = self.exposures.iter();
        each.flat_map(|(world, one)| one.narrowed.iter().map(move |change| (world, change)))
            .collect()
    }

    fn summary(&self) -> String {
        let counted = |of: fn(&ExposureDiff) -> usize| -> usize {
            self.exposures.iter().map(|(_, one)| of(one)).sum()
        };
        let lost = counted(|one| one.lost_mtls.len());
        // What is rare is counted where there is some: beside it nothing may say that all is as before.
        let rare = [
            (counted(|one| one.admitted.len()), "more admitted, "),
            (counted(|one| one.offered.len()), "offered outside, "),
        ];
        let rare = rare.into_iter().filter(|(count, _)| *count > 0);
        let rare: String = rare
            .map(|(count, what)| format!("{count} {what}"))
            .collect();
        format!(
            "{} paths opened, {rare}{} closed, {lost} workloads lost mTLS, {} new findings",
            self.widened().len(),
            self.narrowed().len(),
            self.findings.len()
        )
    }

    /// A summary for a pull request.
    fn markdown(&self) -> String {
        let cell = |text: &str| escape(&sanitize::line(text));
        let mut text = format!("### {}\n", self.summary());
        for (title, changes) in [("Opened", self.widened()), ("Closed", self.narrowed())] {
            if changes.is_empty() {
                continue;
            }
            text.push_str(&format!(
                "\n**{title}**\n\n| from | to | ports | by |\n|---|---|---|---|\n"
            ));
            for (world, change) in changes {
                let reasons: Vec<String> = change.path.reasons.iter().map(told_reason).collect();
                text.push_str(&format!(
                    "| {} | {} | {} | {} |\n",
                    cell(&format!("{}{}", within(world), change.path.source)),
                    cell(&change.path.destination.to_string()),
                    cell(&change.ports.to_string()),
                    cell(&reasons.join("; "))
                ));
            }
        }
        for (world, exposure) in &self.exposures {
            let world = within(world);
            let mut item = |what: &str, said: String| {
                text.push_str(&format!(
                    "\n- {what}: {}\n",
                    cell(&format!("{world}{said}"))
                ));
            };
            for offered in &exposure.offered {
                item("**offered outside**", told_reason(offered));
            }
            for lost in &exposure.lost_mtls {
                item("**lost mTLS**", lost.workload.to_string());
            }
            for admitted in &exposure.admitted {
                let said = format!("{} admits {}", admitted.workload, admitted.text);
                item("**admits more**", said);
            }
            for limit in &exposure.limits {
                item("not settled", told_reason(limit));
            }
        }
        for finding in &self.findings {
            let message = cell(&format!("{}{}", place(finding), finding.message));
            text.push_str(&format!(
                "\n- new {} `{}`: {message}\n",
                finding.severity, finding.rule.id
            ));
        }
        if let Some(unread) = &self.unread {
            text.push_str(&format!("\n- not read: {}\n", cell(unread)));
        }
        text
    }
}

fn ports_of(lost: &LostMtls) -> Vec<String> {
    let name =
        |port: &Option<u16>| port.map_or_else(|| "other".to_owned(), |port| port.to_string());
    lost.ports.iter().map(name).collect()
}

fn told(change: &Change) -> String {
    let new = if change.is_of_new_workload {
        ", of a workload that one state lacks"
    } else {
        ""
    };
    let perhaps = if change.path.surely.is_empty() {
        ", perhaps"
    } else {
        ""
    };
    format!(
        "{} -> {}: {}{perhaps}{new}",
        change.path.source, change.path.destination, change.ports
    )
}

fn place(finding: &Finding) -> String {
    finding.primary.as_ref().map_or_else(String::new, |place| {
        let position = place.source.position(place.span.start);
        format!("{}:{position}: ", place.source.name())
    })
}
