//! A NetworkPolicy whose manifest names no namespace.

use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::lint::model::Model;
use crate::kernel::document::Node;

pub(super) static RULE: Rule = Rule {
    id: "network-policy-without-namespace",
    title: "a NetworkPolicy names no namespace",
    severity: Severity::Info,
    confidence: Confidence::High,
    page: page!("network_policy_without_namespace.md"),
};

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    for policy in &model.network_policies {
        let namespace = policy.resource.at(&["metadata", "namespace"]);
        if namespace.and_then(Node::as_str).is_some_and(|name| !name.is_empty()) {
            continue;
        }
        let subject = policy.resource.subject();
        let message = format!(
            "NetworkPolicy {} names no namespace: it acts wherever it is applied, here taken for `default`",
            policy.resource.name
        );
        found.push(
            Finding::new(&RULE, subject, message)
                .at(policy.resource.source(), policy.resource.name_span, "has no `namespace` beside it")
                .help("write `metadata.namespace`, or lint what kustomize and Helm make of it"),
        );
    }
}
