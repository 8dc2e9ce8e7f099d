//! `countersign lint reach`: who can reach whom, by which rules at which lines.

mod draw;
mod view;

use std::collections::{BTreeMap, BTreeSet};

use clap::{ArgGroup, Args as ClapArgs};

use super::cluster::Cluster;
use super::facts::nothing;
use crate::cli::args::Format;
use crate::cli::env::Env;
use crate::cli::error::Failure;
use crate::cli::exit::ExitCode;
use crate::cli::outcome::Outcome;
use crate::kernel::crypto::sha256;
use crate::kernel::record::{Decision, Verdict};
use crate::lint::meshes::Meshes;
use crate::lint::reachability::{
    Caller, Mesh, Proof, Reachability, Reason, Ruling, Target, TargetError, limits,
};
use crate::lint::worlds::{self, World};
use crate::lint::{documents, index};
use view::{Answer, InWorld, ReachView};
pub(super) use view::{path_json, ports_json, reasons_json, told_path, told_reason};

/// The formats of paths.
pub(super) const FORMATS: &[Format] = &[
    Format::Human,
    Format::Json,
    Format::Csv,
    Format::Markdown,
    Format::Dot,
    Format::Svg,
];

/// Tell who can reach whom, by which rules at which lines
///
/// Evaluates NetworkPolicies, AdminNetworkPolicies, their baselines, ClusterNetworkPolicies, and Cilium's and Calico's
/// together, and what the mesh of a workload makes of what they let through: Istio's, Linkerd's or Consul's. A port is
/// open for sure, closed for sure, or not decided by the input: labels of namespaces that are not in it, or blocks of
/// addresses that may hold pods. A pod's own node always reaches it.
#[derive(Debug, ClapArgs)]
#[command(
    group = ArgGroup::new("question").required(true).args(["to", "from", "matrix"]),
    after_long_help = "Examples:
  countersign lint reach --to production/payment-service:8443 --only production/order-service deploy/
  countersign lint reach --matrix --format svg -o reach.svg deploy/

Exit codes: 0 answered, and --only proven; 1 --only refuted; 2 cannot answer, or --only undecided; 3 no Kubernetes
resource in the input"
)]
pub(crate) struct Args {
    #[command(flatten)]
    cluster: Cluster,
    /// Who can reach this: NS/WORKLOAD, with :PORT for one port (8443, 53/udp, 8000-8010, or a name)
    #[arg(long, value_name = "NS/WORKLOAD[:PORT]")]
    to: Option<String>,
    /// Whom this can reach: NS/WORKLOAD
    #[arg(long, value_name = "NS/WORKLOAD")]
    from: Option<String>,
    /// Every pair
    #[arg(long)]
    matrix: bool,
    /// With --to: prove that nobody else reaches it. NS/WORKLOAD, NS/* or a CIDR block; repeatable
    #[arg(long, value_name = "CALLER", requires = "to")]
    only: Vec<String>,
}

/// Runs the verb.
pub(super) fn run(env: &Env, args: Args) -> Result<Outcome, Failure> {
    if args.to.is_none() && !args.only.is_empty() {
        return Err(Failure::usage(
            "`--only` says who reaches a workload: it goes with `--to`",
        ));
    }
    let options = args.cluster.facts.options(env)?;
    let (sources, mut notes) = args.cluster.read(env)?;
    let worlds = worlds::split(&sources, &options.base);
    notes.extend(worlds::doubts(&sources, &options.base));
    let format = env.global.format.or(env.settings.format());
    if worlds.len() > 1 && matches!(format, Some(Format::Csv | Format::Dot | Format::Svg)) {
        return Err(several(&worlds, "this format shows one"));
    }
    let mut judged = Vec::new();
    let mut resources = 0;
    let mut left_out = LeftOut::default();
    for world in worlds {
        let documents = documents::read(&world.sources);
        let model = index::build(&documents, &options);
        notes.extend(documents.notes.iter().chain(&model.notes).cloned());
        resources += model.resources.len();
        let reachability = Reachability::new(&model, &args.cluster.facts.network());
        let answer = answer(&reachability, &args, &Meshes::new(&model), &mut left_out)?;
        judged.extend(answer.map(|answer| InWorld {
            world: world.name,
            answer,
            limits: limits(&model),
        }));
    }
    if resources == 0 {
        return Err(nothing(sources.len(), &notes));
    }
    left_out.refuse(&args, judged.is_empty())?;
    // What was not read may open anything.
    let unread = args.cluster.is_unread(&notes);
    for one in &mut judged {
        if let Answer::Proof(proof) = &mut one.answer {
            proof.conditions.extend(args.cluster.skipped(&notes));
        }
        if let (Answer::Proof(proof), Some(unread)) = (&mut one.answer, &unread)
            && proof.ruling == Ruling::Proven
        {
            proof.ruling = Ruling::Undecided;
            proof
                .limits
                .push(Reason::absent(format!("not read: {unread}")));
        }
    }
    let digests: Vec<u8> = sources
        .iter()
        .flat_map(|source| sha256(source.bytes()))
        .collect();
    let view = ReachView { judged, notes };
    let (exit, decision) = match (view.ruling(), unread.is_some()) {
        (Some(Ruling::Refuted), _) => (ExitCode::No, Decision::No),
        (_, true) | (Some(Ruling::Undecided), _) => (ExitCode::CannotAnswer, Decision::Unknown),
        _ => (ExitCode::Yes, Decision::Yes),
    };
    let verdict = view.ruling().map(|_| {
        let mut verdict = Verdict::new("lint-reach", args.to.clone().unwrap_or_default(), &digests);
        verdict.decision = decision;
        verdict
    });
    Ok(Outcome {
        exit,
        verdicts: verdict.into_iter().collect(),
        ..Outcome::view(view)
    })
}

