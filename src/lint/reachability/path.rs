//! An answer that stands on its own: who, whom, which ports, and the lines that say so.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::crossing::{Admission, Crossing, Mesh, Source};
use super::through::{Members, crossed, joined_paths, one_of_each};
use super::trace::Side;
use super::{Endpoint, Reachability};
use crate::kernel::arrange::Arrange as _;
use crate::kernel::finding::Location;
use crate::kernel::source::Span;
use crate::lint::cidr::Cidr;
use crate::lint::model::Resource;
use crate::lint::model::kubernetes::Workload;
use crate::lint::ports::PortSet;

/// One end of a path, by name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Party {
    /// A workload of the input.
    Workload {
        /// Its namespace.
        namespace: String,
        /// Its name, or that of what made its pods.
        name: String,
        /// Its kind.
        kind: String,
    },
    /// Pods of a namespace that the input lacks; of any other namespace where none is given.
    Unseen(Option<String>),
    /// Addresses outside the cluster.
    Addresses(Vec<Cidr>),
}

impl Party {
    /// The party that a workload is.
    pub fn of(workload: &Workload<'_>) -> Self {
        let (kind, name) = workload.owner();
        Self::Workload {
            namespace: workload.resource.namespace.to_owned(),
            name: name.to_owned(),
            kind: kind.to_owned(),
        }
    }
}

impl std::fmt::Display for Party {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Workload {
                namespace, name, ..
            } => write!(f, "{namespace}/{name}"),
            Self::Unseen(Some(namespace)) => write!(f, "other pods of {namespace}"),
            Self::Unseen(None) => f.write_str("pods of other namespaces"),
            Self::Addresses(ranges) => match ranges.as_slice() {
                [first, second, third, _, ..] => {
                    let more = ranges.len() - 3;
                    write!(
                        f,
                        "outside: {first}, {second}, {third} and {more} more ranges"
                    )
                }
                few => {
                    let few: Vec<String> = few.iter().map(Cidr::to_string).collect();
                    write!(f, "outside: {}", few.join(", "))
                }
            },
        }
    }
}

/// One step of an argument.
#[derive(Debug, Clone)]
pub struct Reason {
    /// What holds, a sentence without a full stop.
    pub text: String,
    /// Where it is written; none where it is an absence.
    pub place: Option<Location>,
}

impl Reason {
    /// Something that a resource says.
    pub fn at(text: impl Into<String>, resource: &Resource<'_>, span: Span) -> Self {
        Self {
            text: text.into(),
            place: Some(Location {
                source: Arc::clone(resource.source()),
                span,
                label: String::new(),
            }),
        }
    }

    /// Something that is not in the input.
    pub fn absent(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            place: None,
        }
    }
}

/// What is between two parties.
#[derive(Debug, Clone)]
pub struct Path {
    /// Who calls.
    pub source: Party,
    /// Who is called.
    pub destination: Party,
    /// The ports that are surely open.
    pub surely: PortSet,
    /// The ports that may be open.
    pub may: PortSet,
    /// Why, the source's end first.
    pub reasons: Vec<Reason>,
    /// What the mesh makes of it, where it was asked.
    pub crossing: Option<Crossing>,
}

impl Path {
    /// Whether the input decides about every port.
    pub fn is_decided(&self) -> bool {
        self.surely == self.may
    }

    /// Whether nothing gets through: the network lets no port through, or the mesh refuses the caller.
    pub fn is_closed(&self) -> bool {
        self.may.is_empty() || self.is_crossed(Admission::Refused)
    }

    /// Whether something surely gets through, network and mesh together.
    pub fn is_surely_open(&self) -> bool {
        !self.surely.is_empty()
            && !self.is_crossed(Admission::Refused)
            && !self.is_crossed(Admission::Depends)
    }

    fn is_crossed(&self, admission: Admission) -> bool {
        self.crossing
            .as_ref()
            .is_some_and(|crossing| crossing.admission == admission)
    }
}

