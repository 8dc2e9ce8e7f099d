//! Every pair at once, without asking about each: sets of sources by what is open to them.

use std::collections::HashMap;

use super::bits::Bits;
use super::compiled::side;
use super::rows::{Bound, Row};
use super::sets::{ALL, NONE, PortsId};
use super::{Endpoint, Reachability};
use crate::lint::model::network_policy::Direction;
use crate::lint::ports::PortSet;

/// The sources of one destination that share an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// The destination.
    pub destination: usize,
    /// The sources, sorted.
    pub sources: Vec<usize>,
    /// The ports that are surely open.
    pub surely: PortSet,
    /// The ports that may be open.
    pub may: PortSet,
}

impl<'m, 'a> Reachability<'m, 'a> {
    /// For each destination the sources that may reach it, grouped by what is open to them.
    pub fn matrix(&self) -> Vec<Group> {
        let mut joins = Joins::new(self);
        (0..self.universe.bound())
            .filter(|index| !matches!(self.endpoints().get(*index), Some(Endpoint::Unseen(_))))
            .flat_map(|destination| self.groups(destination, &mut joins))
            .collect()
    }

    /// The same, pods that the input lacks among the destinations.
    pub fn every_group(&self) -> Vec<Group> {
        let mut joins = Joins::new(self);
        (0..self.universe.bound())
            .flat_map(|destination| self.groups(destination, &mut joins))
            .collect()
    }

    /// The sources that may reach one destination, grouped by what is open to them.
    pub fn sources_of(&self, destination: usize) -> Vec<Group> {
        self.groups(destination, &mut Joins::new(self))
    }

    fn groups(&self, destination: usize, joins: &mut Joins) -> Vec<Group> {
        let mut found: Vec<((PortsId, PortsId), Vec<usize>)> = Vec::new();
        let may = self.joined(destination, Bound::Possible, joins);
        let surely = self.joined(destination, Bound::Sure, joins);
        for (may_ports, sources) in may {
            if may_ports == NONE {
                continue;
            }
            for (sure_ports, sure_sources) in &surely {
                let both = sources.and(sure_sources);
                if !both.is_empty() {
                    let sources = both.iter().filter(|source| *source != destination);
                    let sources: Vec<usize> = sources.collect();
                    if !sources.is_empty() {
                        found.push(((*sure_ports, may_ports), sources));
                    }
                }
            }
        }
        let group = |((surely, may), sources)| Group {
            destination,
            sources,
            surely: joins.sets.set(surely).clone(),
            may: joins.sets.set(may).clone(),
        };
        found.into_iter().map(group).collect()
    }

    /// All sources by the ports that are open to them: the destination's ingress and each source's egress.
    fn joined(&self, destination: usize, bound: Bound, joins: &mut Joins) -> Vec<(PortsId, Bits)> {
        let bound_index = bound as usize;
        let Some(rows) = self.rows.get(destination) else {
            return Vec::new();
        };
        let ingress: &Row = &rows[side(Direction::Ingress)][bound_index];
        let size = self.universe.bound();
        let mut found: Vec<(PortsId, Bits)> = Vec::new();
        for (sources, ports) in &ingress.0 {
            if *ports == NONE {
                at(&mut found, NONE, size).join(sources);
                continue;
            }
            let free = sources.and(&joins.unbound[bound_index]);
            if !free.is_empty() {
                at(&mut found, *ports, size).join(&free);
            }
            for source in sources.without(&free).iter() {
                let row = self.rows.get(source);
                let egress = row.map_or(NONE, |rows| {
                    rows[side(Direction::Egress)][bound_index].ports(destination)
                });
                at(&mut found, joins.both(*ports, egress), size).add(source);
            }
        }
        found
    }
}

/// The set of the sources with these ports.
fn at(found: &mut Vec<(PortsId, Bits)>, ports: PortsId, size: usize) -> &mut Bits {
    let position = match found.iter().position(|(known, _)| *known == ports) {
        Some(position) => position,
        None => {
            found.push((ports, Bits::none(size)));
            found.len() - 1
        }
    };
    &mut found[position].1
}

/// What two ends let through together, worked out once a pair.
struct Joins {
    known: HashMap<(PortsId, PortsId), PortsId>,
    sets: super::PortSets,
    /// Endpoints that nothing holds back, by bound.
    unbound: [Bits; 2],
}

impl Joins {
    fn new(reachability: &Reachability<'_, '_>) -> Self {
        let size = reachability.universe.bound();
        let unbound = [0, 1].map(|bound| {
            let mut bits = Bits::none(size);
            for (index, rows) in reachability.rows.iter().enumerate() {
                if matches!(
                    rows[side(Direction::Egress)][bound].0.as_slice(),
                    [(_, ALL)]
                ) {
                    bits.add(index);
                }
            }
            bits
        });
        Self {
            known: HashMap::new(),
            sets: reachability.ports.clone(),
            unbound,
        }
    }

    fn both(&mut self, a: PortsId, b: PortsId) -> PortsId {
        if let Some(id) = self.known.get(&(a, b)) {
            return *id;
        }
        let id = self.sets.intersection(a, b);
        self.known.insert((a, b), id);
        id
    }
}
