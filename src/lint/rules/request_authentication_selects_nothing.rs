//! A RequestAuthentication whose selector picks no workload of its namespace.

use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::lint::mesh_facts::selected;
use crate::lint::model::Labels;
use crate::lint::model::Model;

pub(super) static RULE: Rule = Rule {
    id: "request-authentication-selects-nothing",
    title: "a RequestAuthentication selects no workload",
    severity: Severity::Medium,
    confidence: Confidence::Medium,
    page: page!("request_authentication_selects_nothing.md"),
};

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    for authentication in &model.mesh.request_authentications {
        let resource = &authentication.resource;
        let namespace = resource.namespace;
        let is_for_pods = authentication.targets.is_empty() && !authentication.selector.is_empty();
        if !is_for_pods
            || selected(model, namespace, &Labels::new()).is_empty()
            || !selected(model, namespace, &authentication.selector).is_empty()
        {
            continue;
        }
        let span = resource.key_span(&["spec", "selector"]);
        found.push(
            resource
                .finding(&RULE, (span, "matches no pod"), "selects no workload: it verifies no token")
                .help("use the labels of the pod template, and check the namespace"),
        );
    }
}
