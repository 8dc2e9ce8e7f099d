//! A Service of type NodePort or LoadBalancer without source ranges.

use crate::kernel::finding::{Confidence, Finding, Rule, Severity};
use crate::lint::model::Model;
use crate::kernel::document::Node;

pub(super) static RULE: Rule = Rule {
    id: "service-exposed-outside",
    title: "a Service is offered on every node or by a load balancer",
    severity: Severity::Low,
    confidence: Confidence::High,
    page: include_str!("service_exposed_outside.md"),
};

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    for service in &model.services {
        let kind = service.resource.at(&["spec", "type"]).and_then(Node::as_str);
        let ranges = service.resource.at(&["spec", "loadBalancerSourceRanges"]);
        let is_bounded = ranges.and_then(Node::as_sequence).is_some_and(|ranges| !ranges.is_empty());
        let (severity, what) = match kind {
            Some("LoadBalancer") if !is_bounded && !is_internal(service) => {
                (Severity::Medium, "by a load balancer to every address")
            }
            Some("NodePort") => (Severity::Low, "on a port of every node"),
            _ => continue,
        };
        let subject = service.resource.subject();
        let message = format!("{subject} is offered {what}, past every ingress gateway");
        let mut finding = Finding::new(&RULE, subject, message)
            .at(service.resource.source(), service.resource.key_span(&["spec", "type"]), "opens it to the outside")
            .help("serve it by an ingress gateway, or bound it with `loadBalancerSourceRanges`");
        finding.severity = severity;
        found.push(finding);
    }
}

/// Clouds mark internal load balancers by annotation.
fn is_internal(service: &crate::lint::model::kubernetes::Service<'_>) -> bool {
    let annotations = service.resource.at(&["metadata", "annotations"]).and_then(Node::as_mapping);
    annotations.unwrap_or_default().iter().any(|entry| {
        let value = entry.value.as_str().unwrap_or_default();
        entry.key.ends_with("load-balancer-internal")
            || (entry.key.contains("load-balancer") && matches!(value, "internal" | "Internal"))
    })
}
