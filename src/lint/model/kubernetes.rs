//! Namespaces, everything that runs pods, and Services.

use super::istio::case_slips;
use super::{Labels, Reading, Resource, names};
use crate::kernel::document::Node;
use crate::kernel::source::Span;
use crate::lint::ports::Protocol;

/// A Namespace and its labels, the implicit name label included.
#[derive(Debug)]
pub struct Namespace<'a> {
    /// The object.
    pub resource: Resource<'a>,
    /// Its labels.
    pub labels: Labels<'a>,
}

/// Something that runs pods.
#[derive(Debug, Clone)]
pub struct Workload<'a> {
    /// The object.
    pub resource: Resource<'a>,
    /// The pods' labels.
    pub labels: Labels<'a>,
    /// The pods' annotations.
    pub annotations: Labels<'a>,
    /// The pods' metadata, where it is written.
    pub metadata: Option<&'a Node>,
    /// The pods' spec.
    pub spec: &'a Node,
    /// Where `hostNetwork: true` stands.
    pub host_network: Option<Span>,
    /// The pods' service account.
    pub service_account: &'a str,
    /// The ports that the containers declare.
    pub ports: Vec<ContainerPort<'a>>,
    /// The kind and name of the Deployment of the input that made it by a ReplicaSet.
    pub deployment: Option<(&'a str, &'a str)>,
}

/// A declared container port.
#[derive(Debug, Clone)]
pub struct ContainerPort<'a> {
    /// Its name.
    pub name: Option<&'a str>,
    /// Its number.
    pub number: u16,
    /// Its protocol.
    pub protocol: Protocol,
    /// Where the number stands.
    pub span: Span,
}

/// A Service, as far as ports need it.
#[derive(Debug)]
pub struct Service<'a> {
    /// The object.
    pub resource: Resource<'a>,
    /// The pods it selects; empty selects none.
    pub selector: Labels<'a>,
    /// Its ports.
    pub ports: Vec<ServicePort<'a>>,
}

/// A port of a Service.
#[derive(Debug)]
pub struct ServicePort<'a> {
    /// Its name.
    pub name: Option<&'a str>,
    /// Its protocol.
    pub protocol: Protocol,
    /// The port clients name.
    pub number: u16,
    /// The port of the pod, by number.
    pub target_number: Option<u16>,
    /// The port of the pod, by name.
    pub target_name: Option<&'a str>,
}

impl<'a> Workload<'a> {
    /// Its service account, with its namespace: what its identity in a mesh says.
    pub fn account(&self) -> String {
        format!("{}/{}", self.resource.namespace, self.service_account)
    }

    /// The kind and name of what made this pod, the Deployment itself where the input holds it; its own where nothing did.
    pub fn owner(&self) -> (&'a str, &'a str) {
        self.deployment.unwrap_or_else(|| self.direct_owner())
    }

    fn direct_owner(&self) -> (&'a str, &'a str) {
        let owners = self.resource.at(&["metadata", "ownerReferences"]);
        let text = |key: &str| {
            let first = owners
                .and_then(Node::as_sequence)
                .and_then(<[Node]>::first)?;
            first.get(key).and_then(Node::as_str)
        };
        let Some(name) = text("name") else {
            return (self.resource.kind, self.resource.name);
        };
        (text("kind").unwrap_or(self.resource.kind), name)
    }

    /// The kind and name of the Deployment that made this pod: it does so by a ReplicaSet, whose name is its own and the pods'
    /// hash.
    pub(crate) fn deployment_by_hash(&self) -> Option<(&'a str, &'a str)> {
        let (kind, name) = self.direct_owner();
        let made_by = [
            ("Deployment", "pod-template-hash"),
            ("Rollout", "rollouts-pod-template-hash"),
        ];
        let mut made_by = made_by.into_iter().filter(|_| kind == "ReplicaSet");
        made_by.find_map(|(kind, label)| {
            let hash = self.labels.get(label).filter(|hash| !hash.is_empty())?;
            Some((kind, name.strip_suffix(hash)?.strip_suffix('-')?))
        })
    }

