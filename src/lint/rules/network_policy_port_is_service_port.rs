//! A NetworkPolicy that names the port of a Service where the pods listen on another.

use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::lint::model::Model;
use crate::lint::model::network_policy::{Direction, NetworkPolicy, PortMatch};
use crate::lint::ports::PortSet;

pub(super) static RULE: Rule = Rule {
    id: "network-policy-port-is-service-port",
    title: "a NetworkPolicy names the port of a Service",
    severity: Severity::Medium,
    confidence: Confidence::High,
    page: page!("network_policy_port_is_service_port.md"),
};

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    for policy in &model.network_policies {
        let Some(section) = policy.section(Direction::Ingress) else {
            continue;
        };
        for port in section.rules.iter().flat_map(|rule| &rule.listed_ports) {
            let PortMatch::Numbered(ports) = &port.ports else {
                continue;
            };
            if let Some((service, target)) = mistaken(model, policy, ports) {
                let subject = policy.resource.subject();
                let message = format!(
                    "{subject} lets {ports} in, which is the port of Service {service}; the pods listen on {target}"
                );
                found.push(
                    Finding::new(&RULE, subject, message)
                        .at(policy.resource.source(), port.span, "no selected pod listens here")
                        .help(format!("write the pods' port: `port: {target}`")),
                );
            }
        }
    }
}

/// The Service whose port this is, and the pods' port behind it.
fn mistaken<'m>(
    model: &'m Model<'_>,
    policy: &NetworkPolicy<'_>,
    ports: &PortSet,
) -> Option<(&'m str, u16)> {
    let namespace = policy.resource.namespace;
    let selected: Vec<_> = model.selected(namespace, &policy.pod_selector).map(|(_, workload)| workload).collect();
    let declares = selected.iter().any(|workload| {
        workload.ports.iter().any(|port| ports.contains(port.protocol, port.number))
    });
    if declares {
        return None;
    }
    model.services_in(namespace).find_map(|service| {
        selected.iter().find(|workload| service.selects(workload))?;
        let port = service.ports.iter().find(|port| {
            let is_one = *ports == PortSet::range(port.protocol, port.number, port.number);
            is_one && port.target_number.is_some_and(|target| target != port.number)
        })?;
        Some((service.resource.name, port.target_number?))
    })
}