/// What a verb about one world answers where the input holds several.
pub(super) fn several(worlds: &[World], why: &str) -> Failure {
    let names = worlds::names(worlds);
    Failure::input(format!(
        "the input holds {} worlds, and {why}: {names}",
        worlds.len()
    ))
    .hint("name the folder of one of them, and what it shares with the others")
}

/// Names that some world lacks: a name that every world lacks is an error.
#[derive(Default)]
struct LeftOut {
    target: Option<TargetError>,
    /// By their place among the callers.
    found: BTreeSet<usize>,
    callers: BTreeMap<usize, Failure>,
}

impl LeftOut {
    fn refuse(self, args: &Args, is_empty: bool) -> Result<(), Failure> {
        if let Some(error) = self.target.filter(|_| is_empty) {
            return Err(unknown(error));
        }
        let unfound = |(index, _): &(usize, Failure)| !self.found.contains(index);
        match self.callers.into_iter().find(unfound) {
            Some((_, failure)) if !args.only.is_empty() => Err(failure),
            _ => Ok(()),
        }
    }
}

/// The answer in one world; none where it lacks what is asked about.
fn answer(
    reachability: &Reachability<'_, '_>,
    args: &Args,
    mesh: &dyn Mesh,
    left_out: &mut LeftOut,
) -> Result<Option<Answer>, Failure> {
    if args.from.as_ref().is_some_and(|text| text.contains(':')) {
        return Err(Failure::usage("`--from` takes a workload without a port"));
    }
    let Some(text) = args.to.as_ref().or(args.from.as_ref()) else {
        return Ok(Some(Answer::Matrix(reachability.open_paths(mesh))));
    };
    let target = match Target::find(reachability.model(), text) {
        Ok(target) => target,
        Err(error @ TargetError::Unknown { .. }) => {
            left_out.target = Some(error);
            return Ok(None);
        }
        Err(error) => return Err(unknown(error)),
    };
    if args.to.is_none() {
        let paths = reachability.paths_from(target.position, &target.ports, mesh);
        return Ok(Some(Answer::Paths(paths)));
    }
    if args.only.is_empty() {
        let paths = reachability.paths_to(target.position, &target.ports, mesh);
        return Ok(Some(Answer::Paths(paths)));
    }
    let mut callers = Vec::new();
    for (index, text) in args.only.iter().enumerate() {
        match caller(reachability, text) {
            Ok(caller) => {
                left_out.found.insert(index);
                callers.push(caller);
            }
            Err(failure) => {
                left_out.callers.insert(index, failure);
            }
        }
    }
    let proof: Proof = reachability.only(&target, &callers, mesh);
    Ok(Some(Answer::Proof(Box::new(proof))))
}

/// `NS/WORKLOAD`, `NS/*` or a block of addresses.
fn caller(reachability: &Reachability<'_, '_>, text: &str) -> Result<Caller, Failure> {
    if let Some(namespace) = text.strip_suffix("/*") {
        if !reachability.knows_namespace(namespace) {
            let message = format!("no namespace of the input is called `{namespace}`");
            return Err(Failure::input(message));
        }
        return Ok(Caller::Namespace(namespace.to_owned()));
    }
    if let Ok(block) = text.parse() {
        return Ok(Caller::Addresses(block));
    }
    if text.contains(':') {
        return Err(Failure::usage(
            "a caller has no port: name the port in `--to`",
        ));
    }
    let target = Target::find(reachability.model(), text).map_err(unknown)?;
    Ok(Caller::Workload(target.position))
}

/// The error of a name, with what it may have meant.
fn unknown(error: TargetError) -> Failure {
    let failure = Failure::input(error.to_string());
    match error {
        TargetError::Unknown { near, .. } if !near.is_empty() => {
            failure.hint(format!("did you mean {}?", near.join(" or ")))
        }
        TargetError::Ambiguous { .. } => failure
            .hint("write the namespace too, or the kind before it: NS/WORKLOAD, KIND/NS/WORKLOAD"),
        _ => failure,
    }
}
