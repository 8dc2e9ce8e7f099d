//! Linkerd's policies: Servers, who is let in, and by what they are told.
//!
//! What the API server or Linkerd's own webhook (`policy-controller/src/admission.rs`) refuses is noted and counts as
//! unread: what it would say may hold in another release, so that nothing is certain where it stands.

use super::{Labels, Reading, Resource};
use crate::kernel::document::Node;
use crate::lint::model::istio::{known_only, served};

mod authentication;
mod authorization;
mod server;

pub use authentication::{Account, Block, Identities, MeshTls, Network};
pub use authorization::{Asks, Policy, Reference, Required, ServerAuthorization, Servers, Target};
pub use server::{Access, PortRef, Route, Server, Speaks};

/// Everything of Linkerd.
#[derive(Debug, Default)]
pub struct Linkerd<'a> {
    /// The Servers.
    pub servers: Vec<Server<'a>>,
    /// The routes that belong to Servers.
    pub routes: Vec<Route<'a>>,
    /// AuthorizationPolicies.
    pub policies: Vec<Policy<'a>>,
    /// ServerAuthorizations.
    pub authorizations: Vec<ServerAuthorization<'a>>,
    /// MeshTLSAuthentications.
    pub mesh_tls: Vec<MeshTls<'a>>,
    /// NetworkAuthentications.
    pub networks: Vec<Network<'a>>,
    /// What was not understood.
    pub unread: Vec<Resource<'a>>,
}

/// Its group.
pub(crate) const GROUP: &str = "policy.linkerd.io";

/// The group of the routes that both meshes and gateways use.
const GATEWAY_API: &str = "gateway.networking.k8s.io";

impl<'a> Linkerd<'a> {
    /// Whether it takes this resource: all of its group, for what is not known may decide; and routes.
    pub(crate) fn reads(resource: &Resource<'_>) -> bool {
        resource.group == GROUP
            || resource.group == GATEWAY_API && matches!(resource.kind, "HTTPRoute" | "GRPCRoute")
    }

    /// Whether the input shows nothing of it.
    pub fn is_empty(&self) -> bool {
        self.servers.is_empty()
            && self.policies.is_empty()
            && self.authorizations.is_empty()
            && self.mesh_tls.is_empty()
            && self.networks.is_empty()
            && self.unread.is_empty()
    }

    pub(crate) fn add(&mut self, mut reading: Reading<'a, '_>) {
        let resource = reading.resource.clone();
        if resource.group == GATEWAY_API {
            self.routes.extend(server::route(reading));
            return;
        }
        let versions: &[&str] = match resource.kind {
            "Server" => &["v1alpha1", "v1beta1", "v1beta2", "v1beta3"],
            "HTTPRoute" => &["v1alpha1", "v1beta1", "v1beta2", "v1beta3"],
            "ServerAuthorization" => &["v1alpha1", "v1beta1"],
            _ => &["v1alpha1"],
        };
        served(&mut reading, versions);
        const OBJECT: [&str; 5] = ["apiVersion", "kind", "metadata", "spec", "status"];
        known_only(&mut reading, resource.node, &OBJECT);
        let is_read = match resource.kind {
            "Server" => keep(&mut self.servers, server::server(reading)),
            "HTTPRoute" | "GRPCRoute" => keep(&mut self.routes, server::route(reading)),
            "AuthorizationPolicy" => keep(&mut self.policies, authorization::policy(reading)),
            "ServerAuthorization" => keep(
                &mut self.authorizations,
                authorization::server_authorization(reading),
            ),
            "MeshTLSAuthentication" => keep(&mut self.mesh_tls, authentication::mesh_tls(reading)),
            "NetworkAuthentication" => keep(&mut self.networks, authentication::network(reading)),
            // Limits of how often one may call, and what goes out.
            "HTTPLocalRateLimitPolicy"
            | "HTTPLocalConcurrencyLimitPolicy"
            | "EgressNetwork"
            | "UnmeshedNetwork" => true,
            other => {
                let what = format!("this program reads no `{other}` of `{GROUP}`");
                reading.problem(resource.name_span, what);
                false
            }
        };
        if !is_read {
            self.unread.push(resource);
        }
    }
}

fn keep<T>(into: &mut Vec<T>, read: Option<T>) -> bool {
    let is_read = read.is_some();
    into.extend(read);
    is_read
}

/// The spec, which every kind has.
fn spec<'a>(reading: &mut Reading<'a, '_>) -> Option<&'a Node> {
    let node = reading.resource.node;
    let spec = reading.mapping(node, "spec");
    if spec.is_none() {
        let span = reading.resource.name_span;
        reading.problem(span, "it has no `spec`");
    }
    spec
}

/// The labels of the object itself.
fn own_labels<'a>(reading: &mut Reading<'a, '_>) -> Labels<'a> {
    let node = reading.resource.node;
    let metadata = reading.mapping(node, "metadata");
    metadata
        .map(|metadata| reading.labels(metadata, "labels"))
        .unwrap_or_default()
}
