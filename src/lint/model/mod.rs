//! Typed resources with spans, read tolerantly: a wrong type is a note, never the end of a run.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Options;
use crate::kernel::document::Document;
use crate::kernel::report::Note;
use crate::kernel::source::{Source, Span};
use crate::kernel::yaml::Remark;

pub mod istio;
pub mod kubernetes;
pub mod network_policy;
mod reading;
mod resource;

pub(crate) use reading::Reading;
pub use resource::{Flattened, Resource, flatten};

/// Labels or annotations.
pub type Labels<'a> = BTreeMap<&'a str, &'a str>;

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
    /// What runs pods.
    pub workloads: Vec<kubernetes::Workload<'a>>,
    /// Services.
    pub services: Vec<kubernetes::Service<'a>>,
    /// NetworkPolicies.
    pub network_policies: Vec<network_policy::NetworkPolicy<'a>>,
    /// PeerAuthentications.
    pub peer_authentications: Vec<istio::PeerAuthentication<'a>>,
    /// AuthorizationPolicies.
    pub authorization_policies: Vec<istio::AuthorizationPolicy<'a>>,
    /// DestinationRules.
    pub destination_rules: Vec<istio::DestinationRule<'a>>,
    /// What could not be judged.
    pub notes: Vec<Note>,
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

impl<'a> Model<'a> {
    /// The workloads of a namespace.
    pub fn workloads_in(&self, namespace: &str) -> impl Iterator<Item = &kubernetes::Workload<'a>> {
        self.workloads
            .iter()
            .filter(move |workload| workload.resource.namespace == namespace)
    }

    /// Whether the inputs say anything about a namespace.
    pub fn sees_namespace(&self, name: &str) -> bool {
        self.namespaces.contains_key(name)
            || self
                .resources
                .iter()
                .any(|resource| resource.is_namespaced() && resource.namespace == name)
    }

    /// Whether the inputs show a mesh at all: its resources, its labels, or the caller's word.
    pub fn shows_mesh(&self) -> bool {
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
