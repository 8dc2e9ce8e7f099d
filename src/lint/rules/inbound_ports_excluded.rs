//! Ports that bypass the sidecar by annotation.

use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::lint::injection::{Membership, membership};
use crate::lint::model::Model;
use crate::lint::model::kubernetes::Workload;

pub(super) static RULE: Rule = Rule {
    id: "inbound-ports-excluded",
    title: "inbound ports bypass the proxy",
    severity: Severity::High,
    confidence: Confidence::High,
    page: page!("inbound_ports_excluded.md"),
};

const EXCLUDE: &str = "traffic.sidecar.istio.io/excludeInboundPorts";
const INCLUDE: &str = "traffic.sidecar.istio.io/includeInboundPorts";
const INTERCEPTION: &str = "sidecar.istio.io/interceptionMode";

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    for workload in &model.workloads {
        if matches!(membership(model, workload), Membership::Outside(_) | Membership::Ambient) {
            continue;
        }
        for (annotation, effect) in bypasses(workload) {
            let resource = &workload.resource;
            let span = workload
                .metadata_span("annotations", annotation)
                .unwrap_or(resource.name_span);
            let subject = resource.subject();
            let message =
                format!("{subject} {effect}: no mTLS mode and no AuthorizationPolicy holds there");
            found.push(
                Finding::new(&RULE, subject, message)
                    .at(resource.source(), span, "past the proxy")
                    .help("remove the annotation; health probes are rewritten by the sidecar already"),
            );
        }
    }
}

fn bypasses(workload: &Workload<'_>) -> Vec<(&'static str, String)> {
    let mut found = Vec::new();
    let annotation = |name: &str| workload.annotations.get(name).map(|value| value.trim());
    if annotation(INTERCEPTION) == Some("NONE") {
        found.push((INTERCEPTION, "turns the interception of traffic off".to_owned()));
    }
    // 15020, 15021 and 15090 are the sidecar's own and always excluded.
    let excluded: Vec<_> = annotation(EXCLUDE)
        .unwrap_or_default()
        .split(',')
        .map(str::trim)
        .filter(|port| !port.is_empty() && !matches!(*port, "15020" | "15021" | "15090"))
        .collect();
    if !excluded.is_empty() {
        let ports = excluded.join(", ");
        found.push((EXCLUDE, format!("lets inbound port {ports} bypass its proxy")));
    }
    if let Some(included) = annotation(INCLUDE).filter(|included| *included != "*") {
        found.push((INCLUDE, not_included(workload, included)));
    }
    found
}

/// What a list of included ports leaves out. Declaring a port is optional, so every other port is.
fn not_included(workload: &Workload<'_>, included: &str) -> String {
    let listed: Vec<_> = included.split(',').map(str::trim).filter(|port| !port.is_empty()).collect();
    let declared = workload.ports.iter().map(|port| port.number.to_string());
    let missed: Vec<_> = declared.filter(|port| !listed.contains(&port.as_str())).collect();
    let detail = if missed.is_empty() {
        String::new()
    } else {
        format!(", declared {} among them,", missed.join(", "))
    };
    if listed.is_empty() {
        format!("sends no inbound port{detail} through its proxy")
    } else {
        format!("does not send inbound ports other than {}{detail} through its proxy", listed.join(", "))
    }
}
