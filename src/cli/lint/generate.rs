//! `countersign lint generate`: the smallest policies under which wanted connections work.

use std::path::PathBuf;
use std::sync::Arc;

use clap::{ArgGroup, Args as ClapArgs};
use serde_json::{Value, json};

use super::cluster::Cluster;
use super::facts::nothing;
use super::reach::several;
use crate::cli::env::Env;
use crate::cli::error::{Failure, Kind};
use crate::cli::exit::ExitCode;
use crate::cli::outcome::{Outcome, View};
use crate::cli::paint::Paint;
use crate::kernel::document::Node;
use crate::kernel::source::Source;
use crate::kernel::yaml;
use crate::lint::generate::{self, Generated, Wanted};
use crate::lint::meshes::Meshes;
use crate::lint::model::Model;
use crate::lint::reachability::{Reachability, Ruling};
use crate::lint::{assertions, documents, index, worlds};

/// Write the smallest policies under which wanted connections work
///
/// What is wanted comes from assertions, from observed flows, or from the names of Services in the manifests. Each
/// workload that takes part gets a NetworkPolicy by its labels, each namespace a default-deny; egress keeps the
/// cluster's DNS. What could not be made is told on standard error, and so are assertions that do not hold with what is
/// written and wanted connections that stay closed: policies that are there already may open or close more.
#[derive(Debug, ClapArgs)]
#[command(
    group = ArgGroup::new("wanted").required(true).multiple(true).args(["assertions", "flows", "references"]),
    after_long_help = "Examples:
  countersign lint generate --assertions assertions.yaml deploy/ > policies.yaml
  hubble observe -o jsonpb | countersign lint generate --flows - deploy/

Exit codes: 0 written, 1 written, and an assertion does not hold with it all the same or a wanted connection stays closed, 2 cannot answer, 3 no Kubernetes resource in the input, or nothing is wanted"
)]
pub(crate) struct Args {
    /// Assertions, as `lint assert` reads them
    #[arg(long, value_name = "FILE")]
    assertions: Option<PathBuf>,
    /// Observed flows: Hubble's JSON, one a line
    #[arg(long, value_name = "FILE")]
    flows: Option<PathBuf>,
    /// The names of Services in the containers' commands, arguments and variables
    #[arg(long)]
    references: bool,
    /// Write AuthorizationPolicies for the callers' identities and STRICT PeerAuthentications too
    #[arg(long)]
    mesh: bool,
    #[command(flatten)]
    cluster: Cluster,
}

/// Runs the verb.
pub(super) fn run(env: &Env, args: Args) -> Result<Outcome, Failure> {
    let options = args.cluster.facts.options(env)?;
    let (sources, mut notes) = args.cluster.read(env)?;
    let worlds = worlds::split(&sources, &options.base);
    if worlds.len() > 1 {
        return Err(several(&worlds, "policies are written for one"));
    }
    let documents = documents::read(&sources);
    let model = index::build(&documents, &options);
    notes.extend(documents.notes.iter().chain(&model.notes).cloned());
    if model.resources.is_empty() {
        return Err(nothing(sources.len(), &notes));
    }
    if let Some(unread) = args.cluster.is_unread(&notes) {
        return Err(Failure::input(unread).hint(
            "what is not read is not allowed by what is generated; `--skip-unread` does without it",
        ));
    }
    let file = args.assertions.as_ref().map(|path| env.source(path));
    let file = file.transpose()?;
    let wanted = wanted(env, &args, file.as_ref(), &model)?;
    if wanted.is_empty() {
        return Err(Failure::new(
            Kind::Nothing,
            "nothing is wanted: no connection was found",
        ));
    }
    let generated = generate::generate(&model, &wanted, args.mesh);
    for remark in &generated.remarks {
        env.warn(remark);
    }
    let written = Source::new("what is written", generated.manifests.clone().into_bytes())
        .map_err(|error| Failure::input(error.to_string()))?;
    let mut together = sources.clone();
    together.push(written);
    let together = documents::read(&together);
    let together = index::build(&together, &options);
    let reachability = Reachability::new(&together, &args.cluster.facts.network());
    let meshes = Meshes::new(&together);
    let mut broken = match &file {
        Some(file) => unmet(file, &reachability, &meshes)?,
        None => Vec::new(),
    };
    broken.extend(generate::closed(&model, &wanted, &reachability, &meshes));
    for remark in &broken {
        env.warn(remark);
    }
    let mut outcome = Outcome::view(PoliciesView(generated));
    if !broken.is_empty() {
        outcome.exit = ExitCode::No;
    }
    Ok(outcome)
}

/// The assertions that do not hold of the manifests together with what was written, in words.
fn unmet(
    file: &Arc<Source>,
    reachability: &Reachability<'_, '_>,
    meshes: &Meshes<'_, '_>,
) -> Result<Vec<String>, Failure> {
    let located = |error: assertions::AssertionError| {
        let position = file.position(error.span.start);
        Failure::input(format!("{}:{position}: {error}", file.name()))
    };
    let mut unmet = Vec::new();
    for assertion in assertions::read(file).map_err(located)? {
        let judged = assertion.judge(reachability, meshes).map_err(located)?;
        if judged.ruling == Ruling::Proven {
            continue;
        }
        let is = match judged.ruling {
            Ruling::Refuted => "does not hold",
            _ => "is undecided",
        };
        unmet.push(format!(
            "`{}` {is} with what is written: `lint assert` on both tells why",
            judged.name
        ));
    }
    Ok(unmet)
}

fn wanted(
    env: &Env,
    args: &Args,
    assertions: Option<&Arc<Source>>,
    model: &Model<'_>,
) -> Result<Vec<Wanted>, Failure> {
    let mut wanted = Vec::new();
    if let Some(file) = assertions {
        let located = |error: assertions::AssertionError| {
            let position = file.position(error.span.start);
            Failure::input(format!("{}:{position}: {error}", file.name()))
        };
        let assertions = assertions::read(file).map_err(located)?;
        wanted.extend(generate::from_assertions(model, &assertions).map_err(located)?);
    }
    if let Some(path) = &args.flows {
        let file = env.source(path)?;
        let documents = yaml::parse_stream(&file).documents.into_iter();
        let flows: Result<Vec<Node>, _> = documents.map(|one| one.map(|one| one.root)).collect();
        let flows = flows.map_err(|error| {
            let position = file.position(error.span.start);
            Failure::input(format!("{}:{position}: {error}", file.name()))
        })?;
        let seen = generate::from_hubble(model, &flows);
        let unknown = seen.unknown;
        if seen.undirected > 0 {
            env.warn(&format!("{} flows may be requests or replies (`is_reply` is null): nothing is written for them", seen.undirected));
        }
        if unknown > 0 {
            env.warn(&format!("{unknown} flows have an end that is not in the manifests: nothing is written for them"));
        }
        wanted.extend(seen.wanted);
    }
    if args.references {
        wanted.extend(generate::from_references(model));
    }
    Ok(wanted)
}

/// The manifests: `countersign/generated-policies/v1`.
struct PoliciesView(Generated);

impl View for PoliciesView {
    fn human(&self, paint: &mut Paint) {
        paint.raw(&self.0.manifests);
    }

    fn bytes(&self) -> Option<&[u8]> {
        Some(self.0.manifests.as_bytes())
    }

    fn json(&self) -> Value {
        json!({
            "schema": "countersign/generated-policies/v1",
            "manifests": self.0.manifests,
            "remarks": self.0.remarks,
        })
    }
}
