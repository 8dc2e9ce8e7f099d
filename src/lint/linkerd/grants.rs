//! The clauses that let clients in: of a Server, of its routes, of a default policy.

use super::LinkerdMesh;
use super::policy::{Origin, at};
use crate::lint::model::linkerd::{
    Access, Asks, Block, Identities, Reference, Required, Route, Server, Servers, Speaks, Target,
};

/// A clause that lets clients in.
#[derive(Debug)]
pub(super) struct Grant<'r> {
    /// Who says it.
    pub(super) said: Origin,
    /// From where.
    pub(super) networks: Networks<'r>,
    /// Who.
    pub(super) asks: Asked<'r>,
}

/// The addresses that a clause is for.
#[derive(Debug)]
pub(super) enum Networks<'r> {
    /// Every one.
    Any,
    /// Those that Linkerd's control plane takes for the cluster's.
    Cluster,
    /// These.
    Blocks(Vec<&'r Block>),
    /// Those of an authentication that is not in the input.
    Unseen(String),
}

/// What a clause asks of a client.
#[derive(Debug)]
pub(super) enum Asked<'r> {
    /// Nothing.
    Nothing,
    /// TLS of the mesh, without an identity.
    Tls,
    /// Some identity of the mesh.
    AnyIdentity,
    /// One of these.
    Identities(Vec<&'r Identities<'r>>),
    /// An account: its namespace and its name.
    Account(&'r str, &'r str),
    /// Those of an authentication that is not in the input.
    Unseen(String),
}

/// The clauses for a Server, and those for its routes.
#[derive(Debug, Default)]
pub(super) struct Grants<'r> {
    /// Those for the Server.
    pub(super) of_server: Vec<Grant<'r>>,
    /// Those for one of its routes.
    pub(super) of_routes: Vec<Grant<'r>>,
    /// The routes.
    pub(super) routes: Vec<&'r Route<'r>>,
}

impl Grants<'_> {
    /// Whether routes divide the requests.
    pub(super) fn has_routes(&self) -> bool {
        !self.routes.is_empty()
    }
}

impl Grant<'_> {
    /// Whether it lets clients in that show no identity.
    pub(super) fn is_lax(&self) -> bool {
        matches!(self.asks, Asked::Nothing | Asked::Tls)
    }
}

