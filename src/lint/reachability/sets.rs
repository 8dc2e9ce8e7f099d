//! Port sets by number: each is kept once, and what two of them come to is worked out once.

use std::collections::HashMap;

use crate::lint::ports::PortSet;

/// A port set of a [`PortSets`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct PortsId(u32);

/// No port.
pub(super) const NONE: PortsId = PortsId(0);
/// Every port.
pub(super) const ALL: PortsId = PortsId(1);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Operation {
    Union,
    Intersection,
    Minus,
}

/// The port sets of one engine.
#[derive(Debug, Clone)]
pub(super) struct PortSets {
    sets: Vec<PortSet>,
    ids: HashMap<PortSet, PortsId>,
    known: HashMap<(Operation, PortsId, PortsId), PortsId>,
}

impl PortSets {
    pub(super) fn new() -> Self {
        let mut sets = Self {
            sets: Vec::new(),
            ids: HashMap::new(),
            known: HashMap::new(),
        };
        sets.id(PortSet::none());
        sets.id(PortSet::all());
        sets
    }

    pub(super) fn id(&mut self, set: PortSet) -> PortsId {
        if let Some(id) = self.ids.get(&set) {
            return *id;
        }
        let id = PortsId(u32::try_from(self.sets.len()).unwrap_or(u32::MAX));
        self.sets.push(set.clone());
        self.ids.insert(set, id);
        id
    }

    pub(super) fn set(&self, id: PortsId) -> &PortSet {
        const EMPTY: &PortSet = &PortSet::EMPTY;
        self.sets.get(id.0 as usize).unwrap_or(EMPTY)
    }

    pub(super) fn union(&mut self, a: PortsId, b: PortsId) -> PortsId {
        match (a, b) {
            (NONE, other) | (other, NONE) => other,
            (ALL, _) | (_, ALL) => ALL,
            _ if a == b => a,
            _ => self.operate(Operation::Union, a.min(b), a.max(b)),
        }
    }

    pub(super) fn intersection(&mut self, a: PortsId, b: PortsId) -> PortsId {
        match (a, b) {
            (NONE, _) | (_, NONE) => NONE,
            (ALL, other) | (other, ALL) => other,
            _ if a == b => a,
            _ => self.operate(Operation::Intersection, a.min(b), a.max(b)),
        }
    }

    pub(super) fn minus(&mut self, a: PortsId, b: PortsId) -> PortsId {
        match (a, b) {
            (NONE, _) | (_, ALL) => NONE,
            (_, NONE) => a,
            _ if a == b => NONE,
            _ => self.operate(Operation::Minus, a, b),
        }
    }

    fn operate(&mut self, operation: Operation, a: PortsId, b: PortsId) -> PortsId {
        if let Some(id) = self.known.get(&(operation, a, b)) {
            return *id;
        }
        let (left, right) = (self.set(a), self.set(b));
        let result = match operation {
            Operation::Union => left.union(right),
            Operation::Intersection => left.intersection(right),
            Operation::Minus => left.minus(right),
        };
        let id = self.id(result);
        self.known.insert((operation, a, b), id);
        id
    }
}
