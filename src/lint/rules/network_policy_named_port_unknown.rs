//! A named port that no selected pod declares.

use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::lint::model::Model;
use crate::lint::model::network_policy::{Direction, PortMatch};

pub(super) static RULE: Rule = Rule {
    id: "network-policy-named-port-unknown",
    title: "a NetworkPolicy names a port that no selected pod declares",
    severity: Severity::Medium,
    confidence: Confidence::Medium,
    page: page!("network_policy_named_port_unknown.md"),
};

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    for policy in &model.network_policies {
        let Some(section) = policy.section(Direction::Ingress) else {
            continue;
        };
        let selected: Vec<_> = model
            .selected(policy.resource.namespace, &policy.pod_selector)
            .map(|(_, workload)| workload)
            .collect();
        for port in section.rules.iter().flat_map(|rule| &rule.listed_ports) {
            let PortMatch::Named(name, protocol) = port.ports else {
                continue;
            };
            let declares = selected.iter().any(|workload| {
                let mut ports = workload.ports.iter();
                ports.any(|port| port.name == Some(name) && protocol.is_none_or(|one| one == port.protocol))
            });
            if selected.is_empty() || declares {
                continue;
            }
            let subject = policy.resource.subject();
            let message = format!("{subject} lets port `{name}` in, which no selected pod declares: nothing gets through");
            found.push(
                Finding::new(&RULE, subject, message)
                    .at(policy.resource.source(), port.span, "no container port has this name and protocol")
                    .help("name the container's port so, correct the protocol, or write the number"),
            );
        }
    }
}
