//! Pods that no manifest shows: what rules may mean of them after and did not before.
//!
//! Such pods perhaps get in before and after; what counts is whether a rule asks for less. A peer of the new state is
//! no widening where one of the old, for the same workload and at least its ports, asks for nothing that it does not.

use super::{Admitted, Twins};
use crate::lint::model::kubernetes::Workload;
use crate::lint::model::network_policy::{
    Direction, NetworkPolicy, Peer, PolicyPort, PolicyRule, PortMatch,
};
use crate::lint::model::{Model, Resource};
use crate::lint::ports::PortSet;
use crate::lint::reachability::{Party, Reason};
use crate::lint::selector::{LabelSelector, Requirement};

/// A peer of a rule for a workload: of pods; none for everyone.
struct Way<'m, 'a> {
    policy: &'m NetworkPolicy<'a>,
    peer: Option<&'m Peer<'a>>,
    ports: &'m [PolicyPort<'a>],
}

/// What a workload's NetworkPolicies may let through of pods that no manifest shows, and did not before.
pub(super) fn admitted(before: &Model<'_>, after: &Model<'_>) -> Vec<Admitted> {
    let twins = Twins::of(after, before);
    let mut found = Vec::new();
    for workload in &after.workloads {
        let party = Party::of(workload);
        let Some(earlier) = twins.get(workload) else {
            continue;
        };
        for direction in Direction::ALL {
            // Who was not isolated was open to everybody.
            let Some(old) = ways(before, earlier, direction) else {
                continue;
            };
            for new in ways(after, workload, direction).unwrap_or_default() {
                if old.iter().any(|old| holds(old, &new)) {
                    continue;
                }
                let how = match direction {
                    Direction::Ingress => "more pods that no manifest shows, by",
                    Direction::Egress => "calls to more pods that no manifest shows, by",
                };
                let text = format!("{how} {}", new.policy.resource.subject());
                let is_told = |one: &Admitted| one.workload == party && one.text == text;
                if !found.iter().any(is_told) {
                    found.push(Admitted {
                        workload: party.clone(),
                        text,
                    });
                }
            }
        }
    }
    found
}

/// The ways through a workload's NetworkPolicies; none where it is not isolated.
fn ways<'m, 'a>(
    model: &'m Model<'a>,
    workload: &Workload<'_>,
    direction: Direction,
) -> Option<Vec<Way<'m, 'a>>> {
    let mut policies = model
        .network_policies_in(workload.resource.namespace)
        .filter(|policy| {
            policy.isolates(direction) && policy.pod_selector.matches(&workload.labels)
        })
        .peekable();
    policies.peek()?;
    let mut ways = Vec::new();
    for policy in policies {
        let rules: &[PolicyRule<'a>] = policy
            .section(direction)
            .map_or(&[], |section| section.rules.as_slice());
        for rule in rules {
            let ports = rule.listed_ports.as_slice();
            let of = |peer| Way {
                policy,
                peer,
                ports,
            };
            if rule.peers.is_empty() {
                ways.push(of(None));
            }
            // Addresses are compared as such.
            let pods = rule.peers.iter().filter(|peer| peer.addresses.is_none());
            ways.extend(pods.map(|peer| of(Some(peer))));
        }
    }
    Some(ways)
}

/// Whether whoever goes the new way could go the old one.
fn holds(old: &Way<'_, '_>, new: &Way<'_, '_>) -> bool {
    let is_met = |old: Option<&LabelSelector<'_>>, new: Option<&LabelSelector<'_>>| {
        let old = old.map_or(&[][..], |old| old.requirements.as_slice());
        let new = new.map_or(&[][..], |new| new.requirements.as_slice());
        old.iter()
            .all(|old| new.iter().any(|new| implies(new, old)))
    };
    let peers = match (old.peer, new.peer) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(old), Some(new)) => {
            // Without a namespace selector the policy's own is meant, which the workload's is in both states.
            let spaces = match (&old.namespaces, &new.namespaces) {
                (None, None) => true,
                (Some(old), Some(new)) => is_met(Some(old), Some(new)),
                (Some(old), None) => old.is_empty(),
                (None, Some(_)) => false,
            };
            spaces && is_met(old.pods.as_ref(), new.pods.as_ref())
        }
    };
    peers && covers(old.ports, new.ports)
}

/// Whether everything that meets the one requirement meets the other.
fn implies(this: &Requirement<'_>, that: &Requirement<'_>) -> bool {
    match (this, that) {
        _ if this == that => true,
        (Requirement::In(key, values), Requirement::In(other, more)) => {
            key == other && values.iter().all(|value| more.contains(value))
        }
        (Requirement::In(key, _), Requirement::Exists(other)) => key == other,
        (Requirement::In(key, values), Requirement::NotIn(other, without)) => {
            key == other && !values.iter().any(|value| without.contains(value))
        }
        (Requirement::NotIn(key, values), Requirement::NotIn(other, fewer)) => {
            key == other && fewer.iter().all(|value| values.contains(value))
        }
        (Requirement::DoesNotExist(key), Requirement::NotIn(other, _)) => key == other,
        _ => false,
    }
}

fn covers(old: &[PolicyPort<'_>], new: &[PolicyPort<'_>]) -> bool {
    if old.is_empty() {
        return true;
    }
    if new.is_empty() {
        return false;
    }
    let numbers = |ports: &[PolicyPort<'_>]| {
        ports
            .iter()
            .fold(PortSet::none(), |all, one| match &one.ports {
                PortMatch::Numbered(ports) => all.union(ports),
                _ => all,
            })
    };
    let is_named = |one: &PolicyPort<'_>| {
        matches!(one.ports, PortMatch::Numbered(_)) || old.iter().any(|old| old.ports == one.ports)
    };
    numbers(new).is_within(&numbers(old)) && new.iter().all(is_named)
}

/// Policies of clusters and plugins that are new or changed: what they make of pods that no manifest shows is not
/// compared.
pub(super) fn uncompared(before: &Model<'_>, after: &Model<'_>) -> Vec<Reason> {
    let (old, new) = (decisive(before), decisive(after));
    let text = |resource: &Resource<'_>| resource.source().slice(resource.node.span).to_vec();
    let known: Vec<(&str, &str, &str, Vec<u8>)> = old
        .iter()
        .map(|one| (one.kind, one.namespace, one.name, text(one)))
        .collect();
    let changed = new.into_iter().filter(|one| {
        let is_same = |(kind, namespace, name, said): &(&str, &str, &str, Vec<u8>)| {
            (*kind, *namespace, *name) == (one.kind, one.namespace, one.name) && *said == text(one)
        };
        !known.iter().any(is_same)
    });
    changed
        .map(|one| {
            let what = format!(
                "what {} makes of pods that no manifest shows is not compared",
                one.subject()
            );
            Reason::at(what, one, one.name_span)
        })
        .collect()
}

fn decisive<'m, 'a>(model: &'m Model<'a>) -> Vec<&'m Resource<'a>> {
    let of_cluster = model.cluster_policies.iter().map(|one| &one.resource);
    let of_plugins = model.plugin_policies.iter().map(|one| &one.resource);
    of_cluster.chain(of_plugins).collect()
}