impl<'m, 'a> Reachability<'m, 'a> {
    /// Everyone's paths to a workload, by its position in the model, as far as these ports go. Closed paths are told
    /// too, with no port.
    pub fn paths_to(&self, workload: usize, wanted: &PortSet, mesh: &dyn Mesh) -> Vec<Path> {
        let named = self.model().workloads.get(workload);
        let (Some(destination), Some(named)) = (self.of_workload(workload), named) else {
            return Vec::new();
        };
        let callee = Party::of(named);
        let mut paths = Vec::new();
        for source in (0..self.endpoints().len()).filter(|index| self.is_there(*index)) {
            for (party, members) in self.members(source) {
                if party == callee {
                    continue;
                }
                let names = [Some(party), Some(callee.clone())];
                let path = self.path_named(source, destination, wanted, names);
                let crossings = members
                    .iter()
                    .map(|member| crossed(mesh, *member, named, &path.may));
                paths.extend(one_of_each(&path, crossings));
            }
        }
        folded(paths, |path| &mut path.source)
    }

    /// A workload's paths to everyone, as [`Self::paths_to`].
    pub fn paths_from(&self, workload: usize, wanted: &PortSet, mesh: &dyn Mesh) -> Vec<Path> {
        let named = self.model().workloads.get(workload);
        let (Some(source), Some(named)) = (self.of_workload(workload), named) else {
            return Vec::new();
        };
        let caller = Party::of(named);
        let mut paths = Vec::new();
        for destination in (0..self.endpoints().len()).filter(|index| self.is_there(*index)) {
            for (party, members) in self.members(destination) {
                if party == caller {
                    continue;
                }
                let names = [Some(caller.clone()), Some(party)];
                let path = self.path_named(source, destination, wanted, names);
                let crossings = members.iter().map(|member| match member {
                    Source::Workload(called) => {
                        crossed(mesh, Source::Workload(named), called, &path.may)
                    }
                    _ => Vec::new(),
                });
                paths.extend(one_of_each(&path, crossings));
            }
        }
        folded(paths, |path| &mut path.destination)
    }

    /// The parties that an endpoint stands for, each with its members as a mesh tells them apart.
    pub(super) fn members(&self, endpoint: usize) -> Vec<Members<'m, 'a>> {
        match self.endpoints().get(endpoint) {
            None => Vec::new(),
            Some(Endpoint::Pods(workloads)) => {
                let mut members: BTreeMap<Party, Vec<Source<'m, 'a>>> = BTreeMap::new();
                for workload in workloads {
                    let of_party = members.entry(Party::of(workload)).or_default();
                    of_party.push(Source::Workload(workload));
                }
                members.into_iter().collect()
            }
            Some(Endpoint::Unseen(name)) => {
                vec![(
                    Party::Unseen(name.map(str::to_owned)),
                    vec![Source::Unseen(*name)],
                )]
            }
            Some(Endpoint::Addresses(range)) => {
                vec![(Party::Addresses(vec![*range]), vec![Source::Outside])]
            }
        }
    }

    /// Everybody whom an endpoint stands for, as a mesh tells callers apart.
    pub(super) fn callers_of(&self, endpoint: usize) -> Vec<(Party, Source<'m, 'a>)> {
        let members = self.members(endpoint).into_iter();
        members
            .flat_map(|(party, callers)| callers.into_iter().map(move |one| (party.clone(), one)))
            .collect()
    }

    /// Every open path between workloads, from outside and to it, and from pods of namespaces that the input lacks,
    /// with what the mesh makes of it; without reasons.
    pub fn open_paths(&self, mesh: &dyn Mesh) -> Vec<Path> {
        let mut paths = Vec::new();
        let members: Vec<_> = (0..self.endpoints().len())
            .map(|index| self.members(index))
            .collect();
        let of = |index: usize| members.get(index).map(Vec::as_slice).unwrap_or_default();
        for group in self.matrix() {
            let open = (&group.surely, &group.may);
            for destination in of(group.destination) {
                for source in &group.sources {
                    if !self.is_shown(*source, group.destination) {
                        continue;
                    }
                    for source in of(*source) {
                        paths.extend(joined_paths(mesh, [source, destination], open));
                    }
                }
            }
        }
        // Pods of one class reach each other as the class reaches itself.
        for endpoint in 0..self.endpoints().len() {
            let parties = of(endpoint);
            if parties.len() < 2 {
                continue;
            }
            let answer = self.between(endpoint, endpoint);
            let open = (&answer.surely, &answer.may);
            for source in parties.iter().filter(|_| !answer.may.is_empty()) {
                for destination in parties.iter().filter(|party| party.0 != source.0) {
                    paths.extend(joined_paths(mesh, [source, destination], open));
                }
            }
        }
        paths.arrange_by(|a, b| (&a.source, &a.destination).cmp(&(&b.source, &b.destination)));
        let by_source = folded(paths, |path| &mut path.destination);
        folded(by_source, |path| &mut path.source)
    }

