//! Destinations inside the cluster that no Service of the input bears (IST0101).

use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::lint::mesh_facts::{full_host, knows_host, service_of};
use crate::lint::model::Model;

pub(super) static RULE: Rule = Rule {
    id: "virtual-service-unknown-host",
    title: "a route leads to a host that is not there",
    severity: Severity::Low,
    confidence: Confidence::Medium,
    page: page!("virtual_service_unknown_host.md"),
};

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    for service in &model.mesh.virtual_services {
        for destination in &service.destinations {
            let host = full_host(destination.text, service.resource.namespace);
            let Some((_, namespace)) = service_of(&host) else {
                continue;
            };
            let mut services = model.services.iter();
            if !services.any(|one| one.resource.namespace == namespace) || knows_host(model, &host, service.resource.namespace) {
                continue;
            }
            let what = format!("routes to `{}`, which is no Service of the input", destination.text);
            found.push(
                service
                    .resource
                    .finding(&RULE, (destination.span, "no such Service"), what)
                    .help("correct the host; a name without a dot is of the VirtualService's own namespace"),
            );
        }
    }
}
