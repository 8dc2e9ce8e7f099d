//! A port that is excepted from mTLS.

use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::lint::affected;
use crate::lint::effective_mtls::Mode;
use crate::lint::model::Model;
use super::port_level_mtls_unknown_port::{declares, service_target};

pub(super) static RULE: Rule = Rule {
    id: "port-level-mtls-exception",
    title: "a port is excepted from mTLS",
    severity: Severity::Medium,
    confidence: Confidence::High,
    page: page!("port_level_mtls_exception.md"),
};

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    for policy in &model.peer_authentications {
        if policy.is_ignored(model) {
            continue;
        }
        let selected: Vec<_> = model
            .workloads_in(policy.resource.namespace)
            .filter(|workload| policy.selects(workload))
            .collect();
        let who = if selected.is_empty() {
            affected::scope(model, policy)
        } else {
            affected::workloads(&selected)
        };
        for entry in &policy.ports {
            let (severity, effect) = match entry.mode {
                Some(Mode::Permissive) => (Severity::Medium, "plaintext is accepted there by"),
                Some(Mode::Disable) => (Severity::High, "only plaintext is accepted there by"),
                _ => continue,
            };
            // The port of a Service is none of the pods': another rule says that the mode is never used.
            let has_ports = !selected.is_empty() && selected.iter().all(|one| !one.ports.is_empty());
            if has_ports
                && !selected.iter().any(|one| declares(one, entry.port))
                && service_target(model, &selected, entry.port).is_some()
            {
                continue;
            }
            let mode = entry.mode.map_or("", Mode::name);
            let subject = policy.resource.subject();
            let message = format!("{subject} sets port {} to {mode}: {effect} {who}", entry.port);
            let mut finding = Finding::new(&RULE, subject, message)
                .at(policy.resource.source(), entry.span, "an exception from mTLS")
                .affecting(affected::members(&selected))
                .help(format!(
                    "remove the entry `{}` once its clients are in the mesh; to let a probe or a scraper in, prefer \
                     the proxy's own merged port",
                    entry.port
                ));
            finding.severity = severity;
            found.push(finding);
        }
    }
}
