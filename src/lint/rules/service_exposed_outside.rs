//! A Service of type NodePort or LoadBalancer without source ranges.

use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::kernel::document::Node;
use crate::lint::model::Model;
use crate::lint::model::istio::selects;
use crate::lint::model::kubernetes::{Service, Workload};

pub(super) static RULE: Rule = Rule {
    id: "service-exposed-outside",
    title: "a Service is offered on every node or by a load balancer",
    severity: Severity::Low,
    confidence: Confidence::High,
    page: page!("service_exposed_outside.md"),
};

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    for service in &model.services {
        let kind = service.resource.at(&["spec", "type"]).and_then(Node::as_str);
        let ranges = service.resource.at(&["spec", "loadBalancerSourceRanges"]);
        let is_bounded = ranges.and_then(Node::as_sequence).is_some_and(|ranges| !ranges.is_empty());
        let (severity, what) = match kind {
            Some("LoadBalancer") if !is_bounded && !service.is_internal() => {
                (Severity::Medium, "by a load balancer to every address")
            }
            Some("NodePort") => (Severity::Low, "on a port of every node"),
            _ => continue,
        };
        let subject = service.resource.subject();
        let is_gateway = leads_to_gateways(model, service);
        let message = match is_gateway {
            true => format!("{subject} is offered {what}: it leads to a gateway"),
            false => format!("{subject} is offered {what}, past every ingress gateway"),
        };
        let mut finding = Finding::new(&RULE, subject, message)
            .at(service.resource.source(), service.resource.key_span(&["spec", "type"]), "opens it to the outside")
            .help("serve it by an ingress gateway, or bound it with `loadBalancerSourceRanges`");
        finding.severity = if is_gateway { Severity::Info } else { severity };
        found.push(finding);
    }
}

/// Whether every workload behind a Service is a gateway, which is there to be offered.
fn leads_to_gateways(model: &Model<'_>, service: &Service<'_>) -> bool {
    let own = model.workloads_in(service.resource.namespace);
    let mut behind = own.filter(|workload| service.selects(workload)).peekable();
    behind.peek().is_some() && behind.all(|workload| is_gateway(model, workload))
}

/// A proxy that takes traffic from outside by its servers: Istio's, those of Gateway API, the ingress controller of nginx.
fn is_gateway(model: &Model<'_>, workload: &Workload<'_>) -> bool {
    let template = workload.annotations.get("inject.istio.io/templates");
    let label = |key: &str| workload.labels.get(key).copied();
    template.is_some_and(|list| list.split(',').any(|one| one.trim() == "gateway"))
        || label("gateway.networking.k8s.io/gateway-name").is_some()
        || (label("app.kubernetes.io/name") == Some("ingress-nginx")
            && label("app.kubernetes.io/component") == Some("controller"))
        || model.mesh.gateways.iter().any(|gateway| {
            !gateway.selector.is_empty() && selects(&gateway.selector, &workload.labels)
        })
}
