//! Who can reach whom: AdminNetworkPolicies, NetworkPolicies and baselines evaluated as sets.
//!
//! Pods that no policy tells apart are one endpoint; addresses outside are ranges that no rule cuts; pods that the
//! input lacks are endpoints too, one a namespace, so that "nobody else" speaks of them as well. Each answer is a
//! pair: the ports that are surely open, and those that may be. Where the two differ, the input does not decide, and
//! [`Answer::may`] is what a proof of absence must be empty on.
//!
//! Out of reach of every policy, and therefore of every answer here: traffic from a pod's own node, and a pod's
//! traffic to itself, which are always let through.

use std::collections::HashMap;
use std::rc::Rc;

use super::cidr::Cidr;
use super::model::Model;
use super::model::network_policy::Direction;
use super::ports::PortSet;

mod argument;
mod bits;
mod calico;
mod cilium_settings;
mod compiled;
mod crossing;
mod endpoint;
mod entry;
mod limits;
mod matching;
mod matrix;
mod path;
mod plugins;
mod proof;
mod rows;
mod sets;
mod target;
mod through;
mod trace;

pub use crossing::{Admission, Crossing, Mesh, NetworkAlone, Source, Wire, Works};
pub use endpoint::Endpoint;
pub use entry::Entry;
pub(crate) use entry::service_target;
pub use limits::{limits, limits_between, limits_of};
pub use matrix::Group;
pub use path::{Party, Path, Reason};
pub(crate) use proof::other_networks;
pub use proof::{Caller, Proof, Ruling};
pub use target::{Target, TargetError, ports};
pub use trace::{Side, Step, Verdict};

use compiled::{Compiled, Compiler, side};
use endpoint::{Looked, Universe};
use rows::{Asked, Bound, Evaluator, Question, Row};
use sets::PortSets;

/// What the caller knows about the cluster's network.
#[derive(Debug, Clone, Default)]
pub struct Assumptions {
    /// Whether blocks of addresses hold pods.
    pub blocks: Blocks,
    /// The input is all there is: a namespace without a manifest has no labels but its name.
    pub closed_world: bool,
    /// Selectors tell pods on the host network like others, which few networks do.
    pub host_network_is_told: bool,
}

/// Whether `ipBlock` and `networks` hold pods: the API leaves it to the cluster's network.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Blocks {
    /// Nobody said.
    #[default]
    Unknown,
    /// Pods have these addresses.
    PodsIn(Vec<Cidr>),
    /// No block holds a pod.
    HoldNoPods,
}

/// Which ports are open between two endpoints.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Those that are open whatever the input leaves out.
    pub surely: PortSet,
    /// Those that may be open.
    pub may: PortSet,
}

/// Every policy of a model, evaluated.
#[derive(Debug)]
pub struct Reachability<'m, 'a> {
    model: &'m Model<'a>,
    closed_world: bool,
    universe: Universe<'m, 'a>,
    policies: Vec<Compiled<'m, 'a>>,
    ports: PortSets,
    /// The policies asked about each endpoint.
    asked: Vec<Vec<Asked>>,
    rows: Vec<Sides>,
}

/// By direction and bound.
type Sides = [[Rc<Row>; 2]; 2];

/// What rows depend on: the policies, and the endpoint itself where they name ports.
type Key = (usize, Vec<Asked>, Option<usize>);

impl<'m, 'a> Reachability<'m, 'a> {
    /// Evaluates a model.
    pub fn new(model: &'m Model<'a>, assumptions: &Assumptions) -> Self {
        let looked = Looked::by_policies(model);
        let universe = Universe::of(model, &looked);
        let mut ports = PortSets::new();
        let policies = Compiler::new(&universe, assumptions, &mut ports).compile(model);
        let asked = asked(&universe, &policies);
        let mut evaluator = Evaluator {
            universe: &universe,
            policies: &policies,
            ports: &mut ports,
        };
        let mut known = HashMap::new();
        let rows = asked.iter().enumerate();
        let rows = rows
            .map(|(subject, asked)| {
                Direction::ALL
                    .map(|direction| evaluator.sides(subject, direction, asked, &mut known))
            })
            .collect();
        Self {
            model,
            closed_world: assumptions.closed_world,
            universe,
            policies,
            ports,
            asked,
            rows,
        }
    }

