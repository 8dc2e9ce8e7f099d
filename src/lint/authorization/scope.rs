//! Which policies are for a workload, and what enforces them.

use super::Plane;
use crate::kernel::document::Node;
use crate::lint::injection::{Membership, membership};
use crate::lint::model::Model;
use crate::lint::model::gateway_api::KubernetesGateway;
use crate::lint::model::istio::{AuthorizationPolicy, selects};
use crate::lint::model::kubernetes::{Service, Workload};

/// What a port speaks, as far as its Services say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Protocol {
    /// HTTP, gRPC.
    Http,
    /// Anything else, TLS of the application's own included.
    Tcp,
    /// Nothing says: the proxy looks at the first bytes.
    Detected,
}

const GATEWAY_NAME: &str = "gateway.networking.k8s.io/gateway-name";

/// The policies that a sidecar or the node's proxy applies for a workload: those of its namespace and of the root
/// namespace, without a target and with a selector that picks it.
pub fn selecting<'m, 'a>(
    model: &'m Model<'a>,
    workload: &Workload<'_>,
) -> Vec<(usize, &'m AuthorizationPolicy<'a>)> {
    let root = model.options.root_namespace.as_str();
    let namespace = workload.resource.namespace;
    let gateway = workload.labels.get(GATEWAY_NAME).copied();
    let policies = model.authorization_policies_in([namespace, root]);
    policies
        .filter(|(_, policy)| {
            let here = policy.resource.namespace;
            if !policy.targets.is_empty() {
                return here == namespace
                    && gateway.is_some_and(|name| {
                        let mut targets = policy.targets.iter();
                        targets.any(|target| target.kind == "Gateway" && target.name == name)
                    });
            }
            (here == namespace || here == root) && selects(&policy.selector, &workload.labels)
        })
        .collect()
}

/// The waypoint that calls to a Service go through, by the label `istio.io/use-waypoint` of the Service or its
/// namespace.
pub fn waypoint_of<'m, 'a>(
    model: &'m Model<'a>,
    service: &Service<'_>,
) -> Option<&'m KubernetesGateway<'a>> {
    const USE: &str = "istio.io/use-waypoint";
    const USE_NAMESPACE: &str = "istio.io/use-waypoint-namespace";
    let own = service
        .resource
        .at(&["metadata", "labels", USE])
        .and_then(Node::as_str);
    let namespace = service.resource.namespace;
    let inherited = model
        .namespaces
        .get(namespace)
        .and_then(|namespace| namespace.labels.get(USE).copied());
    let name = own.or(inherited).filter(|name| *name != "none")?;
    // The namespace of the waypoint is said beside its name.
    let there = match own {
        Some(_) => service
            .resource
            .at(&["metadata", "labels", USE_NAMESPACE])
            .and_then(Node::as_str),
        None => model
            .namespaces
            .get(namespace)
            .and_then(|namespace| namespace.labels.get(USE_NAMESPACE).copied()),
    };
    let there = there.unwrap_or(namespace);
    let mut gateways = model.mesh.kubernetes_gateways.iter();
    gateways.find(|gateway| gateway.resource.namespace == there && gateway.resource.name == name)
}

/// What enforces policies at a port of a workload: one plane, or two where the protocol is detected; none without a
/// proxy. Where it is not known whether there is a proxy, the sidecar's.
pub fn plane(model: &Model<'_>, workload: &Workload<'_>, port: u16) -> Vec<Plane> {
    match membership(model, workload) {
        Membership::Outside(_) => Vec::new(),
        Membership::Ambient => vec![Plane::Ztunnel],
        Membership::Sidecar | Membership::Unknown(_) => match protocol(model, workload, port) {
            Protocol::Http => vec![Plane::Http],
            Protocol::Tcp => vec![Plane::Tcp],
            Protocol::Detected => vec![Plane::Http, Plane::Tcp],
        },
    }
}

/// What a workload's port speaks: as the Services in front of it say by `appProtocol` or by the port's name. Without a
/// Service the proxy passes the connection through, and looks.
pub fn protocol(model: &Model<'_>, workload: &Workload<'_>, port: u16) -> Protocol {
    let fronts = model.services_before(workload).into_iter();
    let said = fronts.flat_map(|service| {
        let nodes = service
            .resource
            .at(&["spec", "ports"])
            .and_then(Node::as_sequence);
        let nodes = nodes.unwrap_or_default().iter();
        let ports = service.ports.iter().zip(nodes);
        ports
            .filter(|(front, _)| leads_to(workload, front.target_number, front.target_name, port))
            .map(|(_, node)| protocol_of(node))
            .collect::<Vec<_>>()
    });
    // A ServiceEntry may be for pods, and say another protocol for their port.
    let entries = model.mesh.service_entries.iter().filter(|entry| {
        let is_for = |selector| selects(selector, &workload.labels);
        entry.resource.namespace == workload.resource.namespace
            && entry.selector.as_ref().is_some_and(is_for)
    });
    let of_entries = entries.flat_map(|entry| {
        let nodes = entry
            .resource
            .at(&["spec", "ports"])
            .and_then(Node::as_sequence);
        let nodes = nodes.unwrap_or_default().iter();
        let is_it = |node: &&Node| {
            let number = |key: &str| node.get(key).and_then(Node::as_i64);
            number("targetPort").or_else(|| number("number")) == Some(i64::from(port))
        };
        nodes
            .filter(is_it)
            .map(protocol_of_entry)
            .collect::<Vec<_>>()
    });
    let mut said = said.chain(of_entries);
    let first = said.next().unwrap_or(Protocol::Detected);
    // Services that disagree: what both planes may do.
    if said.all(|other| other == first) {
        first
    } else {
        Protocol::Detected
    }
}

/// Whether a Service port's target is this port of the workload.
pub fn leads_to(
    workload: &Workload<'_>,
    number: Option<u16>,
    name: Option<&str>,
    port: u16,
) -> bool {
    number == Some(port)
        || name.is_some_and(|name| {
            let mut declared = workload.ports.iter();
            declared.any(|declared| declared.name == Some(name) && declared.number == port)
        })
}

/// The protocol of a Service port: `appProtocol`, else the name up to its first dash.
fn protocol_of(port: &Node) -> Protocol {
    let text = |key: &str| port.get(key).and_then(Node::as_str);
    if text("protocol").is_some_and(|protocol| protocol != "TCP") {
        return Protocol::Tcp;
    }
    let said = text("appProtocol").map(|said| said.trim_start_matches("kubernetes.io/"));
    let name = || text("name").map(|name| name.split('-').next().unwrap_or_default());
    said.or_else(name).map_or(Protocol::Detected, named)
}

/// The protocol of a ServiceEntry's port, which names it.
fn protocol_of_entry(port: &Node) -> Protocol {
    let said = port.get("protocol").and_then(Node::as_str);
    said.map_or(Protocol::Detected, named)
}

fn named(protocol: &str) -> Protocol {
    match protocol.to_ascii_lowercase().as_str() {
        "http" | "http2" | "h2c" | "grpc" | "ws" | "wss" => Protocol::Http,
        "tcp" | "tls" | "https" | "mongo" | "mysql" | "redis" | "udp" => Protocol::Tcp,
        _ => Protocol::Detected,
    }
}
