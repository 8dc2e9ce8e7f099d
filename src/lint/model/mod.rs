//! Typed resources with spans, read tolerantly: a wrong type is a note, never the end of a run.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use super::{Options, effective_mtls, injection, rewriting};
use crate::kernel::document::Document;
use crate::kernel::report::Note;
use crate::kernel::source::{Source, Span};
use crate::kernel::yaml::Remark;
use crate::lint::documents::Documents;

pub mod admin_network_policy;
pub mod calico;
mod calico_refusals;
pub mod calico_selector;
mod carriers;
pub mod cilium;
mod cilium_ports;
pub mod cluster_network_policy;
pub mod consul;
pub mod gateway_api;
pub mod ingress;
pub mod istio;
pub mod kubernetes;
mod labels;
pub mod linkerd;
pub mod mesh;
pub(crate) mod names;
pub mod network_policy;
pub mod plugin_policy;
mod reading;
pub(crate) mod release;
mod resource;
mod unite;

pub use labels::Labels;
pub(crate) use reading::Reading;
pub use resource::{Flattened, Resource, flatten};

/// The cluster that the inputs describe.
#[derive(Debug)]
pub struct Model<'a> {
    /// What the caller knows beside the inputs.
    pub options: &'a Options,
    /// The documents, for the rules that judge text and not meaning.
    pub documents: &'a [Document],
    /// Remarks about the streams.
    pub remarks: &'a [(Arc<Source>, Remark)],
    /// Every resource, of kinds unknown to the model too.
    pub resources: Vec<Resource<'a>>,
    /// Documents that lost their indentation, with what tells.
    pub indentation_lost: Vec<IndentationLost<'a>>,
    /// Namespaces by name.
    pub namespaces: BTreeMap<&'a str, kubernetes::Namespace<'a>>,
    /// Namespaces that are defined twice, with different labels about the mesh.
    pub contested_namespaces: BTreeSet<&'a str>,
    /// What runs pods.
    pub workloads: Vec<kubernetes::Workload<'a>>,
    /// Services.
    pub services: Vec<kubernetes::Service<'a>>,
    /// Ingresses and Routes.
    pub ingresses: Vec<ingress::Ingress<'a>>,
    /// NetworkPolicies.
    pub network_policies: Vec<network_policy::NetworkPolicy<'a>>,
    /// AdminNetworkPolicies, BaselineAdminNetworkPolicies and ClusterNetworkPolicies.
    pub cluster_policies: Vec<admin_network_policy::ClusterPolicy<'a>>,
    /// Policies of network plugins.
    pub plugin_policies: Vec<plugin_policy::PluginPolicy<'a>>,
    /// Sets of addresses that such policies name.
    pub network_sets: Vec<plugin_policy::NetworkSet<'a>>,
    /// PeerAuthentications.
    pub peer_authentications: Vec<istio::PeerAuthentication<'a>>,
    /// AuthorizationPolicies.
    pub authorization_policies: Vec<istio::AuthorizationPolicy<'a>>,
    /// DestinationRules.
    pub destination_rules: Vec<istio::DestinationRule<'a>>,
    /// What else belongs to meshes.
    pub mesh: mesh::Mesh<'a>,
    /// What could not be judged.
    pub notes: Vec<Note>,
    /// Whether the inputs show a mesh at all: its resources, its labels, or the caller's word.
    pub shows_mesh: bool,
    /// The Services before each workload, by its identity in memory.
    fronted: HashMap<usize, Vec<usize>>,
    by_namespace: ByNamespace<'a>,
    carriers: carriers::Carriers<'a>,
    effective: Vec<effective_mtls::Effective>,
    /// For each PeerAuthentication the workloads whose mode it decides.
    decided: Vec<Vec<usize>>,
    unjudged_policies: Vec<usize>,
    pub(in crate::lint) doubtful: rewriting::Doubtful,
    /// PeerAuthentications that another one of the same name stands beside.
    twice: Vec<usize>,
    /// The revisions and tags of the control planes that the input shows; none where it shows no control plane.
    pub(in crate::lint) revisions: Option<BTreeSet<&'a str>>,
}

