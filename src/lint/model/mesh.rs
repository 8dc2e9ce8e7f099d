//! What belongs to service meshes beside the policies that every lint asks for.

use super::consul::Consul;
use super::gateway_api::{self, KubernetesGateway};
use super::linkerd::Linkerd;
use super::{Reading, Resource, istio};

/// The resources of meshes, by kind, in the order of the input.
#[derive(Debug, Default)]
pub struct Mesh<'a> {
    /// RequestAuthentications.
    pub request_authentications: Vec<istio::RequestAuthentication<'a>>,
    /// Istio's Gateways.
    pub gateways: Vec<istio::Gateway<'a>>,
    /// VirtualServices.
    pub virtual_services: Vec<istio::VirtualService<'a>>,
    /// ServiceEntries.
    pub service_entries: Vec<istio::ServiceEntry<'a>>,
    /// Sidecars.
    pub sidecars: Vec<istio::Sidecar<'a>>,
    /// Telemetries.
    pub telemetries: Vec<istio::Telemetry<'a>>,
    /// EnvoyFilters.
    pub envoy_filters: Vec<istio::EnvoyFilter<'a>>,
    /// The mesh's configuration; more than one where revisions stand side by side.
    pub configs: Vec<istio::MeshConfig<'a>>,
    /// The configurations of injectors.
    pub injectors: Vec<istio::Injector<'a>>,
    /// Gateways of the Gateway API.
    pub kubernetes_gateways: Vec<KubernetesGateway<'a>>,
    /// Linkerd.
    pub linkerd: Linkerd<'a>,
    /// Consul.
    pub consul: Consul<'a>,
}

const SECURITY: &str = "security.istio.io";
const NETWORKING: &str = "networking.istio.io";
const GATEWAY_API: &str = "gateway.networking.k8s.io";

impl<'a> Mesh<'a> {
    /// Whether it takes this resource.
    pub(crate) fn reads(resource: &Resource<'_>) -> bool {
        if Linkerd::reads(resource) || Consul::reads(resource) {
            return true;
        }
        match resource.group {
            SECURITY => resource.kind == "RequestAuthentication",
            NETWORKING => matches!(
                resource.kind,
                "Gateway" | "VirtualService" | "ServiceEntry" | "Sidecar" | "EnvoyFilter"
            ),
            "telemetry.istio.io" => resource.kind == "Telemetry",
            GATEWAY_API => resource.kind == "Gateway",
            _ => {
                istio::is_mesh_config(resource)
                    || istio::is_injector(resource)
                    || istio::is_operator(resource)
            }
        }
    }

    /// Takes a resource that [`Self::reads`] accepts.
    pub(crate) fn add(&mut self, reading: Reading<'a, '_>) {
        let resource = reading.resource;
        if Linkerd::reads(resource) {
            self.linkerd.add(reading);
            return;
        }
        if Consul::reads(resource) {
            self.consul.add(reading);
            return;
        }
        match (resource.group, resource.kind) {
            (SECURITY, _) => self
                .request_authentications
                .extend(istio::request_authentication(reading)),
            (NETWORKING, "Gateway") => self.gateways.extend(istio::gateway(reading)),
            (NETWORKING, "VirtualService") => {
                self.virtual_services
                    .extend(istio::virtual_service(reading));
            }
            (NETWORKING, "ServiceEntry") => {
                self.service_entries.extend(istio::service_entry(reading));
            }
            (NETWORKING, "Sidecar") => self.sidecars.extend(istio::sidecar(reading)),
            (NETWORKING, _) => self.envoy_filters.extend(istio::envoy_filter(reading)),
            (_, "Telemetry") => self.telemetries.extend(istio::telemetry(reading)),
            _ if istio::is_operator(resource) => {
                self.configs.extend(istio::operator(&reading));
                self.injectors.push(istio::injector(reading));
            }
            (GATEWAY_API, _) => {
                let gateway = gateway_api::kubernetes_gateway(reading);
                self.kubernetes_gateways.extend(gateway);
            }
            _ if istio::is_injector(resource) => self.injectors.push(istio::injector(reading)),
            _ => self.configs.extend(istio::config_map(reading)),
        }
    }

    /// Whether some rule looks at objects of this kind.
    pub(crate) fn judges(kind: &str) -> bool {
        matches!(
            kind,
            "RequestAuthentication"
                | "VirtualService"
                | "ServiceEntry"
                | "Sidecar"
                | "EnvoyFilter"
                | "Server"
                | "ServerAuthorization"
                | "MeshTLSAuthentication"
                | "NetworkAuthentication"
                | "ServiceIntentions"
                | "ServiceDefaults"
                | "ProxyDefaults"
        )
    }

    /// The root namespace that some configuration of the mesh names, where it is not this one.
    pub fn disputed_root(&self, assumed: &str) -> Option<&str> {
        let mut said = self
            .configs
            .iter()
            .filter_map(|config| config.root_namespace.as_deref());
        said.find(|said| *said != assumed)
    }

    /// The namespaces that see DestinationRules which do not say; empty for all.
    pub fn rules_are_exported_to(&self) -> Vec<&str> {
        let said = self.configs.iter().flat_map(|one| &one.rules_exported_to);
        said.map(String::as_str).collect()
    }

    /// The mesh's configuration, where the input holds one and one only.
    pub fn config(&self) -> Option<&istio::MeshConfig<'a>> {
        match self.configs.as_slice() {
            [only] if only.is_in_force => Some(only),
            _ => None,
        }
    }
}
