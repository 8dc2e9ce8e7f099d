//! Observed flows: who called whom, as Hubble saw it.

use super::Wanted;
use crate::kernel::document::Node;
use crate::lint::model::Model;
use crate::lint::model::kubernetes::Workload;
use crate::lint::ports::{PortSet, Protocol};
use crate::lint::reachability::Caller;

/// What observed flows show.
#[derive(Debug, Default)]
pub struct Flows {
    /// The connections.
    pub wanted: Vec<Wanted>,
    /// How many flows have an end that is not in the model.
    pub unknown: usize,
    /// How many flows may be requests or replies: Hubble did not know.
    pub undirected: usize,
}

/// Reads Hubble's JSON, one flow of `FORWARDED` requests a document.
pub fn from_hubble(model: &Model<'_>, flows: &[Node]) -> Flows {
    let mut seen = Flows::default();
    for node in flows {
        let flow = node.get("flow").unwrap_or(node);
        let is_true = |key: &str| flow.get(key).and_then(Node::as_bool) == Some(true);
        let verdict = flow.get("verdict").and_then(Node::as_str);
        if verdict != Some("FORWARDED") || is_true("is_reply") || is_true("reply") {
            continue;
        }
        if flow.get("is_reply").is_some_and(Node::is_null) {
            seen.undirected += 1;
            continue;
        }
        let port = Protocol::ALL.into_iter().find_map(|protocol| {
            let port = flow.at(&["l4", protocol.name(), "destination_port"])?;
            let port = u16::try_from(port.as_i64()?).ok()?;
            Some(PortSet::range(protocol, port, port))
        });
        let end = |key: &str| flow.get(key).and_then(|end| observed(model, end));
        let address = || {
            let text = flow.at(&["IP", "source"])?.as_str()?;
            let bits = if text.contains(':') { 128 } else { 32 };
            format!("{text}/{bits}").parse().ok().map(Caller::Addresses)
        };
        let is_world = labels(flow.get("source")).any(|label| label == "reserved:world");
        let from = end("source").map(Caller::Workload);
        let from = from.or_else(|| address().filter(|_| is_world));
        match (from, end("destination"), port) {
            (Some(from), Some(to), Some(ports)) if from != Caller::Workload(to) => {
                seen.wanted.push(Wanted { from, to, ports });
            }
            (Some(_), Some(_), _) => {}
            _ => seen.unknown += 1,
        }
    }
    seen
}

fn labels(end: Option<&Node>) -> impl Iterator<Item = &str> {
    let labels = end
        .and_then(|end| end.get("labels"))
        .and_then(Node::as_sequence);
    labels.unwrap_or_default().iter().filter_map(Node::as_str)
}

/// The workload of an end of a flow: by Hubble's `workloads`, else by the name of its pod and its labels. Of several the
/// one with the longest name: `order-legacy-5d4f6-x2x2x` is no pod of `order`.
fn observed(model: &Model<'_>, end: &Node) -> Option<usize> {
    let namespace = end.get("namespace")?.as_str()?;
    let workloads = end.get("workloads").and_then(Node::as_sequence);
    let named = workloads.and_then(<[Node]>::first);
    let named = named
        .and_then(|first| first.get("name"))
        .and_then(Node::as_str);
    let pod = end.get("pod_name").and_then(Node::as_str);
    let has_labels = |workload: &Workload<'_>| {
        let mut own = labels(Some(end))
            .filter_map(|label| label.strip_prefix("k8s:"))
            .peekable();
        let all: Vec<&str> = match own.peek() {
            None => return true,
            Some(_) => own.collect(),
        };
        let mut asked = workload.labels.iter();
        asked.all(|(key, value)| all.contains(&format!("{key}={value}").as_str()))
    };
    let there = model.workloads.iter().enumerate().filter(|(_, workload)| {
        let name = workload.resource.name;
        let is_pod = pod.is_some_and(|pod| is_pod_of(workload, pod));
        let is_named = match named {
            Some(named) => named == name,
            None => is_pod && has_labels(workload),
        };
        workload.resource.namespace == namespace && is_named
    });
    let longest = there.max_by_key(|(_, workload)| workload.resource.name.len());
    longest.map(|(position, _)| position)
}

/// Whether a pod has a name that this workload's controller gives: the workload's own, and one part or two.
fn is_pod_of(workload: &Workload<'_>, pod: &str) -> bool {
    let Some(rest) = pod.strip_prefix(workload.resource.name) else {
        return false;
    };
    let Some(rest) = rest.strip_prefix('-') else {
        return rest.is_empty();
    };
    let most = match workload.resource.kind {
        "Deployment" | "CronJob" | "Rollout" | "DeploymentConfig" => 2,
        _ => 1,
    };
    let mut parts = rest.split('-');
    parts.all(|part| !part.is_empty()) && rest.split('-').count() <= most
}
