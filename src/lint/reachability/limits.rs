//! What keeps a model from being proof of anything: policies this engine does not read, objects that are there twice.
//!
//! With any of these in the input, a claim is undecided at best.

use std::collections::{BTreeSet, HashSet};

use super::cilium_settings::settings;
use super::path::Reason;
use crate::kernel::document::Node;
use crate::lint::injection::{Membership, membership};
use crate::lint::model::admin_network_policy::ClusterPolicy;
use crate::lint::model::calico::KUBERNETES_ORDER;
use crate::lint::model::kubernetes::Workload;
use crate::lint::model::network_policy::{Direction, PolicyPort, PortMatch};
use crate::lint::model::plugin_policy::{NetworkSet, Plugin, PluginPolicy};
use crate::lint::model::{Model, Resource};
use crate::lint::ports::{PortSet, Protocol};
use crate::lint::rewriting::rewriters;

/// Why nothing is proven from this model, each with its place.
pub fn limits(model: &Model<'_>) -> Vec<Reason> {
    let mut limits = whole(model, None);
    limits.extend(tunnels(model, None).into_iter().next());
    limits
}

/// Why nothing is proven of one workload; `by_network` says that some caller is kept out by the network and not by the
/// mesh: there alone it matters on which port meshed traffic arrives.
pub fn limits_of(model: &Model<'_>, target: &Workload<'_>, by_network: bool) -> Vec<Reason> {
    let mut limits = whole(model, Some(target));
    if by_network {
        limits.extend(tunnels(model, Some(target)));
    }
    limits
}

/// The limits of a comparison of two models: where meshed traffic arrives matters if it is not the same before and
/// after, for a path on that port is compared like any other.
pub fn limits_between(before: &Model<'_>, after: &Model<'_>) -> Vec<Reason> {
    let mut limits = whole(before, None);
    limits.extend(whole(after, None));
    let (old, new) = (tunnels(before, None), tunnels(after, None));
    let is_in = |known: &[Reason], one: &Reason| known.iter().any(|other| other.text == one.text);
    limits.extend(old.iter().filter(|one| !is_in(&new, one)).cloned());
    limits.extend(new.iter().filter(|one| !is_in(&old, one)).cloned());
    limits
}

/// What stands in the way of every proof, or of those about one workload.
fn whole(model: &Model<'_>, target: Option<&Workload<'_>>) -> Vec<Reason> {
    let mut limits = Vec::new();
    duplicates(model, target, &mut limits);
    for resource in &model.resources {
        if let Some(what) = unread_policy(resource).filter(|_| !is_evaluated(model, resource)) {
            limits.push(Reason::at(
                format!("{} is not evaluated: {what}", resource.subject()),
                resource,
                resource.name_span,
            ));
        }
    }
    limits.extend(rewriters(model));
    limits.extend(crate::lint::embedded::limits(model));
    for policy in crate::lint::rewriting::misnamed(model) {
        limits.push(Reason::at(
            format!(
                "{} has a name that the API server refuses, and then nothing of it holds",
                policy.subject()
            ),
            policy,
            policy.name_span,
        ));
    }
    for (policy, span) in crate::lint::rewriting::hooks(model) {
        limits.push(Reason::at(
            format!(
                "{} is a hook of Helm's or Argo CD's, or left out by Flux or kustomize: it is not part of what is installed, or not for long",
                policy.subject()
            ),
            policy,
            span,
        ));
    }
    for lost in &model.indentation_lost {
        limits.push(Reason {
            text: format!(
                "a {} lost its indentation, and what it says with it",
                lost.kind
            ),
            place: Some(crate::kernel::finding::Location {
                source: std::sync::Arc::clone(&lost.document.source),
                span: lost.emptied,
                label: String::new(),
            }),
        });
    }
    plugins(model, &mut limits);
    tied(model, &mut limits);
    settings(model, &mut limits);
    machines(model, &mut limits);
    limits
}

