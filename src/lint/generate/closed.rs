//! What was wanted and stays closed all the same.

use super::Wanted;
use crate::lint::model::Model;
use crate::lint::ports::PortSet;
use crate::lint::reachability::{Caller, Mesh, Party, Reachability};

/// The wanted connections that stay closed, in words, by the reachability of a model whose first workloads are those
/// of `model`: policies beside what was written may refuse them, or nothing could be written for them.
pub fn closed(
    model: &Model<'_>,
    wanted: &[Wanted],
    reachability: &Reachability<'_, '_>,
    mesh: &dyn Mesh,
) -> Vec<String> {
    let mut closed = Vec::new();
    for one in wanted {
        let Some(server) = model.workloads.get(one.to) else {
            continue;
        };
        let paths = reachability.paths_to(one.to, &one.ports, mesh);
        let mut of_caller = paths
            .iter()
            .filter(|path| is(model, &one.from, &path.source))
            .peekable();
        if of_caller.peek().is_none() {
            continue;
        }
        let open = of_caller.filter(|path| !path.is_closed());
        let open = open.fold(PortSet::none(), |all, path| all.union(&path.may));
        let left = one.ports.minus(&open);
        if left.is_empty() {
            continue;
        }
        let caller = match &one.from {
            Caller::Workload(from) => model.workloads.get(*from).map(|one| one.resource.subject()),
            Caller::Namespace(name) => Some(format!("namespace `{name}`")),
            Caller::Addresses(block) => Some(block.to_string()),
        };
        let text = format!(
            "{} cannot call {} on {left} with what is written: `lint reach` on both tells why",
            caller.unwrap_or_default(),
            server.resource.subject()
        );
        if !closed.contains(&text) {
            closed.push(text);
        }
    }
    closed
}

/// Whether a party of a path is a caller, or among those that it means.
fn is(model: &Model<'_>, caller: &Caller, party: &Party) -> bool {
    match (caller, party) {
        (Caller::Workload(position), party) => {
            let workload = model.workloads.get(*position);
            workload.is_some_and(|workload| Party::of(workload) == *party)
        }
        (Caller::Namespace(name), Party::Workload { namespace, .. })
        | (Caller::Namespace(name), Party::Unseen(Some(namespace))) => name == namespace,
        (Caller::Addresses(block), Party::Addresses(ranges)) => {
            ranges.iter().any(|range| range.touches(*block))
        }
        _ => false,
    }
}
