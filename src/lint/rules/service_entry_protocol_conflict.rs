//! ServiceEntries that disagree about a port (IST0177).

use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::lint::model::istio::ServiceEntry;
use crate::lint::model::Model;

pub(super) static RULE: Rule = Rule {
    id: "service-entry-protocol-conflict",
    title: "two ServiceEntries give one host and port two protocols",
    severity: Severity::Medium,
    confidence: Confidence::High,
    page: page!("service_entry_protocol_conflict.md"),
};

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    for (index, entry) in model.mesh.service_entries.iter().enumerate() {
        let others = model.mesh.service_entries.iter().enumerate();
        let rival = others.filter(|(other, _)| *other != index).find_map(|(_, other)| {
            let shared = entry.hosts.iter().find(|host| other.hosts.iter().any(|one| one.text == host.text))?;
            let port = entry.ports.iter().find(|port| {
                other.ports.iter().any(|one| {
                    one.number == port.number && !one.protocol.eq_ignore_ascii_case(port.protocol)
                })
            })?;
            meet(entry, other).then_some((shared, port, other))
        });
        let Some((host, port, other)) = rival else {
            continue;
        };
        let what = format!("and {} give port {} of `{}` different protocols", other.resource.subject(), port.number, host.text);
        found.push(
            entry
                .resource
                .finding(&RULE, (port.span, "one protocol"), what)
                .and(other.resource.source(), other.resource.name_span, "another")
                .help("give the port one protocol, or separate the entries with `exportTo`"),
        );
    }
}

/// Whether some client may see both.
fn meet(one: &ServiceEntry<'_>, other: &ServiceEntry<'_>) -> bool {
    let private = |entry: &ServiceEntry<'_>| !entry.export_to.is_empty() && entry.export_to.iter().all(|to| to.text == ".");
    let apart = one.resource.namespace != other.resource.namespace;
    !(apart && (private(one) || private(other)))
}