/// Whether a policy of a plugin is part of what is evaluated. Those that are staged decide nothing.
fn is_evaluated(model: &Model<'_>, resource: &Resource<'_>) -> bool {
    let is_it = |policy: &PluginPolicy<'_>| std::ptr::eq(policy.resource.node, resource.node);
    let is_set = |set: &NetworkSet<'_>| std::ptr::eq(set.resource.node, resource.node);
    model.plugin_policies.iter().any(is_it)
        || model.network_sets.iter().any(is_set)
        || resource.kind.starts_with("Staged")
        || is_usual_tier(resource)
}

/// Calico's default tier as Calico makes it; other tiers count through the policies that are in them.
fn is_usual_tier(resource: &Resource<'_>) -> bool {
    let action = resource.at(&["spec", "defaultAction"]);
    let action = action.filter(|action| !action.is_null());
    let is_usual = action.is_none_or(|action| action.as_str() == Some("Deny"));
    resource.kind == "Tier" && (resource.name != "default" || is_usual)
}

/// What of the plugins' policies is not evaluated, and policies of two plugins, of which one alone can be in force.
fn plugins(model: &Model<'_>, limits: &mut Vec<Reason>) {
    for policy in &model.plugin_policies {
        for (what, span) in &policy.unsettled {
            let text = format!("{}: {what}", policy.resource.subject());
            limits.push(Reason::at(text, &policy.resource, *span));
        }
    }
    same_order(model, limits);
    let first = model.plugin_policies.first();
    let other = first.and_then(|first| {
        let mut policies = model.plugin_policies.iter();
        policies.find(|policy| policy.plugin != first.plugin)
    });
    if let Some(other) = other {
        limits.push(Reason::at(
            format!(
                "{} stands beside policies of another network plugin: which of them are in force is not known",
                other.resource.subject()
            ),
            &other.resource,
            other.resource.name_span,
        ));
    }
}

/// Policies of Calico at the same place whose names decide, across kinds, in a way that differs between its releases.
fn same_order(model: &Model<'_>, limits: &mut Vec<Reason>) {
    let policies = &model.plugin_policies;
    let calico = policies.iter().filter(|one| one.plugin == Plugin::Calico);
    for (index, policy) in calico.clone().enumerate() {
        let contradicts = |other: &&PluginPolicy<'_>| {
            other.order == policy.order
                && other.resource.kind != policy.resource.kind
                && Direction::ALL.into_iter().any(|direction| {
                    let rules = policy.rules(direction).iter();
                    let mut pairs = rules
                        .flat_map(|one| other.rules(direction).iter().map(move |two| (one, two)));
                    pairs.any(|(one, two)| one.action != two.action)
                })
        };
        let other = calico.clone().take(index).find(contradicts);
        let beside = match other {
            Some(other) => other.resource.subject(),
            None if policy.order == Some(KUBERNETES_ORDER)
                && !model.network_policies.is_empty() =>
            {
                "the NetworkPolicies of Kubernetes".to_owned()
            }
            None => continue,
        };
        let text = format!(
            "{} has the order of {beside}: which is asked first is not known",
            policy.resource.subject()
        );
        let span = policy.resource.key_span(&["spec", "order"]);
        limits.push(Reason::at(text, &policy.resource, span));
    }
}

/// The groups whose NetworkPolicies are read, or refused where they are found.
const KUBERNETES: [&str; 4] = [
    "networking.k8s.io",
    "policy.networking.k8s.io",
    "extensions",
    "",
];

