//! A server's port that no Service in front of the gateway's pods has as its target (IST0162).

use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::lint::mesh_facts::gateway_pods;
use crate::lint::transport::fronts;
use crate::lint::model::Model;

pub(super) static RULE: Rule = Rule {
    id: "gateway-port-without-service",
    title: "a Gateway listens on a port that no Service leads to",
    severity: Severity::Low,
    confidence: Confidence::Medium,
    page: page!("gateway_port_without_service.md"),
};

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    for gateway in &model.mesh.gateways {
        let pods = gateway_pods(model, gateway);
        let services: Vec<_> = model
            .services
            .iter()
            .filter(|service| pods.iter().any(|pod| fronts(service, pod)))
            .collect();
        let Some(service) = services.first() else {
            continue;
        };
        for port in gateway.servers.iter().filter_map(|server| server.port) {
            let mut targets = services.iter().flat_map(|service| &service.ports);
            // Istio translates the Service's own port too; a target by name may be any number.
            if targets.any(|target| target.target_number == Some(port.number)
                    || target.number == port.number || target.target_name.is_some()) {
                continue;
            }
            let what = format!("listens on port {}, which {} does not lead to", port.number, service.resource.subject());
            found.push(
                gateway
                    .resource
                    .finding(&RULE, (port.span, "no Service leads here"), what)
                    .and(service.resource.source(), service.resource.name_span, "the Service of its pods")
                    .help("add the port to the Service, or correct the server's"),
            );
        }
    }
}