    /// Everyone who takes part, by index.
    pub fn endpoints(&self) -> &[Endpoint<'m, 'a>] {
        &self.universe.endpoints
    }

    /// The endpoint of a workload of the model, by its position there.
    pub fn of_workload(&self, position: usize) -> Option<usize> {
        self.universe.of_workload.get(position).copied()
    }

    /// Whether a namespace takes part: something of it is in the input, or a policy names it.
    pub fn knows_namespace(&self, name: &str) -> bool {
        let mut spaces = self.universe.spaces.iter();
        spaces.any(|space| space.name == name)
    }

    /// The model.
    pub fn model(&self) -> &'m Model<'a> {
        self.model
    }

    /// Whether an endpoint is taken into account: where nothing is missing from the input, no pod is unseen.
    pub(crate) fn is_there(&self, endpoint: usize) -> bool {
        !(self.closed_world && self.universe.unseen.holds(endpoint))
    }

    /// Which ports of `destination` are open to `source`.
    pub fn between(&self, source: usize, destination: usize) -> Answer {
        let ports = |bound: usize| {
            let of = |subject: usize, direction: Direction, peer: usize| {
                let row = self
                    .rows
                    .get(subject)
                    .map(|rows| &rows[side(direction)][bound]);
                let id = row.map_or(sets::NONE, |row| row.ports(peer));
                self.ports.set(id)
            };
            let ingress = of(destination, Direction::Ingress, source);
            ingress.intersection(of(source, Direction::Egress, destination))
        };
        Answer {
            surely: ports(Bound::Sure as usize),
            may: ports(Bound::Possible as usize),
        }
    }
}

/// The policies that are asked about each endpoint, in order.
fn asked(universe: &Universe<'_, '_>, policies: &[Compiled<'_, '_>]) -> Vec<Vec<Asked>> {
    let mut asked = vec![Vec::new(); universe.bound()];
    for (index, policy) in policies.iter().enumerate() {
        let index = u32::try_from(index).unwrap_or(u32::MAX);
        for (subjects, sure) in [(&policy.subject.yes, true), (&policy.subject.maybe, false)] {
            for subject in subjects.iter() {
                if let Some(list) = asked.get_mut(subject) {
                    list.push((index, sure));
                }
            }
        }
    }
    asked
}

impl Evaluator<'_, '_, '_> {
    fn sides(
        &mut self,
        subject: usize,
        direction: Direction,
        asked: &[Asked],
        known: &mut HashMap<Key, [Rc<Row>; 2]>,
    ) -> [Rc<Row>; 2] {
        let concerns = |(index, _): &&Asked| {
            let policy = self.policies.get(*index as usize);
            policy.is_some_and(|policy| {
                policy.isolates[side(direction)] || !policy.rules[side(direction)].is_empty()
            })
        };
        let asked: Vec<Asked> = asked.iter().filter(concerns).copied().collect();
        let by_name = direction == Direction::Ingress
            && asked.iter().any(|(index, _)| {
                let policy = self.policies.get(*index as usize);
                policy.is_some_and(|policy| {
                    let rules = &policy.rules[side(direction)];
                    rules.iter().any(|rule| !rule.named.is_empty())
                })
            });
        let key = (side(direction), asked, by_name.then_some(subject));
        if let Some(rows) = known.get(&key) {
            return rows.clone();
        }
        let rows = [Bound::Sure, Bound::Possible].map(|bound| {
            let question = Question {
                subject,
                direction,
                bound,
            };
            Rc::new(self.row(question, &key.1))
        });
        known.insert(key, rows.clone());
        rows
    }
}

#[cfg(test)]
mod limit_tests;
#[cfg(test)]
mod plugin_fields;
#[cfg(test)]
mod plugin_properties;
#[cfg(test)]
mod plugin_refusals;
#[cfg(test)]
mod plugin_tests;
#[cfg(test)]
mod proof_tests;
#[cfg(test)]
mod tests;