/// Policies of the cluster's network that open or close what this engine does not see.
fn unread_policy(resource: &Resource<'_>) -> Option<&'static str> {
    let group = resource.group;
    // Who announces an address or rewrites a source opens no pod.
    let is_apart = matches!(
        resource.kind,
        "CiliumL2AnnouncementPolicy" | "CiliumBGPPeeringPolicy" | "CiliumEgressGatewayPolicy"
    );
    let is_policy = resource.kind.contains("Policy") && !is_apart
        || resource.kind.ends_with("NetworkSet")
        || matches!(resource.kind, "Tier" | "HostEndpoint" | "Profile");
    match () {
        () if !is_policy => None,
        () if group == "cilium.io" => {
            Some("Cilium's policies may open or close what NetworkPolicies do")
        }
        () if group.ends_with("projectcalico.org") => {
            Some("Calico's policies may open or close what NetworkPolicies do")
        }
        () if group.ends_with("antrea.io") || group.ends_with("antrea.tanzu.vmware.com") => {
            Some("Antrea's policies may open or close what NetworkPolicies do")
        }
        // OpenShift's closes what goes out, and opens nothing.
        () if resource.kind == "EgressNetworkPolicy" => None,
        // Those of a cloud's own network add up with NetworkPolicies, or go before them.
        () if group == "vpcresources.k8s.aws"
            || group == "kubeovn.io"
            || resource.kind.contains("NetworkPolicy") && !KUBERNETES.contains(&group) =>
        {
            Some("it decides about the network beside NetworkPolicies")
        }
        () => None,
    }
}

/// One object in several files: which one is applied last is not known.
fn duplicates(model: &Model<'_>, target: Option<&Workload<'_>>, limits: &mut Vec<Reason>) {
    let root = model.options.root_namespace.as_str();
    // What binds the servers of its own namespace decides nothing about others.
    let is_elsewhere = |resource: &Resource<'_>| {
        let binds_servers = matches!(
            resource.kind,
            "Service" | "PeerAuthentication" | "AuthorizationPolicy" | "RequestAuthentication"
        );
        binds_servers
            && target.is_some_and(|target| {
                let here = target.resource.namespace;
                resource.namespace != here && resource.namespace != root
            })
    };
    let mut seen: BTreeSet<(&str, &str, &str, &str)> = BTreeSet::new();
    let place = |node: &Node| std::ptr::from_ref(node) as usize;
    let workloads = model.workloads.iter();
    let workloads: HashSet<usize> = workloads.map(|one| place(one.resource.node)).collect();
    for resource in &model.resources {
        let decides = resource.kind.ends_with("NetworkPolicy")
            || resource.kind.ends_with("NetworkSet")
            || resource.kind == "Namespace"
            || decides_in_mesh(resource)
            || workloads.contains(&place(resource.node));
        let key = (
            resource.group,
            resource.kind,
            resource.namespace,
            resource.name,
        );
        let is_named = resource.at(&["metadata", "name"]).is_some();
        if decides && is_named && !is_elsewhere(resource) && !seen.insert(key) {
            limits.push(Reason::at(
                format!(
                    "{} is defined twice: which one is applied is not known",
                    resource.subject()
                ),
                resource,
                resource.name_span,
            ));
        }
    }
}

/// What a mesh's answers depend on: its policies, and how its traffic is led.
fn decides_in_mesh(resource: &Resource<'_>) -> bool {
    let is_of_mesh = resource.group.ends_with("istio.io")
        || matches!(resource.group, "policy.linkerd.io" | "consul.hashicorp.com");
    is_of_mesh
        || (resource.group.is_empty() && resource.kind == "Service")
        || crate::lint::model::istio::is_mesh_config(resource)
}

/// Policies of one priority whose order the API does not define, and rules whose ports it does not.
fn tied(model: &Model<'_>, limits: &mut Vec<Reason>) {
    let policies = &model.cluster_policies;
    for (index, policy) in policies.iter().enumerate() {
        let tie = policies
            .iter()
            .take(index)
            .find(|other| contradict(policy, other));
        if let Some(other) = tie {
            limits.push(Reason::at(
                format!(
                    "{} has the priority of {}: which is asked first is not defined",
                    policy.resource.subject(),
                    other.resource.subject()
                ),
                &policy.resource,
                policy.resource.key_span(&["spec", "priority"]),
            ));
        }
        let rules = Direction::ALL
            .into_iter()
            .flat_map(|direction| policy.rules(direction));
        for rule in rules.filter(|rule| rule.ports.as_ref().is_some_and(Vec::is_empty)) {
            limits.push(Reason::at(
                format!(
                    "a rule of {} has an empty list of ports, which the API does not define",
                    policy.resource.subject()
                ),
                &policy.resource,
                rule.span,
            ));
        }
    }
}

fn contradict(a: &ClusterPolicy<'_>, b: &ClusterPolicy<'_>) -> bool {
    let together = |direction: Direction| {
        let (a, b) = (a.rules(direction), b.rules(direction));
        a.iter()
            .any(|one| b.iter().any(|other| one.action != other.action))
    };
    let is_same = (a.tier, a.priority) == (b.tier, b.priority);
    is_same && Direction::ALL.into_iter().any(together)
}

