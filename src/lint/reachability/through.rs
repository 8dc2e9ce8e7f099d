//! Network and mesh together: what gets through between two ends, part by part.

use std::collections::BTreeSet;

use super::crossing::{Admission, Crossing, Mesh, Source};
use super::path::{Party, Path};
use super::{Endpoint, Group, Reachability};
use crate::kernel::arrange::Arrange as _;
use crate::lint::model::kubernetes::Workload;
use crate::lint::ports::{PortSet, Protocol};

impl Reachability<'_, '_> {
    /// What is open to pods that the input lacks, of these namespaces, and from them to the outside; by the network alone.
    pub(crate) fn paths_of_unseen(&self, namespaces: &BTreeSet<String>) -> Vec<Path> {
        let mut paths = Vec::new();
        let is_asked = |index: &usize| match self.endpoints().get(*index) {
            Some(Endpoint::Unseen(Some(name))) => namespaces.contains(*name),
            _ => false,
        };
        let destinations = (0..self.endpoints().len()).filter(is_asked);
        for destination in destinations.filter(|index| self.is_there(*index)) {
            let party = self.parties(destination).into_iter().next();
            let own = self.between(destination, destination);
            let mut groups = self.sources_of(destination);
            groups.push(Group {
                destination,
                sources: vec![destination],
                surely: own.surely,
                may: own.may,
            });
            let outside = (0..self.endpoints().len()).filter(|index| {
                matches!(self.endpoints().get(*index), Some(Endpoint::Addresses(_)))
            });
            for address in outside {
                let answer = self.between(destination, address);
                for called in self
                    .parties(address)
                    .into_iter()
                    .filter(|_| !answer.may.is_empty())
                {
                    paths.push(Path {
                        source: party.clone().unwrap_or(Party::Unseen(None)),
                        destination: called,
                        surely: answer.surely.clone(),
                        may: answer.may.clone(),
                        reasons: Vec::new(),
                        crossing: None,
                    });
                }
            }
            for group in groups {
                for source in group
                    .sources
                    .iter()
                    .filter(|source| self.is_there(**source))
                {
                    for source in self.parties(*source) {
                        paths.push(Path {
                            source,
                            destination: party.clone().unwrap_or(Party::Unseen(None)),
                            surely: group.surely.clone(),
                            may: group.may.clone(),
                            reasons: Vec::new(),
                            crossing: None,
                        });
                    }
                }
            }
        }
        paths
    }

    /// Whether network and mesh together let anything through between two endpoints, and whether surely; none where
    /// they do not.
    pub(crate) fn lets_through(
        &self,
        mesh: &dyn Mesh,
        [source, destination]: [usize; 2],
        (surely, may): (&PortSet, &PortSet),
    ) -> Option<bool> {
        let is_open = !surely.is_empty();
        let Some(Endpoint::Pods(called)) = self.endpoints().get(destination) else {
            // What a mesh says about pods that nobody sees is not known; UDP and SCTP pass by it.
            let is_unseen = matches!(self.endpoints().get(destination), Some(Endpoint::Unseen(_)));
            let may_refuse = is_unseen
                && self.model().shows_mesh
                && surely.is_within(&PortSet::whole(Protocol::Tcp));
            return Some(is_open && !may_refuse);
        };
        let members = self.members(source);
        let callers = members.iter().flat_map(|(_, members)| members);
        let mut answer = None;
        for caller in callers {
            for called in called {
                let parts = mesh.admits(*caller, called, may);
                if parts.is_empty() {
                    return Some(is_open);
                }
                for (ports, admission) in parts {
                    let is_sure =
                        admission == Admission::Admitted && !surely.intersection(&ports).is_empty();
                    if admission != Admission::Refused {
                        answer = Some(is_sure || answer == Some(true));
                    }
                }
                if answer == Some(true) {
                    return answer;
                }
            }
        }
        answer
    }

    /// What is open between two endpoints, of the first of their members between whom anything is.
    pub(crate) fn path_through(&self, mesh: &dyn Mesh, source: usize, destination: usize) -> Path {
        let all = PortSet::all();
        for (caller, callers) in self.members(source) {
            for (called, members) in self.members(destination) {
                let names = [Some(caller.clone()), Some(called)];
                let path = self.path_named(source, destination, &all, names);
                let crossings = members.iter().flat_map(|called| {
                    callers.iter().map(|caller| match called {
                        Source::Workload(called) => crossed(mesh, *caller, called, &path.may),
                        _ => Vec::new(),
                    })
                });
                let paths = one_of_each(&path, crossings);
                let mut open: Vec<Path> =
                    paths.into_iter().filter(|path| !path.is_closed()).collect();
                open.arrange_by_key(|path| !path.is_surely_open());
                if let Some(open) = open.into_iter().next() {
                    return open;
                }
            }
        }
        self.path(source, destination, &all)
    }
}

/// A party and its members as a mesh tells them apart.
pub(super) type Members<'m, 'a> = (Party, Vec<Source<'m, 'a>>);

/// The paths between two parties, by what a mesh makes of them; none where it refuses.
pub(super) fn joined_paths(
    mesh: &dyn Mesh,
    [source, destination]: [&Members<'_, '_>; 2],
    (surely, may): (&PortSet, &PortSet),
) -> Vec<Path> {
    let path = Path {
        source: source.0.clone(),
        destination: destination.0.clone(),
        surely: surely.clone(),
        may: may.clone(),
        reasons: Vec::new(),
        crossing: None,
    };
    let crossings = destination.1.iter().flat_map(|called| {
        source.1.iter().map(|caller| match called {
            Source::Workload(called) => crossed(mesh, *caller, called, may),
            _ => Vec::new(),
        })
    });
    let mut paths = one_of_each(&path, crossings);
    paths.retain(|path| !path.is_closed());
    paths
}

/// What a mesh makes of a path that the network leaves open, by ports.
pub(super) fn crossed(
    mesh: &dyn Mesh,
    source: Source<'_, '_>,
    destination: &Workload<'_>,
    may: &PortSet,
) -> Vec<(PortSet, Crossing)> {
    if may.is_empty() {
        return Vec::new();
    }
    mesh.cross(source, destination, may)
}

/// A path for each way that a mesh treats the members of its ends, and for each of its parts.
pub(super) fn one_of_each(
    path: &Path,
    crossings: impl Iterator<Item = Vec<(PortSet, Crossing)>>,
) -> Vec<Path> {
    let mut paths: Vec<Path> = Vec::new();
    let verdict = |crossing: &Option<Crossing>| {
        let crossing = crossing.as_ref();
        crossing.map(|one| (one.wire, one.admission, one.accounts.clone(), one.works))
    };
    let mut put = |path: Path| {
        let is_known = |known: &Path| {
            known.may == path.may && verdict(&known.crossing) == verdict(&path.crossing)
        };
        if !paths.iter().any(is_known) {
            paths.push(path);
        }
    };
    for parts in crossings {
        if parts.is_empty() {
            put(path.clone());
        }
        for (ports, crossing) in parts {
            put(Path {
                surely: path.surely.intersection(&ports),
                may: path.may.intersection(&ports),
                crossing: Some(crossing),
                ..path.clone()
            });
        }
    }
    paths
}
