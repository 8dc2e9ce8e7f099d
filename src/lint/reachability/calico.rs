//! What Calico's selectors mean among the endpoints, three-valued: labels that the input lacks may be any.

use super::Assumptions;
use super::endpoint::{Endpoint, Space, Universe};
use super::matching::{Selected, Truth};
use crate::lint::given::is_given;
use crate::lint::model::calico_selector::{ACCOUNT, Expression, Key, NAME, NAMESPACE, Owner};
use crate::lint::model::plugin_policy::{Entity, NetworkSet};

const METADATA_NAME: &str = "kubernetes.io/metadata.name";

/// What is known of a label.
enum Label<'l> {
    Is(&'l str),
    Absent,
    /// It is there, with none of the names of the namespaces that the input knows.
    OfAnother,
    Unknown,
}

/// Whether something has the labels that a selector asks for.
fn judge<'l>(
    expression: &Expression<'_>,
    label: &dyn Fn(Key<'_>) -> Label<'l>,
    is_known_name: &dyn Fn(&str) -> bool,
) -> Truth {
    let of = |inner: &Expression<'_>| judge(inner, label, is_known_name);
    let truth = |holds: bool| if holds { Truth::Yes } else { Truth::No };
    match expression {
        Expression::All => Truth::Yes,
        Expression::Has(key) => match label(*key) {
            Label::Is(_) | Label::OfAnother => Truth::Yes,
            Label::Absent => Truth::No,
            Label::Unknown => Truth::Maybe,
        },
        Expression::In(key, values) => match label(*key) {
            Label::Is(value) => truth(values.contains(&value)),
            Label::OfAnother if values.iter().all(|value| is_known_name(value)) => Truth::No,
            Label::OfAnother | Label::Unknown => Truth::Maybe,
            Label::Absent => Truth::No,
        },
        Expression::Like(key, part, text) => match label(*key) {
            Label::Is(value) => truth(part.is_in(value, text)),
            Label::Absent => Truth::No,
            Label::OfAnother | Label::Unknown => Truth::Maybe,
        },
        Expression::Not(inner) => match of(inner) {
            Truth::Yes => Truth::No,
            Truth::Maybe => Truth::Maybe,
            Truth::No => Truth::Yes,
        },
        Expression::And(parts) => parts.iter().map(of).min().unwrap_or(Truth::Yes),
        Expression::Or(parts) => parts.iter().map(of).max().unwrap_or(Truth::No),
    }
}

