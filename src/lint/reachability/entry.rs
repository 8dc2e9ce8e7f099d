//! What an Ingress or Route offers to the outside, as far as policies let the ingress controller through.

use super::{Answer, Endpoint, Reachability};
use crate::lint::model::ingress::{Backend, BackendPort, Ingress};
use crate::lint::model::kubernetes::{Service, ServicePort, Workload};
use crate::lint::ports::{PortSet, Protocol};

/// A workload that an Ingress or Route offers.
#[derive(Debug)]
pub struct Entry<'m, 'a> {
    /// The Ingress or Route.
    pub ingress: &'m Ingress<'a>,
    /// The Service it forwards to.
    pub backend: &'m Backend<'a>,
    /// The workload behind the Service.
    pub workload: &'m Workload<'a>,
    /// The pods' ports that are forwarded to, as far as policies let an ingress controller of another namespace
    /// through.
    pub answer: Answer,
}

impl<'m, 'a> Reachability<'m, 'a> {
    /// What is offered to the outside by Ingresses and Routes.
    pub fn entries(&self) -> Vec<Entry<'m, 'a>> {
        let model = self.model();
        let elsewhere = self
            .endpoints()
            .iter()
            .position(|endpoint| matches!(endpoint, Endpoint::Unseen(None)));
        let Some(controller) = elsewhere else {
            return Vec::new();
        };
        let mut entries = Vec::new();
        for ingress in &model.ingresses {
            let namespace = ingress.resource.namespace;
            for backend in &ingress.backends {
                let service = model.services.iter().find(|service| {
                    service.resource.namespace == namespace
                        && service.resource.name == backend.service
                });
                let Some(service) = service.filter(|service| !service.selector.is_empty()) else {
                    continue;
                };
                for (position, workload) in model.workloads.iter().enumerate() {
                    if workload.resource.namespace != namespace || !service.selects(workload) {
                        continue;
                    }
                    let ports = forwarded(service, backend.port, workload);
                    let Some(destination) = self.of_workload(position) else {
                        continue;
                    };
                    // The controller's own egress is its own affair: only what the pods let in counts.
                    let [_, ingress_side] = self.reasons(controller, destination);
                    entries.push(Entry {
                        ingress,
                        backend,
                        workload,
                        answer: Answer {
                            surely: ingress_side.surely.intersection(&ports),
                            may: ingress_side.may.intersection(&ports),
                        },
                    });
                }
            }
        }
        entries
    }
}

/// The pods' ports that a backend means.
fn forwarded(service: &Service<'_>, port: BackendPort<'_>, workload: &Workload<'_>) -> PortSet {
    let is_meant = |candidate: &&ServicePort<'_>| match port {
        BackendPort::Any => true,
        BackendPort::Number(number) => candidate.number == number,
        BackendPort::Name(name) => {
            candidate.name == Some(name) || candidate.target_name == Some(name)
        }
        BackendPort::Target(number) => candidate.target_number == Some(number),
    };
    service
        .ports
        .iter()
        .filter(is_meant)
        .filter_map(|port| service_target(port, workload))
        .fold(PortSet::none(), |set, port| set.union(&port))
}

/// The pod's port behind a port of a Service.
pub(crate) fn service_target(port: &ServicePort<'_>, workload: &Workload<'_>) -> Option<PortSet> {
    if let Some(number) = port.target_number {
        return Some(PortSet::range(port.protocol, number, number));
    }
    let declared = workload.ports.iter().find(|declared| {
        declared.name.is_some()
            && declared.name == port.target_name
            && declared.protocol == port.protocol
    })?;
    let protocol: Protocol = declared.protocol;
    Some(PortSet::range(protocol, declared.number, declared.number))
}