impl LinkerdMesh<'_, '_> {
    /// The clauses for a Server and its routes.
    pub(super) fn grants<'r>(&'r self, server: &'r Server<'_>) -> Grants<'r> {
        let linkerd = &self.model.mesh.linkerd;
        let (namespace, name) = (server.resource.namespace, server.resource.name);
        let mut grants = Grants::default();
        for one in &linkerd.authorizations {
            let is_for = one.resource.namespace == namespace
                && match &one.servers {
                    Servers::Named(own) => *own == name,
                    Servers::Selected(selector) => selector.matches(&server.labels),
                };
            if is_for {
                // Without networks it is for those of the cluster (`policy-controller/grpc/src/inbound.rs`).
                let networks = match one.blocks.as_slice() {
                    [] => Networks::Cluster,
                    blocks => Networks::Blocks(blocks.iter().collect()),
                };
                let asks = match &one.asks {
                    Asks::Nothing => Asked::Nothing,
                    Asks::Tls => Asked::Tls,
                    Asks::Identity(identities) => Asked::Identities(vec![identities]),
                };
                grants.of_server.push(Grant {
                    said: at(&one.resource, one.resource.name_span),
                    networks,
                    asks,
                });
            }
        }
        let kind = match server.speaks {
            Speaks::Grpc => "GRPCRoute",
            Speaks::Detected | Speaks::Http => "HTTPRoute",
            Speaks::Opaque | Speaks::Tls => "",
        };
        let routes = linkerd.routes.iter().filter(|route| {
            route.resource.namespace == namespace
                && route.resource.kind == kind
                && route.servers.contains(&name)
        });
        grants.routes = routes.collect();
        let here = self.by_namespace.get(namespace);
        for policy in here.into_iter().flat_map(|here| &here.policies) {
            let into = match policy.target {
                Target::Server(own) if own == name => &mut grants.of_server,
                Target::Namespace => &mut grants.of_server,
                Target::Route { group, kind, name } => {
                    let is_it = |route: &&Route<'_>| {
                        let resource = &route.resource;
                        resource.name.eq_ignore_ascii_case(name)
                            && resource.kind.eq_ignore_ascii_case(kind)
                            && resource.group.eq_ignore_ascii_case(group)
                    };
                    if !grants.routes.iter().any(is_it) {
                        continue;
                    }
                    &mut grants.of_routes
                }
                Target::Server(_) => continue,
            };
            let span = policy.resource.name_span;
            let said = at(&policy.resource, span);
            into.extend(self.by_policy(said, &policy.required));
        }
        if let Some((access, span)) = server.access {
            let mut said = at(&server.resource, span);
            said.subject = format!("`accessPolicy: {}` of {}", access.name(), said.subject);
            grants.of_server.extend(by_default(access, said));
        }
        grants
    }

    /// What a policy lets in. One that requires an authentication which is not there lets nobody in; but where the input
    /// is not all there is, that may stand elsewhere.
    fn by_policy<'r>(&'r self, said: Origin, required: &[Required<'r>]) -> Option<Grant<'r>> {
        let linkerd = &self.model.mesh.linkerd;
        let mut grant = Grant {
            said,
            networks: Networks::Any,
            asks: Asked::Nothing,
        };
        let unseen = |kind: &str, one: &Reference<'_>| {
            let what = format!(
                "{kind} {}/{}, which is not in the input",
                one.namespace, one.name
            );
            let is_unread = linkerd.unread.iter().any(|unread| {
                unread.kind == kind && (unread.namespace, unread.name) == (one.namespace, one.name)
            });
            (is_unread || !self.model.options.closed_world).then_some(what)
        };
        for one in required {
            match one {
                Required::Account(account) => {
                    grant.asks = Asked::Account(account.namespace, account.name);
                }
                Required::MeshTls(reference) => {
                    let known = linkerd.mesh_tls.iter().filter(|one| {
                        (one.resource.namespace, one.resource.name)
                            == (reference.namespace, reference.name)
                    });
                    let known: Vec<_> = known.map(|one| &one.identities).collect();
                    grant.asks = if known.is_empty() {
                        Asked::Unseen(unseen("MeshTLSAuthentication", reference)?)
                    } else {
                        Asked::Identities(known)
                    };
                }
                Required::Network(reference) => {
                    let known = linkerd.networks.iter().filter(|one| {
                        (one.resource.namespace, one.resource.name)
                            == (reference.namespace, reference.name)
                    });
                    let known: Vec<_> = known.flat_map(|one| &one.blocks).collect();
                    grant.networks = if known.is_empty() {
                        Networks::Unseen(unseen("NetworkAuthentication", reference)?)
                    } else {
                        Networks::Blocks(known)
                    };
                }
            }
        }
        Some(grant)
    }
}

/// What a default policy lets in (`policy-controller/k8s/index/src/defaults.rs`).
pub(super) fn by_default<'r>(access: Access, said: Origin) -> Vec<Grant<'r>> {
    let (networks, asks) = match access {
        Access::Deny => return Vec::new(),
        Access::AllUnauthenticated | Access::Audit => (Networks::Any, Asked::Nothing),
        Access::AllAuthenticated => (Networks::Any, Asked::AnyIdentity),
        Access::ClusterUnauthenticated => (Networks::Cluster, Asked::Nothing),
        Access::ClusterAuthenticated => (Networks::Cluster, Asked::AnyIdentity),
    };
    vec![Grant {
        said,
        networks,
        asks,
    }]
}
