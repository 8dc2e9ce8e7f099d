//! Namespaces without a label about injection, where others have one (IST0102).

use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::lint::model::is_system_namespace;
use crate::lint::model::Model;

pub(super) static RULE: Rule = Rule {
    id: "namespace-not-in-mesh",
    title: "a namespace of a mesh asks for no proxy",
    severity: Severity::Info,
    confidence: Confidence::Medium,
    page: page!("namespace_not_in_mesh.md"),
};

const LABELS: [&str; 3] = ["istio-injection", "istio.io/rev", "istio.io/dataplane-mode"];

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    let says = |labels: &crate::lint::model::Labels<'_>| LABELS.iter().any(|label| labels.contains_key(label));
    if !model.namespaces.values().any(|namespace| says(&namespace.labels)) {
        return;
    }
    for (name, namespace) in &model.namespaces {
        let holds_pods = model.workloads_in(name).next().is_some();
        if says(&namespace.labels) || is_system_namespace(model, name) || !holds_pods {
            continue;
        }
        let asks = |one: &crate::lint::model::kubernetes::Workload<'_>| {
            one.labels.contains_key("sidecar.istio.io/inject") || one.labels.contains_key(LABELS[1])
        };
        if model.workloads_in(name).any(asks) {
            continue;
        }
        let resource = &namespace.resource;
        found.push(
            resource
                .finding(&RULE, (resource.name_span, "says nothing"), "is not in the mesh, though others are: its traffic is plaintext")
                .help("label it `istio-injection: enabled`, or `disabled` where that is meant"),
        );
    }
}