/// A manifest pasted without its indentation.
#[derive(Debug)]
pub struct IndentationLost<'a> {
    /// The document.
    pub document: &'a Document,
    /// Its kind.
    pub kind: &'a str,
    /// The key that lost its content.
    pub emptied: Span,
    /// The key that should be under it.
    pub escaped: Span,
    /// The name of the key that should be under `metadata` or `spec`.
    pub escaped_key: &'a str,
}

/// What is where, so that no rule looks at everything for each of everything.
#[derive(Debug, Default)]
struct ByNamespace<'a> {
    /// Every namespace that any resource is in, or that is in the input itself.
    seen: BTreeSet<&'a str>,
    workloads: BTreeMap<&'a str, Vec<usize>>,
    peer_authentications: BTreeMap<&'a str, Vec<usize>>,
    network_policies: BTreeMap<&'a str, Vec<usize>>,
    authorization_policies: BTreeMap<&'a str, Vec<usize>>,
    services: BTreeMap<&'a str, Vec<usize>>,
}

impl<'a> Model<'a> {
    pub(crate) fn new(documents: &'a Documents, options: &'a Options) -> Self {
        Self {
            options,
            documents: &documents.read,
            remarks: &documents.remarks,
            resources: Vec::new(),
            indentation_lost: Vec::new(),
            namespaces: BTreeMap::new(),
            contested_namespaces: BTreeSet::new(),
            workloads: Vec::new(),
            services: Vec::new(),
            ingresses: Vec::new(),
            network_policies: Vec::new(),
            cluster_policies: Vec::new(),
            plugin_policies: Vec::new(),
            network_sets: Vec::new(),
            peer_authentications: Vec::new(),
            authorization_policies: Vec::new(),
            destination_rules: Vec::new(),
            mesh: mesh::Mesh::default(),
            notes: Vec::new(),
            shows_mesh: false,
            fronted: HashMap::new(),
            by_namespace: ByNamespace::default(),
            carriers: carriers::Carriers::default(),
            effective: Vec::new(),
            decided: Vec::new(),
            unjudged_policies: Vec::new(),
            doubtful: rewriting::Doubtful::default(),
            twice: Vec::new(),
            revisions: None,
        }
    }

    pub(crate) fn add_namespace(&mut self, namespace: kubernetes::Namespace<'a>) {
        let name = namespace.resource.name;
        let contested = self
            .namespaces
            .get(name)
            .is_some_and(|earlier| mesh_labels(earlier) != mesh_labels(&namespace));
        if contested {
            self.contested_namespaces.insert(name);
        }
        self.namespaces.insert(name, namespace);
    }

    /// Fills the indexes and computes the mode of every workload, once all resources are in.
    pub(crate) fn complete(&mut self) {
        let namespaced = self
            .resources
            .iter()
            .filter(|resource| resource.is_namespaced());
        self.by_namespace.seen = namespaced.map(|resource| resource.namespace).collect();
        self.by_namespace.seen.extend(self.namespaces.keys());
        self.find_deployments();
        self.by_namespace.workloads = grouped(&self.workloads, |one| one.resource.namespace);
        self.carriers = carriers::Carriers::of(&self.workloads);
        self.by_namespace.peer_authentications =
            grouped(&self.peer_authentications, |one| one.resource.namespace);
        self.by_namespace.network_policies =
            grouped(&self.network_policies, |one| one.resource.namespace);
        self.by_namespace.authorization_policies =
            grouped(&self.authorization_policies, |one| one.resource.namespace);
        self.by_namespace.services = grouped(&self.services, |one| one.resource.namespace);
        self.fronted = self.fronted();
        self.doubtful = rewriting::Doubtful::of(&self.resources, self.documents);
        let unjudged = self.resources.iter().enumerate().filter(|(_, resource)| {
            let kind = resource.kind.trim();
            let mut judged = self.peer_authentications_in(resource.namespace);
            kind.eq_ignore_ascii_case("PeerAuthentication")
                && !judged.any(|(_, policy)| std::ptr::eq(policy.resource.node, resource.node))
        });
        self.unjudged_policies = unjudged.map(|(index, _)| index).collect();
        let mut names = BTreeSet::new();
        let modes = self.peer_authentications.iter().enumerate();
        let twice = modes.filter(|(_, policy)| {
            let resource = &policy.resource;
            let is_named = resource.at(&["metadata", "name"]).is_some();
            is_named && !names.insert((resource.namespace, resource.name))
        });
        self.twice = twice.map(|(index, _)| index).collect();
        self.shows_mesh = self.has_mesh_traces();
        self.revisions = injection::revisions(self);
        self.effective = self
            .workloads
            .iter()
            .map(|workload| effective_mtls::of_workload(self, workload))
            .collect();
        let mut decided = vec![Vec::new(); self.peer_authentications.len()];
        for (index, effective) in self.effective.iter().enumerate() {
            for policy in effective.deciding_indexes(self) {
                if let Some(workloads) = decided.get_mut(policy) {
                    workloads.push(index);
                }
            }
        }
        self.decided = decided;
    }

