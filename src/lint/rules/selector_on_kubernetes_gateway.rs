//! Selectors on pods of the Gateway API, where `targetRefs` is due (IST0166).

use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::kernel::document::Node;
use crate::lint::model::Labels;
use crate::lint::model::Model;

pub(super) static RULE: Rule = Rule {
    id: "selector-on-kubernetes-gateway",
    title: "a policy selects the pods of a Gateway that takes references only",
    severity: Severity::Medium,
    confidence: Confidence::Medium,
    page: page!("selector_on_kubernetes_gateway.md"),
};

const LABEL: &str = "gateway.networking.k8s.io/gateway-name";

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    for resource in &model.resources {
        let attaches = matches!(
            (resource.group, resource.kind),
            ("security.istio.io", "AuthorizationPolicy" | "RequestAuthentication")
                | ("telemetry.istio.io", "Telemetry")
                | ("extensions.istio.io", "WasmPlugin")
        );
        let refers = ["targetRef", "targetRefs"].into_iter().any(|key| {
            resource.at(&["spec", key]).is_some_and(|node| match node.as_sequence() {
                Some(items) => !items.is_empty(),
                None => !node.is_null(),
            })
        });
        let labels = resource.at(&["spec", "selector", "matchLabels"]).and_then(Node::as_mapping);
        let Some(labels) = labels.filter(|labels| attaches && !refers && !labels.is_empty()) else {
            continue;
        };
        let labels = labels.iter().map(|label| Some((label.key.as_str(), label.value.as_str()?)));
        let labels: Option<Labels<'_>> = labels.collect();
        let picks = labels.is_some_and(|labels| {
            let mut pods = model.carrying(resource.namespace, &labels);
            pods.any(|pod| pod.labels.contains_key(LABEL))
        });
        if picks {
            let span = resource.key_span(&["spec", "selector"]);
            found.push(
                resource
                    .finding(&RULE, (span, "use `targetRefs`"), "selects pods of a Gateway of the Gateway API, which takes policies by reference")
                    .help("write `targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: …}]`"),
            );
        }
    }
}
