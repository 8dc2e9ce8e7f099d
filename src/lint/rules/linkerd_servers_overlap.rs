//! Servers of Linkerd that select the same port of a pod.

use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::lint::model::Model;
use crate::lint::model::kubernetes::Workload;
use crate::lint::model::linkerd::{PortRef, Server};
use crate::lint::ports::Protocol;

pub(super) static RULE: Rule = Rule {
    id: "linkerd-servers-overlap",
    title: "two Linkerd Servers select the same port",
    severity: Severity::Medium,
    confidence: Confidence::High,
    page: page!("linkerd_servers_overlap.md"),
};

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    let servers = &model.mesh.linkerd.servers;
    for (index, server) in servers.iter().enumerate() {
        let namespace = server.resource.namespace;
        let overlap = servers.iter().take(index).filter(|one| one.resource.namespace == namespace).find_map(|other| {
            let mut workloads = model.workloads_in(namespace);
            workloads.find_map(|workload| Some((other, workload, shared(server, other, workload)?)))
        });
        let Some((other, workload, port)) = overlap else {
            continue;
        };
        let what = format!(
            "selects port {port} of {}, as {} does: which of them counts is not defined",
            workload.resource.subject(),
            other.resource.subject()
        );
        found.push(
            server
                .resource
                .finding(&RULE, (server.port_span, "the same port"), what)
                .and(other.resource.source(), other.port_span, "selected here too")
                .help("leave one Server for each port of a pod"),
        );
    }
}

/// A port of a workload that both select.
fn shared(one: &Server<'_>, other: &Server<'_>, workload: &Workload<'_>) -> Option<u16> {
    let ports = |server: &Server<'_>| -> Vec<u16> {
        let is_selected = server.pods.as_ref().is_some_and(|pods| pods.matches(&workload.labels));
        match server.port {
            _ if !is_selected => Vec::new(),
            PortRef::Number(port) => vec![port],
            PortRef::Name(name) => {
                let named = workload.ports.iter().filter(|port| port.name == Some(name) && port.protocol == Protocol::Tcp);
                named.map(|port| port.number).collect()
            }
        }
    };
    let others = ports(other);
    ports(one).into_iter().find(|port| others.contains(port))
}