    /// Pods belong to the Deployments of the input that made them by their ReplicaSets.
    fn find_deployments(&mut self) {
        let known = self.workloads.iter().map(|one| {
            let resource = &one.resource;
            (resource.namespace, (resource.kind, resource.name))
        });
        let known: HashSet<_> = known.collect();
        for workload in &mut self.workloads {
            let above = workload.deployment_by_hash();
            let namespace = workload.resource.namespace;
            workload.deployment = above.filter(|above| known.contains(&(namespace, *above)));
        }
    }

    /// The workloads whose mode this PeerAuthentication of the model decides.
    pub fn decided_by(
        &self,
        policy: &istio::PeerAuthentication<'a>,
    ) -> impl Iterator<Item = &kubernetes::Workload<'a>> {
        let position = self
            .peer_authentications_in(policy.resource.namespace)
            .find(|(_, candidate)| std::ptr::eq(*candidate, policy));
        let workloads = position.and_then(|(index, _)| self.decided.get(index));
        let workloads = workloads.into_iter().flatten();
        workloads.filter_map(|index| self.workloads.get(*index))
    }

    /// What is meant as a PeerAuthentication and is none that counts.
    pub fn unjudged_policies(&self) -> impl Iterator<Item = &Resource<'a>> {
        let indexes = self.unjudged_policies.iter();
        indexes.filter_map(|index| self.resources.get(*index))
    }

    /// PeerAuthentications that stand in the input twice: which of the two is applied last nobody knows.
    pub fn peer_authentications_twice(&self) -> impl Iterator<Item = &Resource<'a>> {
        let indexes = self.twice.iter();
        indexes.filter_map(|index| Some(&self.peer_authentications.get(*index)?.resource))
    }

    /// The mesh's root namespace, where the input lacks it or names another one: policies of it may stand elsewhere.
    pub fn unseen_root(&self) -> Option<&str> {
        let root = self.options.root_namespace.as_str();
        if let Some(said) = self.mesh.disputed_root(root) {
            return Some(said);
        }
        (!self.sees_namespace(root) && !self.options.closed_world).then_some(root)
    }

    /// Every namespace that the inputs say anything about.
    pub fn seen_namespaces(&self) -> impl Iterator<Item = &'a str> {
        self.by_namespace.seen.iter().copied()
    }

    /// The workloads of a namespace.
    pub fn workloads_in(&self, namespace: &str) -> impl Iterator<Item = &kubernetes::Workload<'a>> {
        let indexes = self.by_namespace.workloads.get(namespace);
        let indexes = indexes.into_iter().flatten();
        indexes.filter_map(|index| self.workloads.get(*index))
    }

    /// The PeerAuthentications of a namespace with their indexes.
    pub fn peer_authentications_in(
        &self,
        namespace: &str,
    ) -> impl Iterator<Item = (usize, &istio::PeerAuthentication<'a>)> {
        let indexes = self.by_namespace.peer_authentications.get(namespace);
        let indexes = indexes.into_iter().flatten();
        indexes.filter_map(|index| Some((*index, self.peer_authentications.get(*index)?)))
    }

    /// The NetworkPolicies of a namespace.
    pub fn network_policies_in(
        &self,
        namespace: &str,
    ) -> impl Iterator<Item = &network_policy::NetworkPolicy<'a>> {
        let indexes = self.by_namespace.network_policies.get(namespace);
        let indexes = indexes.into_iter().flatten();
        indexes.filter_map(|index| self.network_policies.get(*index))
    }

    /// The Services of a namespace.
    pub fn services_in(&self, namespace: &str) -> impl Iterator<Item = &kubernetes::Service<'a>> {
        let indexes = self.by_namespace.services.get(namespace);
        let indexes = indexes.into_iter().flatten();
        indexes.filter_map(|index| self.services.get(*index))
    }

    /// The AuthorizationPolicies of two namespaces with their indexes, in the order of the input.
    pub fn authorization_policies_in(
        &self,
        namespaces: [&str; 2],
    ) -> impl Iterator<Item = (usize, &istio::AuthorizationPolicy<'a>)> {
        let [one, other] = namespaces;
        let of = |name: &str| {
            let indexes = self.by_namespace.authorization_policies.get(name);
            indexes.map(Vec::as_slice).unwrap_or_default()
        };
        let mut indexes: Vec<usize> = of(one).to_vec();
        if one != other {
            indexes.extend_from_slice(of(other));
            indexes.sort_unstable();
        }
        let policies = indexes.into_iter();
        policies.filter_map(|index| Some((index, self.authorization_policies.get(index)?)))
    }

    /// Every workload with the mTLS mode that holds for it.
    pub fn effective(
        &self,
    ) -> impl Iterator<Item = (&kubernetes::Workload<'a>, &effective_mtls::Effective)> {
        self.workloads.iter().zip(&self.effective)
    }

    /// The workloads of a namespace with their modes.
    pub fn effective_in(
        &self,
        namespace: &str,
    ) -> impl Iterator<Item = (&kubernetes::Workload<'a>, &effective_mtls::Effective)> {
        let indexes = self.by_namespace.workloads.get(namespace);
        let indexes = indexes.into_iter().flatten();
        indexes.filter_map(|index| Some((self.workloads.get(*index)?, self.effective.get(*index)?)))
    }

    /// Whether the inputs say anything about a namespace.
    pub fn sees_namespace(&self, name: &str) -> bool {
        self.by_namespace.seen.contains(name)
    }

    fn has_mesh_traces(&self) -> bool {
        self.options.assume_mesh_mtls.is_some()
            || self
                .resources
                .iter()
                .any(|resource| resource.group.ends_with("istio.io"))
            || self
                .namespaces
                .values()
                .any(|namespace| namespace.labels.keys().any(|key| is_mesh_label(key)))
            || self
                .workloads
                .iter()
                .any(|workload| workload.labels.keys().any(|key| is_mesh_label(key)))
    }
}

fn grouped<'a, T>(items: &[T], namespace: impl Fn(&T) -> &'a str) -> BTreeMap<&'a str, Vec<usize>> {
    let mut groups: BTreeMap<&'a str, Vec<usize>> = BTreeMap::new();
    for (index, item) in items.iter().enumerate() {
        groups.entry(namespace(item)).or_default().push(index);
    }
    groups
}

fn mesh_labels<'n>(namespace: &'n kubernetes::Namespace<'_>) -> Vec<(&'n str, &'n str)> {
    let labels = namespace.labels.iter().map(|(key, value)| (*key, *value));
    labels.filter(|(key, _)| is_mesh_label(key)).collect()
}

fn is_mesh_label(key: &str) -> bool {
    matches!(
        key,
        "istio-injection" | "istio.io/rev" | "istio.io/dataplane-mode" | "sidecar.istio.io/inject"
    )
}

/// Namespaces of the cluster itself, where no application runs.
pub fn is_system_namespace(model: &Model<'_>, name: &str) -> bool {
    name == model.options.root_namespace
        || matches!(
            name,
            "kube-system" | "kube-public" | "kube-node-lease" | "istio-system"
        )
}
