//! One `credentialName` in several Gateways for the same pods (IST0138).

use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::lint::model::istio::selects;
use crate::lint::model::Model;

pub(super) static RULE: Rule = Rule {
    id: "gateway-duplicate-certificate",
    title: "two Gateways of one proxy serve one certificate",
    severity: Severity::Low,
    confidence: Confidence::High,
    page: page!("gateway_duplicate_certificate.md"),
};

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    for (index, gateway) in model.mesh.gateways.iter().enumerate() {
        let others = model.mesh.gateways.iter().enumerate();
        let shared = others.filter(|(other, _)| *other != index).find_map(|(_, other)| {
            let same = selects(&gateway.selector, &other.selector);
            let named = (gateway.resource.namespace, gateway.resource.name) == (other.resource.namespace, other.resource.name);
            let theirs = || other.servers.iter().filter_map(|server| server.credential);
            let mut own = gateway.servers.iter().filter_map(|server| server.credential);
            let shared = own.find(|name| theirs().any(|one| one.text == name.text))?;
            (same && !named).then_some((shared, other))
        });
        let Some((credential, other)) = shared else {
            continue;
        };
        let what = format!("and {} serve the certificate `{}` from the same pods", other.resource.subject(), credential.text);
        found.push(
            gateway
                .resource
                .finding(&RULE, (credential.span, "shared"), what)
                .and(other.resource.source(), other.resource.name_span, "the other")
                .help("put the hosts into one Gateway, or give each its own certificate"),
        );
    }
}
