//! A policy that is defined twice: which one holds depends on the order of applying.

use std::collections::BTreeMap;
use std::path::Path;

use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::lint::model::{Model, Resource};

pub(super) static RULE: Rule = Rule {
    id: "duplicate-resource",
    title: "a policy or namespace is defined twice",
    severity: Severity::Medium,
    confidence: Confidence::Medium,
    page: page!("duplicate_resource.md"),
};

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    let mut seen: BTreeMap<(&str, &str, &str, &str), &Resource<'_>> = BTreeMap::new();
    for resource in &model.resources {
        if !is_policy(resource.kind) && !is_contested(model, resource) {
            continue;
        }
        let key = (resource.group, resource.kind, resource.namespace, resource.name);
        let Some(first) = seen.get(&key) else {
            seen.insert(key, resource);
            continue;
        };
        let subject = resource.subject();
        let message = format!("{subject} is defined twice: the one that is applied last holds");
        let mut finding = Finding::new(&RULE, subject, message)
            .at(resource.source(), resource.name_span, "defined again here")
            .and(first.source(), first.name_span, "defined here first")
            .help("keep one of them; lint the environments of one repository apart");
        // Two folders may be two clusters.
        if folder(resource) != folder(first) {
            finding.confidence = Confidence::Low;
            finding.severity = Severity::Low;
        }
        found.push(finding);
    }
}

/// A Namespace is often repeated as it is, which changes nothing.
fn is_contested(model: &Model<'_>, resource: &Resource<'_>) -> bool {
    resource.is("", "Namespace") && model.contested_namespaces.contains(resource.name)
}

fn is_policy(kind: &str) -> bool {
    kind.ends_with("Policy") || matches!(kind, "PeerAuthentication" | "RequestAuthentication" | "DestinationRule")
}

fn folder<'a>(resource: &Resource<'a>) -> Option<&'a Path> {
    Path::new(resource.source().name()).parent()
}
