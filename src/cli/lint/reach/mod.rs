//! `countersign lint reach`: who can reach whom, by which rules at which lines.

mod draw;
mod view;

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
use crate::lint::joint::Istio;
use crate::lint::reachability::{
    Caller, Mesh, Proof, Reachability, Reason, Ruling, Target, TargetError, limits,
};
use crate::lint::{documents, index};
use view::{Answer, ReachView};
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
/// Evaluates NetworkPolicies, AdminNetworkPolicies, their baselines and ClusterNetworkPolicies together. A port is
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
    let documents = documents::read(&sources);
    let model = index::build(&documents, &options);
    notes.extend(documents.notes.iter().cloned());
    notes.extend(model.notes.iter().cloned());
    if model.resources.is_empty() {
        return Err(nothing(sources.len(), &notes));
    }
    let reachability = Reachability::new(&model, &args.cluster.facts.network());
    let limits = limits(&model);
    let mut answer = answer(&reachability, &args, &Istio(&model))?;
    // What was not read may open anything.
    if let (Answer::Proof(proof), Some(unread)) = (&mut answer, args.cluster.is_unread(&notes))
        && proof.ruling == Ruling::Proven
    {
        proof.ruling = Ruling::Undecided;
        proof
            .limits
            .push(Reason::absent(format!("not read: {unread}")));
    }
    let digests: Vec<u8> = sources
        .iter()
        .flat_map(|source| sha256(source.bytes()))
        .collect();
    let unread = args.cluster.is_unread(&notes).is_some();
    let (exit, decision) = match (&answer, unread) {
        (Answer::Proof(proof), _) if proof.ruling == Ruling::Refuted => {
            (ExitCode::No, Decision::No)
        }
        (_, true) => (ExitCode::CannotAnswer, Decision::Unknown),
        (Answer::Proof(proof), _) if proof.ruling == Ruling::Undecided => {
            (ExitCode::CannotAnswer, Decision::Unknown)
        }
        _ => (ExitCode::Yes, Decision::Yes),
    };
    let verdict = matches!(answer, Answer::Proof(_)).then(|| {
        let mut verdict = Verdict::new("lint-reach", args.to.clone().unwrap_or_default(), &digests);
        verdict.decision = decision;
        verdict
    });
    Ok(Outcome {
        exit,
        verdicts: verdict.into_iter().collect(),
        ..Outcome::view(ReachView {
            answer,
            notes,
            limits,
        })
    })
}

fn answer(
    reachability: &Reachability<'_, '_>,
    args: &Args,
    mesh: &dyn Mesh,
) -> Result<Answer, Failure> {
    let find = |text: &str| Target::find(reachability.model(), text).map_err(unknown);
    if let Some(text) = &args.to {
        let target = find(text)?;
        if args.only.is_empty() {
            let paths = reachability.paths_to(target.position, &target.ports, mesh);
            return Ok(Answer::Paths(paths));
        }
        let callers: Result<Vec<_>, _> = args
            .only
            .iter()
            .map(|text| caller(reachability, text))
            .collect();
        let proof: Proof = reachability.only(&target, &callers?, mesh);
        return Ok(Answer::Proof(Box::new(proof)));
    }
    match &args.from {
        Some(text) if text.contains(':') => {
            Err(Failure::usage("`--from` takes a workload without a port"))
        }
        Some(text) => {
            let target = find(text)?;
            let paths = reachability.paths_from(target.position, &target.ports, mesh);
            Ok(Answer::Paths(paths))
        }
        None => Ok(Answer::Matrix(reachability.open_paths())),
    }
}

/// `NS/WORKLOAD`, `NS/*` or a block of addresses.
fn caller(reachability: &Reachability<'_, '_>, text: &str) -> Result<Caller, Failure> {
    if let Some(namespace) = text.strip_suffix("/*") {
        if !reachability.model().sees_namespace(namespace) {
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
        TargetError::Ambiguous { .. } => failure.hint("write the namespace too: NS/WORKLOAD"),
        _ => failure,
    }
}
