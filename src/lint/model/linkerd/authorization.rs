//! Linkerd's AuthorizationPolicies, and ServerAuthorizations, their elder kind.

use super::super::{Reading, Resource};
use super::authentication::{Account, Block, Identities, blocks, written};
use super::{GATEWAY_API, GROUP, spec};
use crate::kernel::document::Node;
use crate::kernel::source::Span;
use crate::lint::model::istio::known_only;
use crate::lint::selector::LabelSelector;

/// An AuthorizationPolicy: who is let in to a target.
#[derive(Debug)]
pub struct Policy<'a> {
    /// The object.
    pub resource: Resource<'a>,
    /// What it lets in to.
    pub target: Target<'a>,
    /// What a client must show, all of them; nothing where there is none.
    pub required: Vec<Required<'a>>,
}

/// What a policy lets in to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target<'a> {
    /// A Server.
    Server(&'a str),
    /// Every Server of the namespace.
    Namespace,
    /// The requests of a route.
    Route {
        /// Its group.
        group: &'a str,
        /// Its kind.
        kind: &'a str,
        /// Its name.
        name: &'a str,
    },
}

/// What a client must show.
#[derive(Debug, Clone, Copy)]
pub enum Required<'a> {
    /// An identity of a MeshTLSAuthentication.
    MeshTls(Reference<'a>),
    /// An address of a NetworkAuthentication.
    Network(Reference<'a>),
    /// The identity of a service account.
    Account(Reference<'a>),
}

/// A name in another object, and where it stands.
#[derive(Debug, Clone, Copy)]
pub struct Reference<'a> {
    /// The namespace.
    pub namespace: &'a str,
    /// The name.
    pub name: &'a str,
    /// The reference.
    pub span: Span,
}

/// A ServerAuthorization: clients of Servers.
#[derive(Debug)]
pub struct ServerAuthorization<'a> {
    /// The object.
    pub resource: Resource<'a>,
    /// The Servers of its namespace.
    pub servers: Servers<'a>,
    /// The addresses of clients; those of the cluster where there is none.
    pub blocks: Vec<Block>,
    /// What is asked of them.
    pub asks: Asks<'a>,
}

/// The Servers of a ServerAuthorization.
#[derive(Debug)]
pub enum Servers<'a> {
    /// The one of this name.
    Named(&'a str),
    /// Those with labels.
    Selected(LabelSelector<'a>),
}

/// What a ServerAuthorization asks of its clients.
#[derive(Debug)]
pub enum Asks<'a> {
    /// Nothing.
    Nothing,
    /// TLS of the mesh, without an identity.
    Tls,
    /// One of these identities.
    Identity(Identities<'a>),
}

pub(super) fn policy<'a>(mut reading: Reading<'a, '_>) -> Option<Policy<'a>> {
    let resource = reading.resource.clone();
    let spec = spec(&mut reading)?;
    let known = ["targetRef", "requiredAuthenticationRefs"];
    known_only(&mut reading, spec, &known);
    let target = reading.mapping(spec, "targetRef");
    if target.is_none() {
        reading.problem(resource.name_span, "it has no `targetRef`");
    }
    let target = target.and_then(|node| target_of(&mut reading, node));
    let Some(listed) = reading.list(spec, "requiredAuthenticationRefs") else {
        let what = "it has no `requiredAuthenticationRefs`";
        reading.problem(resource.name_span, what);
        return None;
    };
    let mut required = Vec::new();
    for node in listed {
        required.extend(required_of(&mut reading, node));
    }
    let networks = required
        .iter()
        .filter(|one| matches!(one, Required::Network(_)));
    let networks = networks.count();
    if networks > 1 || required.len() - networks > 1 {
        let span = resource.key_span(&["spec", "requiredAuthenticationRefs"]);
        let what = "it may require one identity and one network, not several";
        reading.problem(span, what);
    }
    let target = target?;
    reading.is_sound().then_some(Policy {
        resource,
        target,
        required,
    })
}

/// A group that is not written is `core`, and the case of group and kind does not count
/// (`policy-controller/k8s/api/src/policy.rs`, `targets_kind`).
fn names(node: &Node, groups: &[&str], kind: &str) -> bool {
    let text = |key: &str| node.get(key).and_then(Node::as_str);
    let group = text("group").unwrap_or("core");
    text("kind").is_some_and(|own| own.eq_ignore_ascii_case(kind))
        && groups.iter().any(|one| one.eq_ignore_ascii_case(group))
}

fn target_of<'a>(reading: &mut Reading<'a, '_>, node: &'a Node) -> Option<Target<'a>> {
    known_only(reading, node, &["group", "kind", "name"]);
    let text = |key: &str| node.get(key).and_then(Node::as_str);
    let (group, kind) = (text("group").unwrap_or("core"), text("kind").unwrap_or(""));
    let Some(name) = text("name") else {
        reading.problem(node.span, "a reference needs `kind` and `name`");
        return None;
    };
    if names(node, &[GROUP], "Server") {
        return Some(Target::Server(name));
    }
    if names(node, &["core"], "Namespace") {
        if name != reading.resource.namespace {
            let what = format!("it cannot be for `{name}`, which is another namespace");
            reading.problem(node.span, what);
        }
        return Some(Target::Namespace);
    }
    let routes = [GROUP, GATEWAY_API];
    if names(node, &routes, "HTTPRoute") || names(node, &routes, "GRPCRoute") {
        return Some(Target::Route { group, kind, name });
    }
    let what = format!("`{kind}` of group `{group}` is no target of a policy");
    reading.problem(node.span, what);
    None
}

