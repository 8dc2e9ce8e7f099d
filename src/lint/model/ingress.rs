//! Ingress and OpenShift's Route: which Services are offered to the outside, on which of their ports.

use super::{Reading, Resource};
use crate::kernel::document::Node;
use crate::kernel::source::Span;

/// An object through which an ingress controller forwards to Services.
#[derive(Debug)]
pub struct Ingress<'a> {
    /// The object.
    pub resource: Resource<'a>,
    /// The Services behind it.
    pub backends: Vec<Backend<'a>>,
}

/// A Service behind an ingress.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backend<'a> {
    /// The Service, of the same namespace.
    pub service: &'a str,
    /// Its port.
    pub port: BackendPort<'a>,
    /// Where the Service is named.
    pub span: Span,
}

/// The port of a backend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BackendPort<'a> {
    /// None is named: every port of the Service.
    Any,
    /// The Service's port of this number.
    Number(u16),
    /// The Service's port of this name.
    Name(&'a str),
    /// The pods' port, which a Route names: of the Service by name, of the pods by number.
    Target(u16),
}

pub(crate) fn ingress<'a>(mut reading: Reading<'a, '_>) -> Option<Ingress<'a>> {
    let resource = reading.resource.clone();
    let mut backends = Vec::new();
    if let Some(spec) = reading.mapping(resource.node, "spec") {
        for key in ["defaultBackend", "backend"] {
            if let Some(node) = reading.mapping(spec, key) {
                backends.extend(backend(&mut reading, node));
            }
        }
        for rule in reading.list(spec, "rules").unwrap_or_default() {
            let Some(http) = reading.mapping(rule, "http") else {
                continue;
            };
            for path in reading.list(http, "paths").unwrap_or_default() {
                if let Some(node) = reading.mapping(path, "backend") {
                    backends.extend(backend(&mut reading, node));
                }
            }
        }
    }
    reading.is_sound().then_some(Ingress { resource, backends })
}

/// `service: {name, port: {number|name}}`, or the older `serviceName` and `servicePort`.
fn backend<'a>(reading: &mut Reading<'a, '_>, node: &'a Node) -> Option<Backend<'a>> {
    let (name, port) = match reading.mapping(node, "service") {
        Some(service) => {
            let port = service.get("port");
            let port = port.and_then(|port| port.get("number").or_else(|| port.get("name")));
            (reading.text(service, "name"), port)
        }
        None => (reading.text(node, "serviceName"), node.get("servicePort")),
    };
    let (service, span) = name?;
    Some(Backend {
        service,
        port: port_of(port, BackendPort::Number),
        span,
    })
}

fn port_of<'a>(node: Option<&'a Node>, number: fn(u16) -> BackendPort<'a>) -> BackendPort<'a> {
    let Some(node) = node else {
        return BackendPort::Any;
    };
    match node.as_str() {
        Some(name) => BackendPort::Name(name),
        None => node
            .as_i64()
            .and_then(|value| u16::try_from(value).ok())
            .map_or(BackendPort::Any, number),
    }
}

pub(crate) fn route<'a>(mut reading: Reading<'a, '_>) -> Option<Ingress<'a>> {
    let resource = reading.resource.clone();
    let mut backends = Vec::new();
    if let Some(spec) = reading.mapping(resource.node, "spec") {
        let port = spec.at(&["port", "targetPort"]);
        let to = reading.mapping(spec, "to").into_iter();
        let others = reading.list(spec, "alternateBackends").unwrap_or_default();
        for target in to.chain(others) {
            if let Some((service, span)) = reading.text(target, "name") {
                backends.push(Backend {
                    service,
                    port: port_of(port, BackendPort::Target),
                    span,
                });
            }
        }
    }
    reading.is_sound().then_some(Ingress { resource, backends })
}
