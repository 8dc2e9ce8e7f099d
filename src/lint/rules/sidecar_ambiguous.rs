//! Sidecars of one scope (IST0110, IST0111).

use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::lint::model::istio::{Sidecar, selects};
use crate::lint::model::Model;

pub(super) static RULE: Rule = Rule {
    id: "sidecar-ambiguous",
    title: "two Sidecars are for the same pods",
    severity: Severity::Low,
    confidence: Confidence::High,
    page: page!("sidecar_ambiguous.md"),
};

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    for (index, sidecar) in model.mesh.sidecars.iter().enumerate() {
        let others = model.mesh.sidecars.iter().enumerate();
        let rival = others
            .filter(|(other, _)| *other != index)
            .map(|(_, other)| other)
            .find(|other| meet(model, sidecar, other));
        let Some(rival) = rival else {
            continue;
        };
        let resource = &sidecar.resource;
        let what = format!("and {} are for the same pods: which one holds is not defined", rival.resource.subject());
        found.push(
            resource
                .finding(&RULE, (resource.name_span, "one of the two"), what)
                .and(rival.resource.source(), rival.resource.name_span, "the other")
                .help("keep one Sidecar for each scope"),
        );
    }
}

fn meet(model: &Model<'_>, one: &Sidecar<'_>, other: &Sidecar<'_>) -> bool {
    let namespace = one.resource.namespace;
    // Two of one name are one that is defined twice: another rule's business.
    if namespace != other.resource.namespace || one.resource.name == other.resource.name {
        return false;
    }
    match (one.selector.is_empty(), other.selector.is_empty()) {
        (true, true) => true,
        (false, false) => {
            one.selector == other.selector
                || model.workloads_in(namespace).any(|pod| {
                    selects(&one.selector, &pod.labels) && selects(&other.selector, &pod.labels)
                })
        }
        _ => false,
    }
}
