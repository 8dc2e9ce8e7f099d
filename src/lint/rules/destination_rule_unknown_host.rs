//! A host inside the cluster that no Service of the input bears (IST0174).

use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::lint::mesh_facts::{full_host, knows_host, service_of};
use crate::lint::model::Model;

pub(super) static RULE: Rule = Rule {
    id: "destination-rule-unknown-host",
    title: "a DestinationRule is for a host that is not there",
    severity: Severity::Low,
    confidence: Confidence::Medium,
    page: page!("destination_rule_unknown_host.md"),
};

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    for rule in &model.destination_rules {
        let host = full_host(rule.host, rule.resource.namespace);
        let Some((_, namespace)) = service_of(&host) else {
            continue;
        };
        let mut services = model.services.iter();
        if !services.any(|one| one.resource.namespace == namespace) || knows_host(model, &host, rule.resource.namespace) {
            continue;
        }
        let what = format!("is for `{}`, which is no Service of the input", rule.host);
        found.push(
            rule.resource
                .finding(&RULE, (rule.host_span, "no such Service"), what)
                .help("correct the host; a name without a dot is of the rule's own namespace"),
        );
    }
}
