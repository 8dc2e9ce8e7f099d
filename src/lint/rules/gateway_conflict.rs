//! Gateways for the same pods, port and host (IST0145).

use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::lint::model::istio::{Gateway, Server, selects};
use crate::lint::model::Model;

pub(super) static RULE: Rule = Rule {
    id: "gateway-conflict",
    title: "two Gateways claim the same host and port",
    severity: Severity::Medium,
    confidence: Confidence::High,
    page: page!("gateway_conflict.md"),
};

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    for (index, gateway) in model.mesh.gateways.iter().enumerate() {
        let others = model.mesh.gateways.iter().enumerate();
        let rival = others.filter(|(other, _)| *other != index).find_map(|(_, other)| {
            let same = selects(&gateway.selector, &other.selector) || selects(&other.selector, &gateway.selector);
            // Two of one name are one that is defined twice: another rule's business.
            let named = (gateway.resource.namespace, gateway.resource.name) == (other.resource.namespace, other.resource.name);
            if !same || named {
                return None;
            }
            clash(gateway, other).map(|server| (server, other))
        });
        let Some((server, other)) = rival else {
            continue;
        };
        let port = server.port.map_or(0, |port| port.number);
        let what = format!("and {} both claim a host on port {port} of the same pods", other.resource.subject());
        found.push(
            gateway
                .resource
                .finding(&RULE, (server.span, "one of the two"), what)
                .and(other.resource.source(), other.resource.name_span, "the other")
                .help("merge the two, or give each its own hosts"),
        );
    }
}

fn clash<'g, 'a>(one: &'g Gateway<'a>, other: &Gateway<'_>) -> Option<&'g Server<'a>> {
    let number = |server: &Server<'_>| server.port.map(|port| port.number).filter(|port| *port != 0);
    one.servers.iter().find(|server| {
        number(server).is_some()
            && other.servers.iter().any(|rival| {
                number(rival) == number(server)
                    && rival.hosts.iter().any(|host| server.hosts.iter().any(|own| own.text == host.text))
            })
    })
}