impl<'m, 'a> Universe<'m, 'a> {
    /// Whom a side of a rule means.
    pub(super) fn entity(
        &self,
        entity: &Entity<'a>,
        sets: &[NetworkSet<'a>],
        assumptions: &Assumptions,
    ) -> Selected {
        let mut selected = Selected::all(self.bound());
        if let Some(selector) = &entity.selector {
            selected = selected.and(&self.matching(selector, sets, assumptions));
        }
        if let Some(selector) = &entity.not_selector {
            let left_out = self.matching(selector, sets, assumptions);
            selected = selected.and(&left_out.contrary(self.bound()));
        }
        if let Some(blocks) = &entity.blocks {
            selected = selected.and(&self.in_blocks(blocks, assumptions));
        }
        let left_out = self.in_blocks(&entity.not_blocks, assumptions);
        selected.and(&left_out.contrary(self.bound()))
    }

    /// The pods that a selector means, what is in the sets of addresses that it means, and hosts, which are perhaps
    /// anywhere.
    fn matching(
        &self,
        expression: &Expression<'a>,
        sets: &[NetworkSet<'a>],
        assumptions: &Assumptions,
    ) -> Selected {
        let mut selected = Selected::none(self.bound());
        let is_known = |name: &str| self.spaces.iter().any(|space| space.name == name);
        // A host without labels: what it would have to have is a condition that is told elsewhere.
        let of_host = judge(expression, &|_| Label::Absent, &is_known);
        for (index, endpoint) in self.endpoints.iter().enumerate() {
            let mut truth = match endpoint {
                Endpoint::Addresses(_) => of_host.min(Truth::Maybe),
                pods => {
                    let label = |key: Key<'_>| self.label(pods, key, assumptions.closed_world);
                    judge(expression, &label, &is_known)
                }
            };
            // Pods on the host network are hosts to Calico.
            if self.host.holds(index) && !assumptions.host_network_is_told {
                truth = truth.max(of_host).min(Truth::Maybe);
            }
            match truth {
                Truth::Yes => selected.yes.add(index),
                Truth::Maybe => selected.maybe.add(index),
                Truth::No => {}
            }
        }
        for set in sets {
            let label = |key: Key<'_>| self.label_of_set(set, key, assumptions.closed_world);
            let blocks = || self.in_blocks(&set.blocks, assumptions);
            match judge(expression, &label, &is_known) {
                Truth::Yes => selected.join(&blocks()),
                Truth::Maybe => selected.join(&blocks().all_perhaps()),
                Truth::No => {}
            }
        }
        selected
    }

    /// A label of pods: written, given by Calico, or inherited.
    fn label<'s>(
        &'s self,
        endpoint: &'s Endpoint<'m, 'a>,
        key: Key<'_>,
        closed_world: bool,
    ) -> Label<'s> {
        let workload = endpoint.workloads().first();
        let account = |workload: Option<&'s &'m crate::lint::model::kubernetes::Workload<'a>>| {
            workload.map_or(Label::Unknown, |one| Label::Is(one.service_account))
        };
        match (key.owner, key.name) {
            (Owner::Itself, NAMESPACE) => self.named(endpoint.namespace()),
            (Owner::Itself, "projectcalico.org/orchestrator") => Label::Is("k8s"),
            (Owner::Itself, ACCOUNT) | (Owner::Account, NAME) => account(workload),
            (Owner::Itself, name) => match workload {
                Some(workload) if is_given(workload, name) => Label::Unknown,
                Some(workload) => match workload.labels.get(name) {
                    Some(value) => Label::Is(value),
                    None => Label::Absent,
                },
                None => Label::Unknown,
            },
            (Owner::Namespace, name) => {
                self.label_of_namespace(endpoint.namespace(), name, closed_world)
            }
            (Owner::Account, _) => Label::Unknown,
        }
    }

    /// A label of a set of addresses; one of the cluster is in no namespace.
    fn label_of_set<'s>(
        &'s self,
        set: &'s NetworkSet<'a>,
        key: Key<'_>,
        closed_world: bool,
    ) -> Label<'s> {
        let is_global = set.resource.kind == "GlobalNetworkSet";
        let namespace = set.resource.namespace;
        match (key.owner, key.name) {
            (Owner::Itself, NAMESPACE) if !is_global => Label::Is(namespace),
            (Owner::Namespace, name) if !is_global => {
                self.label_of_namespace(Some(namespace), name, closed_world)
            }
            (Owner::Itself, name) => match set.labels.get(name) {
                Some(value) => Label::Is(value),
                None => Label::Absent,
            },
            _ => Label::Absent,
        }
    }

    fn named<'s>(&self, namespace: Option<&'s str>) -> Label<'s> {
        namespace.map_or(Label::OfAnother, Label::Is)
    }

    fn label_of_namespace<'s>(
        &'s self,
        namespace: Option<&'s str>,
        key: &str,
        closed_world: bool,
    ) -> Label<'s> {
        if matches!(key, NAME | METADATA_NAME) {
            return self.named(namespace);
        }
        let is_it = |space: &&Space<'_, '_>| Some(space.name) == namespace;
        let space = self.spaces.iter().find(is_it);
        match space.and_then(|space| space.labels) {
            Some(labels) => match labels.get(key) {
                Some(value) => Label::Is(value),
                None => Label::Absent,
            },
            None if closed_world && namespace.is_some() => Label::Absent,
            None => Label::Unknown,
        }
    }
}

/// The labels, each of one value, that a pod must have to be meant, whatever its namespace; none where it is meant
/// without, or with others too.
pub(super) fn labels<'a>(entity: &Entity<'a>) -> Option<Vec<(&'a str, &'a str)>> {
    if entity.not_selector.is_some() || entity.blocks.is_some() || !entity.not_blocks.is_empty() {
        return None;
    }
    let mut labels = Vec::new();
    needed(entity.selector.as_ref()?, &mut labels)?;
    Some(labels).filter(|labels| !labels.is_empty())
}

fn needed<'a>(expression: &Expression<'a>, labels: &mut Vec<(&'a str, &'a str)>) -> Option<()> {
    let is_of_namespace = |key: &Key<'_>| {
        key.owner == Owner::Namespace || (key.owner == Owner::Itself && key.name == NAMESPACE)
    };
    match expression {
        Expression::And(parts) => parts.iter().try_for_each(|part| needed(part, labels)),
        other if other.keys().iter().all(is_of_namespace) => Some(()),
        Expression::In(key, values) if key.owner == Owner::Itself && values.len() == 1 => {
            labels.extend(values.iter().map(|value| (key.name, *value)));
            Some(())
        }
        Expression::In(key, values)
            if (key.owner, key.name) == (Owner::Account, NAME) && values.len() == 1 =>
        {
            labels.extend(values.iter().map(|value| (ACCOUNT, *value)));
            Some(())
        }
        _ => None,
    }
}
