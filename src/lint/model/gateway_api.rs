//! The Gateway API, as far as waypoints and the edge of the mesh need it.

use super::{Reading, Resource};
use crate::kernel::document::Node;
use crate::kernel::source::Span;

/// A Gateway of `gateway.networking.k8s.io`.
#[derive(Debug)]
pub struct KubernetesGateway<'a> {
    /// The object.
    pub resource: Resource<'a>,
    /// Its class.
    pub class: &'a str,
    /// Its listeners.
    pub listeners: Vec<Listener<'a>>,
}

/// One listener.
#[derive(Debug)]
pub struct Listener<'a> {
    /// The port.
    pub port: Option<i64>,
    /// The protocol.
    pub protocol: &'a str,
    /// The host; none for every host.
    pub hostname: Option<&'a str>,
    /// What `allowedRoutes.namespaces.from` says.
    pub routes_from: Option<&'a str>,
    /// Where that stands, or the listener.
    pub span: Span,
}

impl KubernetesGateway<'_> {
    /// Whether it is the proxy of services inside the mesh and not its edge.
    pub fn is_waypoint(&self) -> bool {
        self.class == "istio-waypoint"
    }
}

pub(crate) fn kubernetes_gateway<'a>(
    mut reading: Reading<'a, '_>,
) -> Option<KubernetesGateway<'a>> {
    let resource = reading.resource.clone();
    let spec = reading.mapping(resource.node, "spec")?;
    let class = reading.text(spec, "gatewayClassName");
    let mut listeners = Vec::new();
    for node in reading.list(spec, "listeners").unwrap_or_default() {
        let from = node.at(&["allowedRoutes", "namespaces", "from"]);
        listeners.push(Listener {
            port: node.get("port").and_then(Node::as_i64),
            protocol: reading.text(node, "protocol").map_or("", |(text, _)| text),
            hostname: reading.text(node, "hostname").map(|(text, _)| text),
            routes_from: from.and_then(Node::as_str),
            span: from.map_or(node.span, |from| from.span),
        });
    }
    reading.is_sound().then_some(KubernetesGateway {
        resource,
        class: class.map_or("", |(class, _)| class),
        listeners,
    })
}
