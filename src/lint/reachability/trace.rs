//! Why: the policies and rules that decide about one pair, in the order in which they are asked.

use std::rc::Rc;

use super::compiled::Opener;
use super::compiled::{Layer, side};
use super::{Reachability, sets};
use crate::kernel::source::Span;
use crate::lint::model::Resource;
use crate::lint::model::admin_network_policy::Action;
use crate::lint::model::network_policy::Direction;
use crate::lint::ports::PortSet;

/// What one end lets through, and why.
#[derive(Debug)]
pub struct Side<'m, 'a> {
    /// The end that was asked: ingress at the destination, egress at the source.
    pub direction: Direction,
    /// The ports that this end surely lets through.
    pub surely: PortSet,
    /// The ports that it may let through.
    pub may: PortSet,
    /// The policies that isolate the pods in this direction.
    pub isolated_by: Vec<&'m Resource<'a>>,
    /// The rules that speak of the other end.
    pub steps: Vec<Step<'m, 'a>>,
    /// Whether no policy is asked at all: everything is let through by default.
    pub is_default: bool,
}

/// A rule that speaks of the other end.
#[derive(Debug)]
pub struct Step<'m, 'a> {
    /// Its policy.
    pub policy: &'m Resource<'a>,
    /// Its place among the rules of its direction, from 1.
    pub number: usize,
    /// Its name.
    pub name: Option<&'a str>,
    /// Where it stands.
    pub span: Span,
    /// What it does.
    pub verdict: Verdict,
    /// The ports it speaks of; none where its ports are none of the destination's.
    pub ports: PortSet,
    /// Whether it surely speaks of the other end.
    pub is_certain: bool,
    /// Its peers one by one.
    pub(super) openers: Rc<[Opener<'a>]>,
}

/// What a rule does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Lets through.
    Allows,
    /// Refuses.
    Denies,
    /// Leaves it to the next tier.
    Passes,
}

impl<'m, 'a> Reachability<'m, 'a> {
    /// Why `destination` is open to `source` or closed: the source's egress, then the destination's ingress.
    pub fn reasons(&self, source: usize, destination: usize) -> [Side<'m, 'a>; 2] {
        [
            self.side(source, Direction::Egress, destination),
            self.side(destination, Direction::Ingress, source),
        ]
    }

    fn side(&self, subject: usize, direction: Direction, peer: usize) -> Side<'m, 'a> {
        let rows = self.rows.get(subject).map(|rows| &rows[side(direction)]);
        let ports = |bound: usize| {
            let id = rows.map_or(sets::NONE, |rows| rows[bound].ports(peer));
            self.ports.set(id).clone()
        };
        let mut told = Side {
            direction,
            surely: ports(0),
            may: ports(1),
            isolated_by: Vec::new(),
            steps: Vec::new(),
            is_default: true,
        };
        for (index, sure) in self.asked.get(subject).into_iter().flatten() {
            let Some(policy) = self.policies.get(*index as usize) else {
                continue;
            };
            let isolates = policy.isolates[side(direction)];
            if isolates {
                told.isolated_by.push(policy.resource);
            }
            let is_asked = isolates || !policy.rules[side(direction)].is_empty();
            // Baselines are dead for pods that a NetworkPolicy isolates.
            let is_dead =
                matches!(policy.layer, Layer::Baseline(_)) && !told.isolated_by.is_empty();
            if !is_asked || is_dead {
                continue;
            }
            told.is_default = false;
            for (position, rule) in policy.rules[side(direction)].iter().enumerate() {
                if !rule.peers.either().holds(peer) {
                    continue;
                }
                let destination = match direction {
                    Direction::Ingress => subject,
                    Direction::Egress => peer,
                };
                let mut ports = self.ports.set(rule.numbered).clone();
                for (name, protocol) in &rule.named {
                    let endpoint = self.universe.endpoints.get(destination);
                    let named = endpoint.map(|endpoint| endpoint.named_ports(name, *protocol));
                    ports = ports.union(&named.unwrap_or_default());
                }
                told.steps.push(Step {
                    policy: policy.resource,
                    number: position + 1,
                    name: rule.name,
                    span: rule.span,
                    verdict: match rule.action {
                        Action::Allow => Verdict::Allows,
                        Action::Deny => Verdict::Denies,
                        Action::Pass => Verdict::Passes,
                    },
                    ports,
                    openers: Rc::clone(&rule.openers),
                    is_certain: *sure && rule.peers.yes.holds(peer),
                });
            }
        }
        told
    }
}
