//! A port in `portLevelMtls` that no container listens on, often the Service's port.

use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::lint::model::Model;
use crate::lint::model::kubernetes::Workload;

pub(super) static RULE: Rule = Rule {
    id: "port-level-mtls-unknown-port",
    title: "a port-level mTLS mode is for a port that no container declares",
    severity: Severity::Medium,
    confidence: Confidence::Medium,
    page: page!("port_level_mtls_unknown_port.md"),
};

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    for policy in &model.peer_authentications {
        let selected: Vec<_> = model
            .workloads_in(policy.resource.namespace)
            .filter(|workload| policy.selects(workload) && !policy.is_ignored(model))
            .collect();
        // Declaring ports is optional: only pods that declare some say anything.
        if selected.is_empty() || selected.iter().any(|workload| workload.ports.is_empty()) {
            continue;
        }
        for entry in &policy.ports {
            if selected.iter().any(|workload| declares(workload, entry.port)) {
                continue;
            }
            let subject = policy.resource.subject();
            let target = service_target(model, &selected, entry.port);
            let message = match &target {
                Some(target) => format!(
                    "{subject} sets a mode for port {}, which is the port of a Service: the pods listen on {target}, \
                     and the mode is never used",
                    entry.port
                ),
                None => format!(
                    "{subject} sets a mode for port {}, which no selected container declares: the mode is never used",
                    entry.port
                ),
            };
            let mut finding = Finding::new(&RULE, subject, message)
                .at(policy.resource.source(), entry.span, "not a port of the pods")
                .help("name the port the container listens on (`containerPort`), not the port of the Service");
            if let Some(target) = target {
                finding = finding.because(format!(
                    "{} is the port of a Service whose target is {target}",
                    entry.port
                ));
            }
            found.push(finding);
        }
    }
}

pub(super) fn declares(workload: &Workload<'_>, port: u16) -> bool {
    workload.ports.iter().any(|declared| declared.number == port)
}

/// The target of a Service port of this number in front of the selected pods.
pub(super) fn service_target(model: &Model<'_>, selected: &[&Workload<'_>], port: u16) -> Option<String> {
    let fronts = model.services.iter().filter(|service| {
        !service.selector.is_empty()
            && selected.iter().any(|workload| {
                workload.resource.namespace == service.resource.namespace
                    && service
                        .selector
                        .iter()
                        .all(|(key, value)| workload.labels.get(key) == Some(value))
            })
    });
    let mut ports = fronts.flat_map(|service| &service.ports);
    let target = ports.find(|candidate| candidate.number == port)?;
    match (target.target_number, target.target_name) {
        (Some(number), _) => Some(number.to_string()),
        (None, Some(name)) => Some(format!("`{name}`")),
        (None, None) => None,
    }
}
