//! `countersign lint assert`: assertions about who reaches whom, held against the manifests.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args as ClapArgs;
use serde_json::{Value, json};

use super::cluster::Cluster;
use super::facts::nothing;
use super::reach::{path_json, reasons_json, told_path, told_reason};
use crate::cli::env::Env;
use crate::cli::error::Failure;
use crate::cli::exit::ExitCode;
use crate::cli::outcome::{Outcome, View};
use crate::cli::paint::{Paint, Tone};
use crate::kernel::crypto::sha256;
use crate::kernel::record::{Decision, Verdict};
use crate::kernel::source::Source;
use crate::lint::assertions::{self, AssertionError, Judgement};
use crate::lint::meshes::Meshes;
use crate::lint::reachability::{NetworkAlone, Reachability, Reason, Ruling};
use crate::lint::{documents, index, worlds};

/// Hold assertions about who reaches whom against the manifests
///
/// The file lists assertions: `only` a TARGET, `from` these callers; what a workload `calls`, `to` these targets;
/// `open` a TARGET, `from` these callers; `isolated` environments, each with its namespaces, also by way of pods that
/// belong to none of them. `over: mtls` adds that nothing else is on the wire. Each failure comes with its path.
#[derive(Debug, ClapArgs)]
#[command(after_long_help = "Examples:
  countersign lint assert assertions.yaml deploy/
  kustomize build overlays/production | countersign lint assert assertions.yaml -

Exit codes: 0 all hold, 1 one does not, 2 cannot answer, or the input does not decide, 3 no Kubernetes resource in the
input")]
pub(crate) struct Args {
    /// The file of assertions, YAML
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    cluster: Cluster,
}

/// Runs the verb.
pub(super) fn run(env: &Env, args: Args) -> Result<Outcome, Failure> {
    let options = args.cluster.facts.options(env)?;
    let file = env.source(&args.file)?;
    let located = |error: AssertionError| located(&file, &error);
    let assertions = assertions::read(&file).map_err(located)?;
    let (sources, mut notes) = args.cluster.read(env)?;
    let worlds = worlds::split(&sources, &options.base);
    notes.extend(worlds::doubts(&sources, &options.base));
    let mut in_worlds: Vec<Held> = Vec::new();
    let mut resources = 0;
    for world in &worlds {
        let documents = documents::read(&world.sources);
        let model = index::build(&documents, &options);
        notes.extend(documents.notes.iter().chain(&model.notes).cloned());
        resources += model.resources.len();
        let reachability = Reachability::new(&model, &args.cluster.facts.network());
        let mesh = Meshes::new(&model);
        let judged = assertions
            .iter()
            .map(|assertion| assertion.judge_part(&reachability, &mesh));
        in_worlds.push((world.name.clone(), judged.collect()));
    }
    if resources == 0 {
        return Err(nothing(sources.len(), &notes));
    }
    if worlds.len() > 1 {
        // What no world holds on its own may yet be one cluster.
        let documents = documents::read(&sources);
        let model = index::build(&documents, &options);
        let reachability = Reachability::new(&model, &args.cluster.facts.network());
        let together = assertions.iter().map(|assertion| {
            let judged = assertion.judge(&reachability, &NetworkAlone);
            judged.map(|judgement| (judgement.across(&worlds::names(&worlds)), None))
        });
        in_worlds.push((None, together.collect()));
    }
    let mut judged = joined(in_worlds, assertions.len()).map_err(located)?;
    for one in judged.iter_mut().filter(|one| one.ruling == Ruling::Proven) {
        one.remarks.extend(args.cluster.skipped(&notes));
    }
    let unread = args.cluster.is_unread(&notes);
    let is = |ruling: Ruling| judged.iter().any(|one| one.ruling == ruling);
    let (exit, decision) = if is(Ruling::Refuted) {
        (ExitCode::No, Decision::No)
    } else if is(Ruling::Undecided) || unread.is_some() {
        (ExitCode::CannotAnswer, Decision::Unknown)
    } else {
        (ExitCode::Yes, Decision::Yes)
    };
    let digests: Vec<u8> = sources
        .iter()
        .chain([&file])
        .flat_map(|source| sha256(source.bytes()))
        .collect();
    let mut verdict = Verdict::new("lint-assert", args.cluster.named(), &digests);
    verdict.decision = decision;
    let not_held = judged.iter().filter(|one| one.ruling != Ruling::Proven);
    verdict.reasons = not_held.map(|one| one.name.clone()).collect();
    Ok(Outcome::verdict(
        exit,
        AssertView { judged, unread },
        verdict,
    ))
}

