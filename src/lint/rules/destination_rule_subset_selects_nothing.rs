//! Subsets whose labels no pod of the host has (IST0173).

use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::lint::model::Labels;
use crate::lint::mesh_facts::{full_host, service_of};
use crate::lint::model::istio::selects;
use crate::lint::transport::fronts;
use crate::lint::model::Model;

pub(super) static RULE: Rule = Rule {
    id: "destination-rule-subset-selects-nothing",
    title: "a subset of a DestinationRule has no pods",
    severity: Severity::Low,
    confidence: Confidence::Medium,
    page: page!("destination_rule_subset_selects_nothing.md"),
};

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    for rule in &model.destination_rules {
        let host = full_host(rule.host, rule.resource.namespace);
        let Some((name, namespace)) = service_of(&host) else {
            continue;
        };
        let services = model.services.iter().filter(|one| one.resource.name == name && one.resource.namespace == namespace);
        let pods: Vec<_> = services
            .flat_map(|service| model.workloads_in(namespace).filter(move |pod| fronts(service, pod)))
            .collect();
        if pods.is_empty() {
            continue;
        }
        for subset in &rule.subsets {
            // Labels of places are those of nodes, not of pods.
            let labels = subset.labels.iter().map(|(key, value)| (*key, *value));
            let labels: Labels<'_> = labels.filter(|(key, value)| !key.starts_with("topology.") || value.is_empty()).collect();
            if pods.iter().any(|pod| selects(&labels, &pod.labels)) {
                continue;
            }
            let what = format!("has a subset `{}` that selects none of the pods of `{}`", subset.name, rule.host);
            found.push(
                rule.resource
                    .finding(&RULE, (subset.span, "no pods"), what)
                    .help("use the labels of the pod template"),
            );
        }
    }
}
