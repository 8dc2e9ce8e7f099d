//! Linkerd's Server, AuthorizationPolicy, MeshTLSAuthentication and NetworkAuthentication.

use super::{Reading, Resource};
use crate::kernel::document::Node;
use crate::kernel::source::Span;
use crate::lint::selector::LabelSelector;

/// A Server: a port of pods that policies speak of.
#[derive(Debug)]
pub struct Server<'a> {
    /// The object.
    pub resource: Resource<'a>,
    /// The pods.
    pub pods: LabelSelector<'a>,
    /// What holds where no policy matches; `deny` where it is not said.
    pub access: Option<(&'a str, Span)>,
}

/// An AuthorizationPolicy of `policy.linkerd.io`.
#[derive(Debug)]
pub struct Policy<'a> {
    /// The object.
    pub resource: Resource<'a>,
    /// Kind and name of what it protects.
    pub target: (&'a str, &'a str),
    /// Kind, namespace and name of what a client must show, all of them.
    pub required: Vec<(&'a str, &'a str, &'a str)>,
}

/// A MeshTLSAuthentication: which identities will do.
#[derive(Debug)]
pub struct MeshTls<'a> {
    /// The object.
    pub resource: Resource<'a>,
    /// The identities with their places.
    pub identities: Vec<(&'a str, Span)>,
}

/// A NetworkAuthentication: which addresses will do.
#[derive(Debug)]
pub struct Network<'a> {
    /// The object.
    pub resource: Resource<'a>,
    /// The blocks with their places.
    pub blocks: Vec<(&'a str, Span)>,
}

/// Everything of Linkerd.
#[derive(Debug, Default)]
pub struct Linkerd<'a> {
    /// The Servers.
    pub servers: Vec<Server<'a>>,
    /// The policies.
    pub policies: Vec<Policy<'a>>,
    /// The identities.
    pub mesh_tls: Vec<MeshTls<'a>>,
    /// The networks.
    pub networks: Vec<Network<'a>>,
}

impl<'a> Linkerd<'a> {
    /// Whether a kind is one of Linkerd's.
    pub(crate) fn reads(kind: &str) -> bool {
        matches!(
            kind,
            "Server" | "AuthorizationPolicy" | "MeshTLSAuthentication" | "NetworkAuthentication"
        )
    }

    pub(crate) fn add(&mut self, mut reading: Reading<'a, '_>) {
        let resource = reading.resource.clone();
        let Some(spec) = reading.mapping(resource.node, "spec") else {
            return;
        };
        match resource.kind {
            "Server" => self.servers.extend(server(reading, spec)),
            "AuthorizationPolicy" => self.policies.extend(policy(reading, spec)),
            "MeshTLSAuthentication" => self.mesh_tls.extend(mesh_tls(reading, spec)),
            _ => self.networks.extend(network(reading, spec)),
        }
    }
}

fn server<'a>(mut reading: Reading<'a, '_>, spec: &'a Node) -> Option<Server<'a>> {
    let pods = reading.mapping(spec, "podSelector");
    let pods = pods.map(|pods| reading.selector(pods)).unwrap_or_default();
    let access = reading.text(spec, "accessPolicy");
    let resource = reading.resource.clone();
    reading.is_sound().then_some(Server {
        resource,
        pods,
        access,
    })
}

fn policy<'a>(mut reading: Reading<'a, '_>, spec: &'a Node) -> Option<Policy<'a>> {
    let resource = reading.resource.clone();
    let text = |reading: &mut Reading<'a, '_>, node: &'a Node, key: &str| {
        reading.text(node, key).map_or("", |(text, _)| text)
    };
    let target = reading.mapping(spec, "targetRef");
    let target = target.map_or(("", ""), |node| {
        (
            text(&mut reading, node, "kind"),
            text(&mut reading, node, "name"),
        )
    });
    let mut required = Vec::new();
    let references = reading.list(spec, "requiredAuthenticationRefs");
    for node in references.unwrap_or_default() {
        let namespace = text(&mut reading, node, "namespace");
        let namespace = if namespace.is_empty() {
            resource.namespace
        } else {
            namespace
        };
        let kind = text(&mut reading, node, "kind");
        required.push((kind, namespace, text(&mut reading, node, "name")));
    }
    reading.is_sound().then_some(Policy {
        resource,
        target,
        required,
    })
}

fn mesh_tls<'a>(mut reading: Reading<'a, '_>, spec: &'a Node) -> Option<MeshTls<'a>> {
    let listed = reading.list(spec, "identities").unwrap_or_default();
    let identities = listed
        .iter()
        .filter_map(|item| Some((item.as_str()?, item.span)))
        .collect();
    let resource = reading.resource.clone();
    reading.is_sound().then_some(MeshTls {
        resource,
        identities,
    })
}

fn network<'a>(mut reading: Reading<'a, '_>, spec: &'a Node) -> Option<Network<'a>> {
    let mut blocks = Vec::new();
    for item in reading.list(spec, "networks").unwrap_or_default() {
        blocks.extend(reading.text(item, "cidr"));
    }
    let resource = reading.resource.clone();
    reading.is_sound().then_some(Network { resource, blocks })
}
