//! A VirtualService bound to a gateway that takes none of its hosts (IST0132).

use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::lint::mesh_facts::{full_host, host_covers};
use crate::lint::model::istio::VirtualService;
use crate::lint::model::{Model, Resource};

pub(super) static RULE: Rule = Rule {
    id: "virtual-service-host-not-in-gateway",
    title: "a gateway takes none of the hosts of a VirtualService that is bound to it",
    severity: Severity::Low,
    confidence: Confidence::High,
    page: page!("virtual_service_host_not_in_gateway.md"),
};

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    for service in &model.mesh.virtual_services {
        let namespace = service.resource.namespace;
        for bound in service.gateways.iter().filter(|bound| bound.text != "mesh") {
            let (place, name) = bound.text.split_once('/').unwrap_or((namespace, bound.text));
            let Some((gateway, hosts)) = gateway(model, (place, name), namespace) else {
                continue;
            };
            if takes_one(&hosts, service) {
                continue;
            }
            let what = format!(
                "is bound to {}, which takes none of its hosts: nothing that comes in there is routed by it",
                gateway.subject()
            );
            found.push(
                service
                    .resource
                    .finding(&RULE, (bound.span, "takes none of the hosts"), what)
                    .and(gateway.source(), gateway.name_span, "its hosts")
                    .help("add the host to a server of the gateway, or correct it; before a `/` stands whose routes a server takes"),
            );
        }
    }
}

/// A gateway of either API with the hosts that it takes from a namespace. One in the input alone: another may be elsewhere.
fn gateway<'m, 'a>(
    model: &'m Model<'a>,
    (place, name): (&str, &str),
    from: &str,
) -> Option<(&'m Resource<'a>, Vec<&'a str>)> {
    let is_meant = |resource: &Resource<'_>| resource.name == name && resource.namespace == place;
    let mut gateways = model.mesh.gateways.iter();
    if let Some(gateway) = gateways.find(|one| is_meant(&one.resource)) {
        let hosts = gateway.servers.iter().flat_map(|server| &server.hosts);
        let taken = hosts.filter_map(|host| match host.text.split_once('/') {
            None | Some(("*", _)) => Some(host.text.rsplit('/').next().unwrap_or(host.text)),
            Some((".", host)) => (from == place).then_some(host),
            Some((namespace, host)) => (namespace == from).then_some(host),
        });
        return Some((&gateway.resource, taken.collect()));
    }
    let mut gateways = model.mesh.kubernetes_gateways.iter();
    let gateway = gateways.find(|one| is_meant(&one.resource))?;
    let hosts = gateway.listeners.iter().map(|listener| listener.hostname.unwrap_or("*"));
    Some((&gateway.resource, hosts.collect()))
}

fn takes_one(hosts: &[&str], service: &VirtualService<'_>) -> bool {
    service.hosts.iter().any(|wanted| {
        let full = full_host(wanted.text, service.resource.namespace);
        let meets = |host: &&str| {
            let texts = [wanted.text, full.as_str()];
            texts.iter().any(|text| host_covers(host, text) || host_covers(text, host))
        };
        hosts.iter().any(meets)
    })
}
