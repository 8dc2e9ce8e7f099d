//! What a DestinationRule makes clients send, and what the servers' mode takes.

use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::lint::mesh_facts::{full_host, service_of};
use crate::lint::transport::{self, Taken, Wire, fronts};
use crate::lint::model::Model;

pub(super) static RULE: Rule = Rule {
    id: "destination-rule-conflicts-with-server",
    title: "a DestinationRule and its servers do not speak the same",
    severity: Severity::High,
    confidence: Confidence::Medium,
    page: page!("destination_rule_conflicts_with_server.md"),
};

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    for rule in &model.destination_rules {
        let host = full_host(rule.host, rule.resource.namespace);
        let Some((name, namespace)) = service_of(&host) else {
            continue;
        };
        let Some(tls) = rule.policy.as_ref().and_then(|policy| policy.tls) else {
            continue;
        };
        let (wire, sends) = match tls.mode {
            "ISTIO_MUTUAL" => (Wire::Mtls, "mTLS"),
            "DISABLE" => (Wire::Plaintext, "plaintext"),
            _ => continue,
        };
        let services = model.services.iter().filter(|one| one.resource.name == name && one.resource.namespace == namespace);
        let ends = services.flat_map(|service| {
            let pods = model.workloads_in(namespace).filter(move |pod| fronts(service, pod));
            pods.flat_map(move |pod| {
                let targets = service.ports.iter().filter_map(|port| port.target_number);
                targets.map(move |port| (pod, port))
            })
        });
        let refused = ends
            .filter(|(_, port)| {
                let ports = rule.policy.iter().flat_map(|policy| &policy.ports);
                !ports.into_iter().any(|(own, _, _)| own == port)
            })
            .find(|(pod, port)| {
                transport::taken(&transport::on_port(model, pod, Some(*port)), wire) == Taken::No
            });
        let Some((pod, port)) = refused else {
            continue;
        };
        let what = format!("makes clients send {sends} to port {port} of {}, which does not take it: every call fails", pod.resource.subject());
        found.push(
            rule.resource
                .finding(&RULE, (tls.span, "what clients send"), what)
                .and(pod.resource.source(), pod.resource.name_span, "does not take it")
                .help("remove the `tls` of the DestinationRule: automatic mTLS does what the server takes"),
        );
    }
}
