//! The host `*` at the edge.

use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::lint::model::Model;

pub(super) static RULE: Rule = Rule {
    id: "gateway-wildcard-host",
    title: "a gateway takes every host",
    severity: Severity::Low,
    confidence: Confidence::High,
    page: page!("gateway_wildcard_host.md"),
};

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    for gateway in &model.mesh.gateways {
        let mut hosts = gateway.servers.iter().flat_map(|server| &server.hosts);
        let Some(host) = hosts.find(|host| matches!(host.text, "*" | "*/*")) else {
            continue;
        };
        found.push(
            gateway
                .resource
                .finding(&RULE, (host.span, "every host"), "takes every host, and routes of every namespace")
                .help("name the hosts, with the namespace that may bind them, such as `shop/shop.example`"),
        );
    }
}
