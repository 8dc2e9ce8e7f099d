//! Models of parts of the input become one: lists one behind the other, in the order of the input.
//!
//! Every field is named, so that none is forgotten when one is added.

use super::Model;
use super::consul::Consul;
use super::linkerd::Linkerd;
use super::mesh::Mesh;

impl Model<'_> {
    /// Takes in what was read of the documents behind its own. What [`Self::complete`] fills is not there yet.
    pub(crate) fn unite(&mut self, later: Self) {
        let Self {
            options: _,
            documents: _,
            remarks: _,
            resources,
            indentation_lost,
            namespaces,
            contested_namespaces,
            workloads,
            services,
            ingresses,
            network_policies,
            cluster_policies,
            plugin_policies,
            network_sets,
            peer_authentications,
            authorization_policies,
            destination_rules,
            mesh,
            notes,
            shows_mesh: _,
            fronted: _,
            by_namespace: _,
            carriers: _,
            effective: _,
            decided: _,
            unjudged_policies: _,
            doubtful: _,
            twice: _,
            revisions: _,
        } = later;
        self.resources.extend(resources);
        self.indentation_lost.extend(indentation_lost);
        self.contested_namespaces.extend(contested_namespaces);
        for namespace in namespaces.into_values() {
            self.add_namespace(namespace);
        }
        self.workloads.extend(workloads);
        self.services.extend(services);
        self.ingresses.extend(ingresses);
        self.network_policies.extend(network_policies);
        self.cluster_policies.extend(cluster_policies);
        self.plugin_policies.extend(plugin_policies);
        self.network_sets.extend(network_sets);
        self.peer_authentications.extend(peer_authentications);
        self.authorization_policies.extend(authorization_policies);
        self.destination_rules.extend(destination_rules);
        self.mesh.unite(mesh);
        self.notes.extend(notes);
    }
}

impl Mesh<'_> {
    fn unite(&mut self, later: Self) {
        let Self {
            request_authentications,
            gateways,
            virtual_services,
            service_entries,
            sidecars,
            telemetries,
            envoy_filters,
            configs,
            injectors,
            kubernetes_gateways,
            linkerd,
            consul,
        } = later;
        self.request_authentications.extend(request_authentications);
        self.gateways.extend(gateways);
        self.virtual_services.extend(virtual_services);
        self.service_entries.extend(service_entries);
        self.sidecars.extend(sidecars);
        self.telemetries.extend(telemetries);
        self.envoy_filters.extend(envoy_filters);
        self.configs.extend(configs);
        self.injectors.extend(injectors);
        self.kubernetes_gateways.extend(kubernetes_gateways);
        self.linkerd.unite(linkerd);
        self.consul.unite(consul);
    }
}

impl Linkerd<'_> {
    fn unite(&mut self, later: Self) {
        let Self {
            servers,
            routes,
            policies,
            authorizations,
            mesh_tls,
            networks,
            unread,
        } = later;
        self.servers.extend(servers);
        self.routes.extend(routes);
        self.policies.extend(policies);
        self.authorizations.extend(authorizations);
        self.mesh_tls.extend(mesh_tls);
        self.networks.extend(networks);
        self.unread.extend(unread);
    }
}

impl Consul<'_> {
    fn unite(&mut self, later: Self) {
        let Self {
            intentions,
            defaults,
            meshes,
            unread,
        } = later;
        self.intentions.extend(intentions);
        self.defaults.extend(defaults);
        self.meshes.extend(meshes);
        self.unread.extend(unread);
    }
}
