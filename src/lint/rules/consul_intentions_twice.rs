//! Two ServiceIntentions for the same service.

use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::lint::model::Model;

pub(super) static RULE: Rule = Rule {
    id: "consul-intentions-twice",
    title: "two ServiceIntentions are for the same service",
    severity: Severity::Medium,
    confidence: Confidence::High,
    page: page!("consul_intentions_twice.md"),
};

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    let intentions = &model.mesh.consul.intentions;
    for (index, entry) in intentions.iter().enumerate() {
        let is_same = |other: &&crate::lint::model::consul::ServiceIntentions<'_>| {
            other.destination == entry.destination && other.namespace == entry.namespace
        };
        let Some(other) = intentions.iter().take(index).find(is_same) else {
            continue;
        };
        let what = format!(
            "is for service `{}`, as {} is: Consul keeps one entry for a service, and the other one has no effect",
            entry.destination,
            other.resource.subject()
        );
        let span = entry.resource.key_span(&["spec", "destination"]);
        found.push(
            entry
                .resource
                .finding(&RULE, (span, "the same service"), what)
                .and(other.resource.source(), other.resource.name_span, "for it too")
                .help("list all sources of a service in one ServiceIntentions"),
        );
    }
}