    /// Whether this is a pod as the API server tells of it, not one that is yet to be made: what a webhook adds when a pod is
    /// made is in it, or never will be.
    pub fn is_made(&self) -> bool {
        let says = |path: &[&str]| {
            let text = self.resource.at(path).and_then(Node::as_str);
            text.is_some_and(|text| !text.is_empty())
        };
        self.resource.kind == "Pod" && (says(&["metadata", "uid"]) || says(&["status", "phase"]))
    }

    /// The names of its containers, also of those that come first.
    pub fn container_names(&self) -> impl Iterator<Item = &'a str> {
        let spec = self.spec;
        let lists = ["containers", "initContainers"].into_iter();
        lists
            .filter_map(move |key| spec.get(key)?.as_sequence())
            .flatten()
            .filter_map(|container| container.get("name")?.as_str())
    }

    /// The metadata key's span of an annotation or label, for pointing at it.
    pub fn metadata_span(&self, map: &str, key: &str) -> Option<Span> {
        let entry = self.metadata?.get(map)?.entry(key)?;
        Some(entry.key_span.to(entry.value.span))
    }
}

impl Service<'_> {
    /// Whether its load balancer is for the inside alone: clouds mark it so by annotation.
    pub fn is_internal(&self) -> bool {
        let annotations = self.resource.at(&["metadata", "annotations"]);
        let annotations = annotations.and_then(Node::as_mapping).unwrap_or_default();
        annotations.iter().any(|entry| {
            let value = entry.value.as_str().unwrap_or_default();
            entry.key.ends_with("load-balancer-internal") && value != "false"
                || (entry.key.contains("load-balancer") && matches!(value, "internal" | "Internal"))
        })
    }

    /// Whether it sends traffic to the pods of a workload. One without a selector sends to none.
    pub fn selects(&self, workload: &Workload<'_>) -> bool {
        !self.selector.is_empty()
            && self.resource.namespace == workload.resource.namespace
            && workload.labels.contains_all(&self.selector)
    }
}

pub(crate) fn namespace<'a>(mut reading: Reading<'a, '_>) -> Option<Namespace<'a>> {
    let resource = reading.resource.clone();
    let mut labels = reading
        .mapping(resource.node, "metadata")
        .map(|metadata| reading.labels(metadata, "labels"))
        .unwrap_or_default();
    labels.insert("kubernetes.io/metadata.name", resource.name);
    reading.is_sound().then_some(Namespace { resource, labels })
}

/// The pod template of a kind that runs pods: the node that holds `metadata` and `spec`.
fn pod_template<'a>(resource: &Resource<'a>) -> Option<&'a Node> {
    match (resource.group, resource.kind) {
        ("", "Pod") => Some(resource.node),
        ("batch", "CronJob") => resource.at(&["spec", "jobTemplate", "spec", "template"]),
        ("apps", "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet")
        | ("batch", "Job")
        | ("", "ReplicationController" | "DeploymentConfig")
        | ("apps.openshift.io", "DeploymentConfig")
        | ("argoproj.io", "Rollout")
        | ("kubevirt.io", "VirtualMachine") => resource.at(&["spec", "template"]),
        _ => None,
    }
}

/// Whether this kind runs pods.
pub(crate) fn runs_pods(resource: &Resource<'_>) -> bool {
    matches!(
        (resource.group, resource.kind),
        ("", "Pod" | "ReplicationController" | "DeploymentConfig")
            | ("batch", "CronJob" | "Job")
            | (
                "apps",
                "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet"
            )
            | ("apps.openshift.io", "DeploymentConfig")
            | ("argoproj.io", "Rollout")
            | ("kubevirt.io", "VirtualMachine")
    )
}

