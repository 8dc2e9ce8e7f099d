//! `istio-injection` beside `istio.io/rev`, or a sidecar beside ambient (IST0123).

use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::lint::model::Model;

pub(super) static RULE: Rule = Rule {
    id: "injection-labels-conflict",
    title: "a namespace has two labels for injection",
    severity: Severity::Medium,
    confidence: Confidence::High,
    page: page!("injection_labels_conflict.md"),
};

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    for namespace in model.namespaces.values() {
        let has = |key: &str| namespace.labels.contains_key(key);
        let injects = namespace.labels.get("istio-injection").copied();
        let ambient = namespace.labels.get("istio.io/dataplane-mode") == Some(&"ambient");
        let (first, second, what) = if injects.is_some_and(|value| value != "disabled") && has("istio.io/rev") {
            ("istio-injection", "istio.io/rev", "has both `istio-injection` and `istio.io/rev`: the revision is not obeyed")
        } else if injects == Some("enabled") && ambient {
            ("istio-injection", "istio.io/dataplane-mode", "injects sidecars and is in ambient mode: its pods get sidecars")
        } else if injects.is_none() && has("istio.io/rev") && ambient {
            (
                "istio.io/rev",
                "istio.io/dataplane-mode",
                "injects sidecars of a revision and is in ambient mode: its pods get sidecars",
            )
        } else {
            continue;
        };
        let resource = &namespace.resource;
        let place = |key: &str| resource.key_span(&["metadata", "labels", key]);
        found.push(
            resource
                .finding(&RULE, (place(first), "obeyed"), what)
                .and(resource.source(), place(second), "not obeyed")
                .help("keep the label that is meant"),
        );
    }
}
