//! Routing by `@request.auth.claims` without a RequestAuthentication at the gateway (IST0149).

use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::lint::model::istio::{Gateway, selects};
use crate::lint::model::Model;

pub(super) static RULE: Rule = Rule {
    id: "jwt-claim-route-without-authentication",
    title: "a route looks at a claim that nobody verifies",
    severity: Severity::Medium,
    confidence: Confidence::Medium,
    page: page!("jwt_claim_route_without_authentication.md"),
};

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    for service in &model.mesh.virtual_services {
        let Some(claim) = service.claim_matches.first() else {
            continue;
        };
        let namespace = service.resource.namespace;
        let bound = service.gateways.iter().filter_map(|name| {
            let (place, name) = name.text.split_once('/').unwrap_or((namespace, name.text));
            let mut gateways = model.mesh.gateways.iter();
            gateways.find(|one| one.resource.name == name && one.resource.namespace == place)
        });
        let unverified: Vec<&Gateway<'_>> = bound.filter(|gateway| !is_verified(model, gateway)).collect();
        let Some(gateway) = unverified.first() else {
            continue;
        };
        let what = format!(
            "routes by `{}`, but no RequestAuthentication verifies tokens at {}: the route never matches",
            claim.text,
            gateway.resource.subject()
        );
        found.push(
            service
                .resource
                .finding(&RULE, (claim.span, "nobody verifies it"), what)
                .and(gateway.resource.source(), gateway.resource.name_span, "verifies no token")
                .help("add a RequestAuthentication for the gateway's pods"),
        );
    }
}

/// Whether some RequestAuthentication is for the gateway's pods, wherever they are.
fn is_verified(model: &Model<'_>, gateway: &Gateway<'_>) -> bool {
    let pods = crate::lint::mesh_facts::gateway_pods(model, gateway);
    let mut all = model.mesh.request_authentications.iter();
    all.any(|one| {
        let root = one.resource.namespace == model.options.root_namespace;
        if pods.is_empty() {
            return selects(&one.selector, &gateway.selector);
        }
        pods.iter().any(|pod| {
            (root || one.resource.namespace == pod.resource.namespace) && selects(&one.selector, &pod.labels)
        })
    })
}
