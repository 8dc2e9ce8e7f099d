//! A Server of Linkerd whose selector matches no workload.

use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::lint::model::Model;
use crate::lint::model::linkerd::PortRef;
use crate::lint::wording;

pub(super) static RULE: Rule = Rule {
    id: "linkerd-server-selects-nothing",
    title: "a Linkerd Server selects no port of any workload",
    severity: Severity::Medium,
    confidence: Confidence::Medium,
    page: page!("linkerd_server_selects_nothing.md"),
};

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    for server in &model.mesh.linkerd.servers {
        let Some(pods) = &server.pods else {
            continue;
        };
        let resource = &server.resource;
        let namespace = resource.namespace;
        let seen = model.workloads_in(namespace).count();
        let selected: Vec<_> = model
            .workloads_in(namespace)
            .filter(|workload| pods.matches(&workload.labels))
            .collect();
        if seen == 0 {
            continue;
        }
        let (what, span) = match server.port {
            _ if selected.is_empty() => {
                let none = wording::selects_none_of(seen);
                let what = format!("{none} of namespace `{namespace}`: it protects nothing");
                (what, resource.key_span(&["spec", "podSelector"]))
            }
            PortRef::Name(name) if !selected.iter().any(|one| one.ports.iter().any(|port| port.name == Some(name))) => {
                let what = format!("is for port `{name}`, which no container of its pods has: it protects nothing");
                (what, server.port_span)
            }
            _ => continue,
        };
        found.push(
            resource
                .finding(&RULE, (span, "selects nothing"), what)
                .help("use the labels of the pod template, and a port's number or the name that its container gives it"),
        );
    }
}