fn required_of<'a>(reading: &mut Reading<'a, '_>, node: &'a Node) -> Option<Required<'a>> {
    known_only(reading, node, &["group", "kind", "name", "namespace"]);
    let text = |key: &str| node.get(key).and_then(Node::as_str);
    let Some(name) = text("name") else {
        reading.problem(node.span, "a reference needs `kind` and `name`");
        return None;
    };
    let reference = Reference {
        namespace: text("namespace").unwrap_or(reading.resource.namespace),
        name,
        span: node.span,
    };
    if names(node, &[GROUP], "MeshTLSAuthentication") {
        return Some(Required::MeshTls(reference));
    }
    if names(node, &[GROUP], "NetworkAuthentication") {
        return Some(Required::Network(reference));
    }
    if names(node, &["core"], "ServiceAccount") {
        return Some(Required::Account(reference));
    }
    let kind = text("kind").unwrap_or_default();
    reading.problem(
        node.span,
        format!("`{kind}` is nothing that can be required"),
    );
    None
}

pub(super) fn server_authorization<'a>(
    mut reading: Reading<'a, '_>,
) -> Option<ServerAuthorization<'a>> {
    let resource = reading.resource.clone();
    let spec = spec(&mut reading)?;
    known_only(&mut reading, spec, &["server", "client"]);
    let servers = reading.mapping(spec, "server");
    let servers = servers.and_then(|node| servers_of(&mut reading, node));
    let client = reading.mapping(spec, "client");
    let (Some(servers), Some(client)) = (servers, client) else {
        reading.problem(resource.name_span, "it needs `server` and `client`");
        return None;
    };
    let known = ["networks", "unauthenticated", "meshTLS"];
    known_only(&mut reading, client, &known);
    let blocks = blocks(&mut reading, client);
    let is_open = reading.flag(client, "unauthenticated");
    let tls = reading.mapping(client, "meshTLS");
    let asks = match (is_open, tls) {
        (true, None) => Some(Asks::Nothing),
        (false, Some(node)) => mesh_tls(&mut reading, node),
        _ => {
            let what = "its client needs one of `unauthenticated: true` and `meshTLS`";
            reading.problem(client.span, what);
            None
        }
    };
    let asks = asks?;
    reading.is_sound().then_some(ServerAuthorization {
        resource,
        servers,
        blocks,
        asks,
    })
}

fn servers_of<'a>(reading: &mut Reading<'a, '_>, node: &'a Node) -> Option<Servers<'a>> {
    known_only(reading, node, &["name", "selector"]);
    let name = reading.text(node, "name");
    let selector = reading.mapping(node, "selector");
    match (name, selector) {
        (Some((name, _)), None) => Some(Servers::Named(name)),
        (None, Some(selector)) => {
            known_only(reading, selector, &["matchLabels", "matchExpressions"]);
            Some(Servers::Selected(reading.selector(selector)))
        }
        _ => {
            reading.problem(node.span, "`server` needs one of `name` and `selector`");
            None
        }
    }
}

fn mesh_tls<'a>(reading: &mut Reading<'a, '_>, node: &'a Node) -> Option<Asks<'a>> {
    let known = ["unauthenticatedTLS", "identities", "serviceAccounts"];
    known_only(reading, node, &known);
    let mut identities = Identities {
        written: written(reading, node),
        ..Identities::default()
    };
    for item in reading.list(node, "serviceAccounts").unwrap_or_default() {
        known_only(reading, item, &["name", "namespace"]);
        let text = |key: &str| item.get(key).and_then(Node::as_str);
        match text("name") {
            Some(name) => identities.accounts.push(Account {
                namespace: text("namespace").unwrap_or(reading.resource.namespace),
                name,
            }),
            None => reading.problem(item.span, "a service account needs `name`"),
        }
    }
    let is_empty = identities.written.is_empty() && identities.accounts.is_empty();
    let without = reading.flag(node, "unauthenticatedTLS");
    if without == is_empty {
        return Some(if without {
            Asks::Tls
        } else {
            Asks::Identity(identities)
        });
    }
    let what = "`meshTLS` needs `unauthenticatedTLS: true`, or identities and not both";
    reading.problem(node.span, what);
    None
}