    fn is_shown(&self, source: usize, destination: usize) -> bool {
        if !self.is_there(source) || !self.is_there(destination) {
            return false;
        }
        let is_outside =
            |index: usize| matches!(self.endpoints().get(index), Some(Endpoint::Addresses(_)));
        let is_unseen = matches!(self.endpoints().get(source), Some(Endpoint::Unseen(_)));
        !((is_unseen || is_outside(source)) && is_outside(destination))
    }

    /// The parties that an endpoint stands for, each once.
    pub fn parties(&self, endpoint: usize) -> Vec<Party> {
        match self.endpoints().get(endpoint) {
            None => Vec::new(),
            Some(Endpoint::Pods(workloads)) => {
                let mut parties: Vec<_> = workloads.iter().map(|one| Party::of(one)).collect();
                parties.arrange();
                parties.dedup();
                parties
            }
            Some(Endpoint::Unseen(namespace)) => vec![Party::Unseen(namespace.map(str::to_owned))],
            Some(Endpoint::Addresses(range)) => vec![Party::Addresses(vec![*range])],
        }
    }

    /// What is between two endpoints on these ports, and why; the parties stand for their first members.
    pub fn path(&self, source: usize, destination: usize, wanted: &PortSet) -> Path {
        self.path_named(source, destination, wanted, [None, None])
    }

    /// The same, told of these members of the two endpoints.
    pub(crate) fn path_named(
        &self,
        source: usize,
        destination: usize,
        wanted: &PortSet,
        names: [Option<Party>; 2],
    ) -> Path {
        let answer = self.between(source, destination);
        let first = |name: Option<Party>, endpoint: usize| {
            let parties = self.parties(endpoint);
            name.or(parties.into_iter().next())
                .unwrap_or(Party::Unseen(None))
        };
        let [source_name, destination_name] = names;
        let source_party = first(source_name, source);
        let destination_party = first(destination_name, destination);
        let may = answer.may.intersection(wanted);
        let [egress, ingress] = self.reasons(source, destination);
        let told: &[(&Side<'_, '_>, usize, usize, &Party)] = &[
            (&egress, source, destination, &source_party),
            (&ingress, destination, source, &destination_party),
        ];
        // One end that refuses is argument enough; the destination's is the better one.
        let refuses = |side: &Side<'_, '_>| side.may.intersection(wanted).is_empty();
        let told = match (refuses(&egress), refuses(&ingress)) {
            (_, true) if may.is_empty() => told.get(1..),
            (true, false) if may.is_empty() => told.get(..1),
            _ => Some(told),
        };
        let asked = if may.is_empty() { wanted } else { &may };
        let reasons = told
            .unwrap_or_default()
            .iter()
            .flat_map(|(side, subject, peer, name)| {
                self.argue(side, (*subject, *peer, name), asked)
            })
            .collect();
        Path {
            source: source_party,
            destination: destination_party,
            surely: answer.surely.intersection(wanted),
            may,
            reasons,
            crossing: None,
        }
    }
}

/// Ranges of addresses with the same answer at the same other end become one path.
fn folded(paths: Vec<Path>, end: fn(&mut Path) -> &mut Party) -> Vec<Path> {
    let mut folded: Vec<Path> = Vec::new();
    let mut known: HashMap<_, usize> = HashMap::new();
    for mut path in paths {
        let Party::Addresses(ranges) = end(&mut path).clone() else {
            folded.push(path);
            continue;
        };
        *end(&mut path) = Party::Unseen(None);
        let other = if path.source == Party::Unseen(None) {
            path.destination.clone()
        } else {
            path.source.clone()
        };
        let admission = path.crossing.as_ref().map(|one| (one.admission, one.wire));
        let key = (other, path.surely.clone(), path.may.clone(), admission);
        let first = known.get(&key).and_then(|index| folded.get_mut(*index));
        match first.map(end) {
            Some(Party::Addresses(known)) => joined(known, ranges),
            _ => {
                known.insert(key, folded.len());
                *end(&mut path) = Party::Addresses(ranges);
                folded.push(path);
            }
        }
    }
    folded
}

/// Adds ranges; those that follow one another become one.
fn joined(known: &mut Vec<Cidr>, ranges: Vec<Cidr>) {
    for range in ranges {
        let last = known.last_mut();
        match last.and_then(|last| Some((last.joined(range)?, last))) {
            Some((both, last)) => *last = both,
            None => known.push(range),
        }
    }
}
