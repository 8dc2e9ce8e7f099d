//! What a change opens and closes: two states of the manifests, compared path by path.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::cidr::Cidr;
use super::offers;
use super::ports::PortSet;
use super::reachability::{
    Endpoint, NetworkAlone, Party, Path, Reachability, Reason, limits_between,
};

mod asked;
mod conditions;
mod identities;
mod mesh;
mod mesh_config;
mod routes;
mod surroundings;
mod twins;
mod undecided;
mod unseen;

use twins::Twins;

/// What differs between two states.
#[derive(Debug, Default)]
pub struct ExposureDiff {
    /// Ports that are open after and were not before.
    pub widened: Vec<Change>,
    /// Ports that were open before and are not after.
    pub narrowed: Vec<Change>,
    /// Workloads that took mTLS alone before and do not surely after.
    pub lost_mtls: Vec<LostMtls>,
    /// Callers that AuthorizationPolicies admit after and did not before.
    pub admitted: Vec<Admitted>,
    /// What is offered to the outside after and was not before: load balancers, ports of nodes, ingresses, gateways.
    pub offered: Vec<Reason>,
    /// What either state does not settle.
    pub limits: Vec<Reason>,
}

impl ExposureDiff {
    /// Whether something is open after that was not before.
    pub fn is_wider(&self) -> bool {
        !self.widened.is_empty()
            || !self.lost_mtls.is_empty()
            || !self.admitted.is_empty()
            || !self.offered.is_empty()
    }
}

/// A workload that no longer surely takes mTLS alone on some port.
#[derive(Debug)]
pub struct LostMtls {
    /// The workload.
    pub workload: Party,
    /// The ports; none for every port without a mode of its own. Empty where it is a client that sends plaintext.
    pub ports: Vec<Option<u16>>,
    /// Whether plaintext is surely accepted now.
    pub is_certain: bool,
    /// Why, as evidence.
    pub evidence: Vec<String>,
}

/// Callers that a workload's AuthorizationPolicies admit and did not before, or pods that no manifest shows and that its
/// NetworkPolicies let through anew.
#[derive(Debug, Clone)]
pub struct Admitted {
    /// The workload.
    pub workload: Party,
    /// Whom, on which port.
    pub text: String,
}

/// A path that opened or closed.
#[derive(Debug)]
pub struct Change {
    /// The path; for what opened with its reasons after, for what closed with its reasons before.
    pub path: Path,
    /// The ports that opened or closed.
    pub ports: PortSet,
    /// Whether one of its ends is a workload of one state alone.
    pub is_of_new_workload: bool,
}

/// Compares what may be open before and after.
pub fn diff(before: &Reachability<'_, '_>, after: &Reachability<'_, '_>) -> ExposureDiff {
    let (old, new) = (
        before.open_paths(&NetworkAlone),
        after.open_paths(&NetworkAlone),
    );
    // What is compared with a workload that the other state lacks.
    let beside = |paths: &[Path], of: &Reachability<'_, '_>, other: &Reachability<'_, '_>| {
        let mut paths = paths.to_vec();
        paths.extend(of.paths_of_unseen(&namespaces_of_new(other, of)));
        paths
    };
    ExposureDiff {
        widened: beyond(&new, &beside(&old, before, after), after, before),
        narrowed: beyond(&old, &beside(&new, after, before), before, after),
        lost_mtls: mesh::lost_mtls(before, after),
        admitted: [
            mesh::admitted(before, after),
            unseen::admitted(before.model(), after.model()),
        ]
        .concat(),
        offered: offers::new_offers(before.model(), after.model()),
        limits: limits_between(before.model(), after.model())
            .into_iter()
            .chain(unseen::uncompared(before.model(), after.model()))
            .chain(conditions::changed(before.model(), after.model()))
            .chain(conditions::lifted(before.model(), after.model()))
            .chain(routes::changed(before.model(), after.model()))
            .chain(mesh_config::changed(before.model(), after.model()))
            .chain(undecided::changed(before, after))
            .chain(surroundings::changed(before.model(), after.model()))
            .collect(),
    }
}

/// The namespaces with a workload that the other state lacks.
fn namespaces_of_new(
    of_these: &Reachability<'_, '_>,
    of_those: &Reachability<'_, '_>,
) -> BTreeSet<String> {
    let known: BTreeSet<Party> = of_those.model().workloads.iter().map(Party::of).collect();
    let workloads = of_these.model().workloads.iter();
    let new = workloads.filter(|workload| !known.contains(&Party::of(workload)));
    new.map(|workload| workload.resource.namespace.to_owned())
        .collect()
}

/// The ports of a path: surely open, and perhaps.
type Ports = (PortSet, PortSet);

/// What `new` opens that `old` did not: ports that may be open now, or surely are and only might have been.
fn gained(new: &Ports, old: &Ports) -> PortSet {
    new.1.minus(&old.1).union(&new.0.minus(&old.0))
}

