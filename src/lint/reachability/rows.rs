//! What one endpoint lets through in one direction: a few sets of peers, each with its ports.
//!
//! Evaluated twice: once with every doubt against the connection, once with every doubt for it. What lies between is
//! what the input does not decide.

use super::bits::Bits;
use super::compiled::{Compiled, Layer, Rule, side};
use super::endpoint::Universe;
use super::sets::{ALL, NONE, PortSets, PortsId};
use crate::lint::model::admin_network_policy::Action;
use crate::lint::model::network_policy::Direction;
use crate::lint::ports::{PortSet, Protocol};

/// Which doubts count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Bound {
    /// Only what surely connects.
    Sure,
    /// Whatever may connect.
    Possible,
}

/// The peers of one endpoint by the ports that are open between them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row(pub(super) Vec<(Bits, PortsId)>);

impl Row {
    /// The ports open for one peer.
    pub(super) fn ports(&self, peer: usize) -> PortsId {
        let group = self.0.iter().find(|(peers, _)| peers.holds(peer));
        group.map_or(NONE, |(_, ports)| *ports)
    }
}

/// What has been decided about a group of peers so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct State {
    allowed: PortsId,
    /// Not decided yet.
    open: PortsId,
    /// Taken out of this tier.
    passed: PortsId,
    /// What isolating policies let through, and what they refuse whatever else is let through.
    network: PortsId,
    refused: PortsId,
}

/// A policy that is asked about an endpoint, and whether it surely is.
pub(super) type Asked = (u32, bool);

/// Evaluates rows.
pub(super) struct Evaluator<'e, 'm, 'a> {
    pub(super) universe: &'e Universe<'m, 'a>,
    pub(super) policies: &'e [Compiled<'m, 'a>],
    pub(super) ports: &'e mut PortSets,
}

/// The endpoint and the direction that a row is about.
#[derive(Debug, Clone, Copy)]
pub(super) struct Question {
    pub(super) subject: usize,
    pub(super) direction: Direction,
    pub(super) bound: Bound,
}

