//! A container with a `hostPort`.

use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::lint::model::Model;
use crate::kernel::document::Node;

pub(super) static RULE: Rule = Rule {
    id: "host-port",
    title: "a container takes a port of its node",
    severity: Severity::Low,
    confidence: Confidence::High,
    page: page!("host_port.md"),
};

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    for workload in &model.workloads {
        let containers = workload.spec.get("containers").and_then(Node::as_sequence);
        let ports = containers.unwrap_or_default().iter();
        let ports = ports.filter_map(|container| container.get("ports").and_then(Node::as_sequence));
        let taken = ports.flatten().find_map(|port| {
            let entry = port.entry("hostPort")?;
            entry.value.as_i64().filter(|number| *number > 0).map(|_| entry)
        });
        let Some(entry) = taken else {
            continue;
        };
        let subject = workload.resource.subject();
        let message = format!("{subject} takes a port of its node: it is offered on the node's addresses, past Services and gateways");
        found.push(
            Finding::new(&RULE, subject, message)
                .at(workload.resource.source(), entry.key_span.to(entry.value.span), "opened on the node")
                .help("serve it by a Service and a gateway"),
        );
    }
}