/// What of `these` is not in `those`.
fn beyond(
    these: &[Path],
    those: &[Path],
    of_these: &Reachability<'_, '_>,
    of_those: &Reachability<'_, '_>,
) -> Vec<Change> {
    let known: HashMap<(&Party, &Party), Ports> = those
        .iter()
        .map(|path| {
            (
                (&path.source, &path.destination),
                (path.surely.clone(), path.may.clone()),
            )
        })
        .collect();
    let outside = Outside::of(those);
    let mut positions: BTreeMap<Party, usize> = BTreeMap::new();
    for index in 0..of_these.endpoints().len() {
        for party in of_these.parties(index) {
            positions.entry(party).or_insert(index);
        }
    }
    let others: BTreeSet<Party> = of_those.model().workloads.iter().map(Party::of).collect();
    let is_new = |party: &Party| matches!(party, Party::Workload { .. }) && !others.contains(party);
    // What pods of a namespace that nobody sees might do already is nothing new where one of them appears.
    let seen: BTreeSet<&str> = of_those
        .endpoints()
        .iter()
        .filter_map(Endpoint::namespace)
        .collect();
    let twins = Twins::of(of_these.model(), of_those.model());
    let stand_in = |party: &Party| match party {
        Party::Workload { namespace, .. } if is_new(party) => {
            let unseen = || Party::Unseen(seen.get(namespace.as_str()).map(|_| namespace.clone()));
            twins.renamed(party).unwrap_or_else(unseen)
        }
        // A namespace that policies of one state alone name was one of the others.
        Party::Unseen(Some(namespace)) if !seen.contains(namespace.as_str()) => Party::Unseen(None),
        other => other.clone(),
    };
    let mut changes = Vec::new();
    for path in these {
        let ports = match is_new(&path.source) || is_new(&path.destination) {
            // Only what they might not do at all.
            true => (PortSet::none(), path.may.clone()),
            false => (path.surely.clone(), path.may.clone()),
        };
        let is_of_new_workload = is_new(&path.source) || is_new(&path.destination);
        let mut add = |path: Path, ports: PortSet| {
            let reasons = argued(of_these, &positions, &path, &ports);
            changes.push(Change {
                is_of_new_workload,
                path: Path { reasons, ..path },
                ports,
            });
        };
        match (&path.source, &path.destination) {
            (Party::Addresses(ranges), other) | (other, Party::Addresses(ranges)) => {
                let is_source = matches!(path.source, Party::Addresses(_));
                let other = &stand_in(other);
                for (left, ports) in outside.uncovered((other, is_source), ranges, &ports) {
                    let mut path = path.clone();
                    let end = if is_source {
                        &mut path.source
                    } else {
                        &mut path.destination
                    };
                    *end = Party::Addresses(left);
                    add(path, ports);
                }
            }
            _ => {
                let none = (PortSet::none(), PortSet::none());
                let ends = (stand_in(&path.source), stand_in(&path.destination));
                let before = known.get(&(&ends.0, &ends.1));
                let ports = gained(&ports, before.unwrap_or(&none));
                if !ports.is_empty() {
                    add(path.clone(), ports);
                }
            }
        }
    }
    changes
}

fn argued(
    reachability: &Reachability<'_, '_>,
    positions: &BTreeMap<Party, usize>,
    path: &Path,
    ports: &PortSet,
) -> Vec<Reason> {
    let position = |party: &Party| match party {
        Party::Addresses(ranges) => {
            let first = ranges.first()?;
            positions.iter().find_map(|(party, index)| match party {
                Party::Addresses(own) if own.iter().any(|own| own.touches(*first)) => Some(*index),
                _ => None,
            })
        }
        other => positions.get(other).copied(),
    };
    match (position(&path.source), position(&path.destination)) {
        (Some(source), Some(destination)) => {
            let names = [Some(path.source.clone()), Some(path.destination.clone())];
            reachability
                .path_named(source, destination, ports, names)
                .reasons
        }
        _ => Vec::new(),
    }
}

/// Ranges and the ports that are open for them.
type Open<'p> = (&'p [Cidr], Ports);

/// Which addresses are open to (`true`) or from whom.
struct Outside<'p>(HashMap<(&'p Party, bool), Vec<Open<'p>>>);

impl<'p> Outside<'p> {
    fn of(paths: &'p [Path]) -> Self {
        let mut known: HashMap<(&Party, bool), Vec<Open<'p>>> = HashMap::new();
        for path in paths {
            let ports = (path.surely.clone(), path.may.clone());
            match (&path.source, &path.destination) {
                (Party::Addresses(ranges), other) => {
                    known
                        .entry((other, true))
                        .or_default()
                        .push((ranges, ports));
                }
                (other, Party::Addresses(ranges)) => {
                    known
                        .entry((other, false))
                        .or_default()
                        .push((ranges, ports));
                }
                _ => {}
            }
        }
        Self(known)
    }

    /// The addresses for which something opened, by what.
    fn uncovered(
        &self,
        end: (&Party, bool),
        ranges: &[Cidr],
        ports: &Ports,
    ) -> Vec<(Vec<Cidr>, PortSet)> {
        let known = self.0.get(&end).map(Vec::as_slice).unwrap_or_default();
        let bounds: Vec<Cidr> = known
            .iter()
            .flat_map(|(ranges, _)| ranges.iter())
            .chain(ranges)
            .copied()
            .collect();
        let mut found: Vec<(Vec<Cidr>, PortSet)> = Vec::new();
        let atoms = Cidr::cut(&bounds).into_iter();
        for atom in atoms.filter(|atom| ranges.iter().any(|range| range.holds(*atom))) {
            let holds = |ranges: &[Cidr]| ranges.iter().any(|range| range.holds(atom));
            let before = known.iter().filter(|(ranges, _)| holds(ranges));
            let none = (PortSet::none(), PortSet::none());
            let before = before.fold(none, |(surely, may), (_, ports)| {
                (surely.union(&ports.0), may.union(&ports.1))
            });
            let gained = gained(ports, &before);
            if gained.is_empty() {
                continue;
            }
            match found.iter_mut().find(|(_, known)| *known == gained) {
                Some((known, _)) => match known
                    .last_mut()
                    .and_then(|last| Some((last.joined(atom)?, last)))
                {
                    Some((both, last)) => *last = both,
                    None => known.push(atom),
                },
                None => found.push((vec![atom], gained)),
            }
        }
        found
    }
}

#[cfg(test)]
mod mesh_tests;
#[cfg(test)]
mod tests;