impl<'m, 'a> Evaluator<'_, 'm, 'a> {
    pub(super) fn row(&mut self, question: Question, asked: &[Asked]) -> Row {
        let start = State {
            allowed: NONE,
            open: ALL,
            passed: NONE,
            network: NONE,
            refused: NONE,
        };
        let mut groups = vec![(Bits::all(self.universe.bound()), start)];
        let policies = self.policies;
        let of = |wanted: fn(Layer) -> bool| {
            asked.iter().filter_map(move |(index, sure)| {
                let policy = policies.get(*index as usize)?;
                wanted(policy.layer).then_some((policy, *sure))
            })
        };
        for (policy, sure) in of(|layer| matches!(layer, Layer::Admin(_))) {
            self.ordered(question, policy, sure, &mut groups);
        }
        self.end_tier(&mut groups);
        let mut isolated = false;
        for (policy, sure) in of(|layer| matches!(layer, Layer::Before(_))) {
            isolated |= self.in_order(question, (policy, sure), &mut groups);
        }
        for (policy, sure) in of(|layer| layer == Layer::Network) {
            if policy.isolates[side(question.direction)] {
                isolated |= sure || question.bound == Bound::Sure;
            }
            // A policy that isolates nobody may refuse all the same.
            self.adding_up(question, policy, sure, &mut groups);
        }
        self.add_network(&mut groups);
        for (policy, sure) in of(|layer| matches!(layer, Layer::After(_))) {
            isolated |= self.in_order(question, (policy, sure), &mut groups);
        }
        self.end_network(isolated, &mut groups);
        for (policy, sure) in of(|layer| matches!(layer, Layer::Baseline(_))) {
            self.ordered(question, policy, sure, &mut groups);
        }
        self.end_tier(&mut groups);
        let mut row: Vec<(Bits, PortsId)> = Vec::new();
        for (peers, state) in groups {
            let allowed = self.ports.union(state.allowed, state.open);
            match row.iter_mut().find(|(_, ports)| *ports == allowed) {
                Some((known, _)) => known.join(&peers),
                None => row.push((peers, allowed)),
            }
        }
        Row(row)
    }

    /// The rules of a policy of a tier, first match first.
    fn ordered(
        &mut self,
        question: Question,
        policy: &Compiled<'m, 'a>,
        sure: bool,
        groups: &mut Vec<(Bits, State)>,
    ) {
        for rule in &policy.rules[side(question.direction)] {
            let parts = self.parts(question, rule, sure);
            for (peers, ports, certain) in parts {
                let effect = match (rule.action, certain, question.bound) {
                    (Action::Allow, true, _) | (Action::Allow, false, Bound::Possible) => {
                        Effect::Allow
                    }
                    (Action::Deny, true, _) | (Action::Deny, false, Bound::Sure) => Effect::Deny,
                    (Action::Pass, true, _) => Effect::Pass,
                    // Passed or not: neither may be held against, or for, the connection.
                    (Action::Pass, false, Bound::Sure) => Effect::Deny,
                    (Action::Pass, false, Bound::Possible) => Effect::Allow,
                    _ => continue,
                };
                self.split(groups, &peers, |sets, state| {
                    let hit = sets.intersection(state.open, ports);
                    state.open = sets.minus(state.open, hit);
                    match effect {
                        Effect::Allow => state.allowed = sets.union(state.allowed, hit),
                        Effect::Pass => state.passed = sets.union(state.passed, hit),
                        Effect::Deny => {}
                    }
                });
            }
        }
    }

    /// A policy whose rules are asked in order, and whether what none of them matches is refused.
    fn in_order(
        &mut self,
        question: Question,
        (policy, sure): (&Compiled<'m, 'a>, bool),
        groups: &mut Vec<(Bits, State)>,
    ) -> bool {
        if !policy.isolates[side(question.direction)] {
            return false;
        }
        self.ordered(question, policy, sure, groups);
        sure || question.bound == Bound::Sure
    }

    /// The rules of a NetworkPolicy: they add up, and what is refused stays so.
    fn adding_up(
        &mut self,
        question: Question,
        policy: &Compiled<'m, 'a>,
        sure: bool,
        groups: &mut Vec<(Bits, State)>,
    ) {
        for rule in &policy.rules[side(question.direction)] {
            for (peers, ports, certain) in self.parts(question, rule, sure) {
                let refuses = rule.action == Action::Deny;
                if !certain && refuses == (question.bound == Bound::Possible) {
                    continue;
                }
                self.split(groups, &peers, |sets, state| {
                    if refuses {
                        state.refused = sets.union(state.refused, ports);
                    } else {
                        state.network = sets.union(state.network, ports);
                    }
                });
            }
        }
    }

    fn end_tier(&mut self, groups: &mut [(Bits, State)]) {
        for (_, state) in groups {
            state.open = self.ports.union(state.open, state.passed);
            state.passed = NONE;
        }
    }

    /// What NetworkPolicies refuse and let through. A policy that may be for these pods lets through what it allows, or
    /// else leaves it to what comes after.
    fn add_network(&mut self, groups: &mut [(Bits, State)]) {
        for (_, state) in groups {
            state.open = self.ports.minus(state.open, state.refused);
            let let_through = self.ports.intersection(state.open, state.network);
            state.allowed = self.ports.union(state.allowed, let_through);
            state.open = self.ports.minus(state.open, let_through);
        }
    }

    /// What nothing decided is refused where the pods are isolated; what was passed on is not.
    fn end_network(&mut self, isolated: bool, groups: &mut [(Bits, State)]) {
        for (_, state) in groups.iter_mut().filter(|_| isolated) {
            state.open = NONE;
        }
        self.end_tier(groups);
    }

    /// Cuts the groups at the edge of a set and changes what is inside it.
    fn split(
        &mut self,
        groups: &mut Vec<(Bits, State)>,
        peers: &Bits,
        mut change: impl FnMut(&mut PortSets, &mut State),
    ) {
        let mut cut: Vec<(Bits, State)> = Vec::with_capacity(groups.len() + 1);
        let mut put = |bits: Bits, state: State| {
            if bits.is_empty() {
                return;
            }
            match cut.iter_mut().find(|(_, known)| *known == state) {
                Some((known, _)) => known.join(&bits),
                None => cut.push((bits, state)),
            }
        };
        for (bits, state) in groups.drain(..) {
            put(bits.without(peers), state);
            let mut inside = state;
            change(self.ports, &mut inside);
            put(bits.and(peers), inside);
        }
        *groups = cut;
    }

    /// What a rule matches: sets of peers with their ports, and whether it surely matches them.
    pub(super) fn parts(
        &mut self,
        question: Question,
        rule: &Rule<'a>,
        sure: bool,
    ) -> Vec<(Bits, PortsId, bool)> {
        let (yes, either) = rule.reach(sure, self.universe.bound());
        let maybe = either.without(&yes);
        let mut parts = vec![(yes, rule.numbered, true), (maybe, rule.numbered, false)];
        for (name, protocol) in &rule.named {
            self.add_named(question, (name, *protocol), &either, &mut parts);
        }
        parts.retain(|(peers, ports, _)| !peers.is_empty() && *ports != NONE);
        parts
    }

    /// A named port is what the destination pod declares; for pods that nobody sees it may be any port.
    fn add_named(
        &mut self,
        question: Question,
        (name, protocol): (&str, Option<Protocol>),
        either: &Bits,
        parts: &mut Vec<(Bits, PortsId, bool)>,
    ) {
        let any = protocol.map_or_else(PortSet::all, PortSet::whole);
        let bound = self.universe.bound();
        let certain = parts
            .first()
            .map_or_else(|| Bits::none(bound), |part| part.0.clone());
        let subject = [question.subject];
        let destinations: Vec<usize> = match question.direction {
            Direction::Ingress => subject.to_vec(),
            Direction::Egress => either.iter().collect(),
        };
        for destination in destinations {
            let Some(endpoint) = self.universe.endpoints.get(destination) else {
                continue;
            };
            let peers = match question.direction {
                Direction::Ingress => either.clone(),
                Direction::Egress => {
                    let mut only = Bits::none(bound);
                    only.add(destination);
                    only
                }
            };
            if self.universe.unseen.holds(destination) {
                let ports = self.ports.id(any.clone());
                parts.push((peers, ports, false));
                continue;
            }
            let ports = self.ports.id(endpoint.named_ports(name, protocol));
            if ports != NONE {
                parts.push((peers.and(&certain), ports, true));
                parts.push((peers.without(&certain), ports, false));
            }
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Effect {
    Allow,
    Deny,
    Pass,
}