pub(crate) fn workload<'a>(mut reading: Reading<'a, '_>) -> Option<Workload<'a>> {
    let resource = reading.resource.clone();
    // The spec itself may be of a wrong type.
    reading.mapping(resource.node, "spec");
    let Some(template) = pod_template(&resource).filter(|template| !template.is_null()) else {
        // A Rollout may take its pods from a Deployment; every other kind brings its own.
        if resource.kind != "Rollout" {
            reading.problem(resource.name_span, "it has no pod template");
        }
        return None;
    };
    let metadata = reading.mapping(template, "metadata");
    let spec = reading.mapping(template, "spec");
    let labels = metadata
        .map(|m| reading.labels(m, "labels"))
        .unwrap_or_default();
    if let Some(wrong) = names::wrong_label(&labels) {
        reading.problem(metadata.map_or(resource.name_span, |m| m.span), wrong);
    }
    let annotations = metadata
        .map(|m| reading.labels(m, "annotations"))
        .unwrap_or_default();
    // Pods without a spec are refused by the API server; counted all the same, they are not overlooked.
    let spec = spec.unwrap_or(template);
    const POD: [&str; 5] = [
        "hostNetwork",
        "serviceAccountName",
        "serviceAccount",
        "containers",
        "initContainers",
    ];
    case_slips(&mut reading, spec, &POD);
    case_slips(&mut reading, template, &["metadata", "spec"]);
    if let Some(metadata) = metadata {
        case_slips(&mut reading, metadata, &["labels", "annotations"]);
    }
    let host_network = reading.flag(spec, "hostNetwork").then(|| {
        spec.entry("hostNetwork")
            .map_or(spec.span, |entry| entry.key_span.to(entry.value.span))
    });
    // The older name counts where the newer one is not written; the API server copies the newer over it.
    let service_account = ["serviceAccountName", "serviceAccount"]
        .into_iter()
        .filter_map(|key| reading.text(spec, key))
        .map(|(name, _)| name)
        .find(|name| !name.is_empty())
        .unwrap_or("default");
    let mut ports = Vec::new();
    for key in ["containers", "initContainers"] {
        for container in reading.list(spec, key).unwrap_or_default() {
            container_ports(&mut reading, container, &mut ports);
        }
    }
    reading.is_sound().then_some(Workload {
        resource,
        labels,
        annotations,
        metadata,
        spec,
        host_network,
        service_account,
        ports,
        deployment: None,
    })
}

/// The protocol of a port; TCP where none is written.
fn protocol(port: &Node) -> Protocol {
    let name = port.get("protocol").and_then(Node::as_str);
    name.and_then(Protocol::from_name).unwrap_or(Protocol::Tcp)
}

fn container_ports<'a>(
    reading: &mut Reading<'a, '_>,
    container: &'a Node,
    into: &mut Vec<ContainerPort<'a>>,
) {
    for port in reading.list(container, "ports").unwrap_or_default() {
        let Some(number) = port.get("containerPort") else {
            continue;
        };
        match number
            .as_i64()
            .and_then(|number| u16::try_from(number).ok())
        {
            Some(value) => into.push(ContainerPort {
                name: port.get("name").and_then(Node::as_str),
                number: value,
                protocol: protocol(port),
                span: number.span,
            }),
            None => reading.problem(number.span, "`containerPort` is not a port number"),
        }
    }
}

pub(crate) fn service<'a>(mut reading: Reading<'a, '_>) -> Option<Service<'a>> {
    let resource = reading.resource.clone();
    let spec = reading.mapping(resource.node, "spec")?;
    let selector = reading.labels(spec, "selector");
    let mut ports = Vec::new();
    for port in reading.list(spec, "ports").unwrap_or_default() {
        let as_port = |node: &Node| node.as_i64().and_then(|number| u16::try_from(number).ok());
        let Some(number) = port.get("port").and_then(as_port) else {
            reading.problem(port.span, "a Service port has no number");
            continue;
        };
        let target = port.get("targetPort").filter(|target| !target.is_null());
        let target_name = target.and_then(Node::as_str);
        ports.push(ServicePort {
            name: port.get("name").and_then(Node::as_str),
            protocol: protocol(port),
            number,
            target_number: match target {
                Some(target) => as_port(target),
                None => Some(number),
            },
            target_name,
        });
    }
    reading.is_sound().then_some(Service {
        resource,
        selector,
        ports,
    })
}