/// The port on which meshed traffic arrives, whatever its own.
const TUNNEL: u16 = 15008;

/// Why ports of policies of the network may not decide about one workload.
pub(super) fn tunnels_of(model: &Model<'_>, target: &Workload<'_>) -> Vec<Reason> {
    tunnels(model, Some(target))
}

/// Meshed traffic of ambient mode arrives on 15008, so that ports of policies of the network do not decide about it; and
/// sidecars that pods of ambient mode call take it there as well. One for each workload, or for this one.
fn tunnels(model: &Model<'_>, target: Option<&Workload<'_>>) -> Vec<Reason> {
    let has_policies = !model.network_policies.is_empty()
        || !model.cluster_policies.is_empty()
        || !model.plugin_policies.is_empty();
    if !has_policies {
        return Vec::new();
    }
    let opens_tunnel = opens_tunnel(model);
    let is_asked = |workload: &&Workload<'_>| {
        target.is_none_or(|target| std::ptr::eq(target.resource.node, workload.resource.node))
    };
    let workloads = model.workloads.iter().filter(is_asked);
    let meshed = workloads.filter_map(|workload| {
        let what = match membership(model, workload) {
            Membership::Ambient => "is in ambient mode",
            Membership::Sidecar if opens_tunnel => {
                "has a sidecar, which takes calls from ambient mode"
            }
            Membership::Unknown(_) if opens_tunnel => "may be in ambient mode",
            _ => return None,
        };
        let text = format!(
            "{} {what}: meshed traffic arrives on TCP {TUNNEL} whatever its port, so that ports of policies of the \
             network do not decide about it",
            workload.resource.subject()
        );
        Some(Reason::at(text, &workload.resource, workload.resource.name_span))
    });
    meshed.collect()
}

/// Whether a policy of the network lets something in on the tunnel's port by naming ports.
fn opens_tunnel(model: &Model<'_>) -> bool {
    let by_rules =
        |mut ports: Box<dyn Iterator<Item = &[PolicyPort<'_>]> + '_>| ports.any(singles_out_tunnel);
    let networks = model.network_policies.iter();
    let networks = networks.flat_map(|policy| policy.ingress.iter().flat_map(|one| &one.rules));
    let clusters = model
        .cluster_policies
        .iter()
        .flat_map(|policy| &policy.ingress);
    let plugins = model.plugin_policies.iter();
    let plugins = plugins.flat_map(|policy| policy.rules(Direction::Ingress));
    by_rules(Box::new(networks.map(|rule| rule.listed_ports.as_slice())))
        || by_rules(Box::new(clusters.filter_map(|rule| rule.ports.as_deref())))
        || by_rules(Box::new(plugins.filter_map(|rule| rule.ports.as_deref())))
}

/// Whether ports are let through among which the tunnel's is, but not all that it leads to.
fn singles_out_tunnel(listed: &[PolicyPort<'_>]) -> bool {
    let numbered = listed.iter().filter_map(|entry| match &entry.ports {
        PortMatch::Numbered(ports) => Some(ports),
        _ => None,
    });
    let all = numbered.fold(PortSet::none(), |all, ports| all.union(ports));
    let whole = PortSet::range(Protocol::Tcp, 1, u16::MAX);
    all.contains(Protocol::Tcp, TUNNEL) && !whole.is_within(&all)
}

/// Machines outside that hold an identity of the mesh.
fn machines(model: &Model<'_>, limits: &mut Vec<Reason>) {
    let mut resources = model.resources.iter();
    let machine = resources.find(|resource| {
        matches!(
            (resource.group, resource.kind),
            ("networking.istio.io", "WorkloadEntry" | "WorkloadGroup")
                | ("workload.linkerd.io", "ExternalWorkload" | "ExternalGroup")
                | ("multicluster.linkerd.io", "Link")
        )
    });
    if let Some(machine) = machine {
        let text = format!(
            "{} is not evaluated: a machine outside the cluster holds an identity of the mesh",
            machine.subject()
        );
        limits.push(Reason::at(text, machine, machine.name_span));
    }
}