/// A world, and what became of each assertion in it.
type Held = (
    Option<String>,
    Vec<Result<(Judgement, Option<AssertionError>), AssertionError>>,
);

/// The judgements of all worlds, assertion by assertion. What one world lacks is judged in the others, as far as it is
/// there; what each of them lacks is judged over all together, which comes last. A name that no world has is an error.
fn joined(mut worlds: Vec<Held>, assertions: usize) -> Result<Vec<Judgement>, AssertionError> {
    let together = if worlds.len() > 1 { worlds.pop() } else { None };
    let mut together = together.map(|(_, judged)| judged.into_iter());
    let mut worlds: Vec<_> = worlds
        .into_iter()
        .map(|(name, judged)| (name, judged.into_iter()))
        .collect();
    let mut all = Vec::new();
    for _ in 0..assertions {
        let across = together.as_mut().and_then(Iterator::next);
        let mut error = None;
        let before = all.len();
        // What every world lacks, beside its subject.
        let mut absent: Option<AssertionError> = None;
        let mut is_whole = false;
        // Where it was not judged, for want of its subject.
        let mut lacking = Vec::new();
        for (name, judged) in &mut worlds {
            match judged.next() {
                Some(Ok((judgement, lacks))) => {
                    is_whole |= lacks.is_none();
                    absent = absent.or(lacks);
                    all.push(Judgement {
                        world: name.clone(),
                        ..judgement
                    });
                }
                Some(Err(missing)) if missing.is_missing => {
                    let world = name.as_deref().unwrap_or_default();
                    lacking.push(format!("not judged in {world}: {missing}"));
                    error = Some(missing);
                }
                Some(Err(wrong)) => return Err(wrong),
                None => {}
            }
        }
        if let Some(last) = all.get_mut(before..).and_then(<[Judgement]>::last_mut) {
            last.remarks.extend(lacking.into_iter().map(Reason::absent));
        }
        let nowhere = error.filter(|_| all.len() == before);
        if let Some(error) = nowhere.or(absent.filter(|_| !is_whole)) {
            let across = across.unwrap_or(Err(error))?;
            all.extend((all.len() == before).then_some(across.0));
        }
    }
    Ok(all)
}

fn located(file: &Arc<Source>, error: &AssertionError) -> Failure {
    let position = file.position(error.span.start);
    Failure::input(format!("{}:{position}: {error}", file.name()))
}

/// What became of each assertion: `countersign/assertions/v1`.
struct AssertView {
    judged: Vec<Judgement>,
    unread: Option<String>,
}

impl View for AssertView {
    fn human(&self, paint: &mut Paint) {
        for one in &self.judged {
            let (tone, word) = match one.ruling {
                Ruling::Proven => (Tone::Good, "holds"),
                Ruling::Refuted => (Tone::Bad, "fails"),
                Ruling::Undecided => (Tone::Unverified, "undecided"),
            };
            let world = one.world.as_ref();
            let world = world.map_or_else(String::new, |world| format!("{world}: "));
            paint.toned(tone, word, &format!(": {world}{}", one.name));
            for chain in &one.chains {
                for path in chain {
                    told_path(paint, path);
                }
            }
            for remark in &one.remarks {
                paint.line(&format!("  {}", told_reason(remark)));
            }
        }
        if let Some(unread) = &self.unread {
            paint.toned(Tone::Warn, "not read", &format!(": {unread}"));
        }
        let count = |ruling: Ruling| {
            self.judged
                .iter()
                .filter(|one| one.ruling == ruling)
                .count()
        };
        paint.line(&format!(
            "{} hold, {} fail, {} undecided",
            count(Ruling::Proven),
            count(Ruling::Refuted),
            count(Ruling::Undecided)
        ));
    }

    fn json(&self) -> Value {
        let one = |one: &Judgement| {
            let chains = one.chains.iter().map(|chain| {
                let steps = chain.iter().map(|path| path_json((None, path)));
                steps.collect::<Value>()
            });
            json!({
                "world": one.world,
                "name": one.name,
                "ruling": one.ruling.name(),
                "chains": chains.collect::<Value>(),
                "remarks": reasons_json(&one.remarks),
            })
        };
        json!({
            "schema": "countersign/assertions/v1",
            "assertions": self.judged.iter().map(one).collect::<Value>(),
            "unread": self.unread,
        })
    }
}
