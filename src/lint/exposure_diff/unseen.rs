//! Pods that no manifest shows: what rules may mean of them after and did not before.
//!
//! Such pods perhaps get in before and after; what counts is whether a rule asks for less. A peer of the new state is
//! no widening where one of the old, for the same workload and at least its ports, asks for nothing that it does not.

use super::{Admitted, Twins};
use crate::lint::model::kubernetes::Workload;
use crate::lint::model::network_policy::{
    Direction, NetworkPolicy, Peer, PolicyPort, PolicyRule, PortMatch,
};
use crate::lint::model::{Labels, Model, Resource};
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
        let own = Own::of(after, workload.resource.namespace);
        for direction in Direction::ALL {
            // Who was not isolated was open to everybody.
            let Some(old) = ways(before, earlier, direction) else {
                continue;
            };
            for new in ways(after, workload, direction).unwrap_or_default() {
                if is_held(&old, &new, &own) {
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

/// How many single labels a peer is taken apart into.
const MOST: usize = 64;

/// Whether whoever goes the new way could go old ones: ports of several, and values of a label, add up.
fn is_held(old: &[Way<'_, '_>], new: &Way<'_, '_>, own: &Own<'_, '_>) -> bool {
    let through = |peer: Option<&Peer<'_>>| {
        let held = old.iter().filter(|old| is_peer(old.peer, peer, own));
        let ports: Vec<&[PolicyPort<'_>]> = held.map(|old| old.ports).collect();
        let is_wide = ports.iter().any(|ports| ports.is_empty());
        is_wide || (!ports.is_empty() && covers(&ports.concat(), new.ports))
    };
    through(new.peer)
        || new
            .peer
            .and_then(apart)
            .is_some_and(|apart| apart.iter().all(|one| through(Some(one))))
}

/// A peer by single values of the labels that it asks for.
fn apart<'a>(peer: &Peer<'a>) -> Option<Vec<Peer<'a>>> {
    let mut peers = vec![peer.clone()];
    type Part<'a> = for<'p> fn(&'p mut Peer<'a>) -> &'p mut Option<LabelSelector<'a>>;
    let selectors: [Part<'a>; 2] = [|peer| &mut peer.pods, |peer| &mut peer.namespaces];
    for of in selectors {
        let asked = of(&mut peer.clone()).clone();
        let asked = asked.map(|one| one.requirements).unwrap_or_default();
        for (index, requirement) in asked.iter().enumerate() {
            let Requirement::In(key, values) = requirement else {
                continue;
            };
            if peers.len() * values.len() > MOST {
                return None;
            }
            let mut longer = Vec::new();
            for (peer, value) in peers
                .iter()
                .flat_map(|peer| values.iter().map(move |value| (peer, value)))
            {
                let mut one = peer.clone();
                let part = of(&mut one).as_mut();
                if let Some(place) = part.and_then(|part| part.requirements.get_mut(index)) {
                    *place = Requirement::In(key, vec![*value]);
                }
                longer.push(one);
            }
            peers = longer;
        }
    }
    Some(peers)
}

/// Whether whoever the new peer means the old one did.
fn is_peer(old: Option<&Peer<'_>>, new: Option<&Peer<'_>>, own: &Own<'_, '_>) -> bool {
    let is_met = |old: Option<&LabelSelector<'_>>, new: Option<&LabelSelector<'_>>| {
        let old = old.map_or(&[][..], |old| old.requirements.as_slice());
        let new = new.map_or(&[][..], |new| new.requirements.as_slice());
        old.iter()
            .all(|old| new.iter().any(|new| implies(new, old)))
    };
    let (old, new) = match (old, new) {
        (None, _) => return true,
        (Some(_), None) => return false,
        (Some(old), Some(new)) => (old, new),
    };
    // Without a namespace selector the policy's own is meant, which the workload's is in both states.
    let spaces = match (&old.namespaces, &new.namespaces) {
        (None, None) => true,
        (Some(old), Some(new)) => is_met(Some(old), Some(new)),
        (Some(old), None) => old.requirements.iter().all(|one| own.meets(one)),
        (None, Some(new)) => {
            let by_name = Requirement::In(NAME, vec![own.name]);
            new.requirements.iter().any(|one| implies(one, &by_name))
        }
    };
    spaces && is_met(old.pods.as_ref(), new.pods.as_ref())
}

/// The label that every namespace has.
const NAME: &str = "kubernetes.io/metadata.name";

/// A workload's namespace; without labels where the input does not hold it.
struct Own<'m, 'a> {
    name: &'m str,
    labels: Option<&'m Labels<'a>>,
}

impl<'m, 'a> Own<'m, 'a> {
    fn of(model: &'m Model<'a>, name: &'m str) -> Self {
        let known = model.namespaces.get(name);
        let known = known.filter(|_| !model.contested_namespaces.contains(name));
        Self {
            name,
            labels: known.map(|one| &one.labels),
        }
    }

    /// Whether it surely meets a requirement.
    fn meets(&self, requirement: &Requirement<'_>) -> bool {
        match requirement {
            Requirement::In(NAME, names) => names.contains(&self.name),
            Requirement::Exists(NAME) => true,
            Requirement::NotIn(NAME, names) => !names.contains(&self.name),
            Requirement::DoesNotExist(NAME) => false,
            other => self.labels.is_some_and(|labels| other.holds(labels)),
        }
    }
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

#[cfg(test)]
mod tests {
    use crate::lint::exposure_diff::mesh_tests::{compared, silent};

    fn state(rules: &str) -> String {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: pay, namespace: a, labels: {{app: pay}}}}\n\
             spec: {{containers: [{{name: c}}]}}\n---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\n\
             metadata: {{name: x, namespace: a}}\nspec: {{podSelector: {{}}, ingress: {rules}}}\n"
        )
    }

    /// The same pods on the same ports, in other words.
    #[test]
    fn rules_that_are_grouped_otherwise_are_no_widening() {
        for (one, other) in [
            (
                "[{from: [{podSelector: {matchLabels: {k: v}}}], ports: [{port: 80}]}, \
                 {from: [{podSelector: {matchLabels: {k: v}}}], ports: [{port: 443}]}]",
                "[{from: [{podSelector: {matchLabels: {k: v}}}], ports: [{port: 443}, {port: 80}]}]",
            ),
            (
                "[{from: [{podSelector: {matchLabels: {k: w}}}, {podSelector: {matchLabels: {k: z}}}]}]",
                "[{from: [{podSelector: {matchExpressions: [{key: k, operator: In, values: [z, w]}]}}]}]",
            ),
            (
                "[{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: a}}}]}]",
                "[{from: [{podSelector: {}}]}]",
            ),
        ] {
            assert_eq!(compared(&state(one), &state(other)), silent(), "{other}");
            assert_eq!(compared(&state(other), &state(one)), silent(), "{one}");
        }
        for (before, after) in [
            (
                "[{from: [{podSelector: {matchLabels: {k: w}}}], ports: [{port: 80}]}, \
                 {from: [{podSelector: {matchLabels: {k: z}}}], ports: [{port: 443}]}]",
                "[{from: [{podSelector: {matchLabels: {k: w}}}], ports: [{port: 443}, {port: 80}]}]",
            ),
            (
                "[{from: [{podSelector: {matchLabels: {k: w}}}]}]",
                "[{from: [{podSelector: {matchExpressions: [{key: k, operator: In, values: [z, w]}]}}]}]",
            ),
            // What labels the own namespace has is not in the input.
            (
                "[{from: [{namespaceSelector: {matchExpressions: [{key: e, operator: DoesNotExist}]}}]}]",
                "[{from: [{podSelector: {}}]}]",
            ),
        ] {
            let [admitted, ..] = compared(&state(before), &state(after));
            assert_eq!(admitted.len(), 1, "{after} {admitted:?}");
        }
    }
}
