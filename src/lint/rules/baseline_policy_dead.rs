//! A baseline rule that no pod obeys.

use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::lint::model::Model;
use crate::lint::affected;
use crate::lint::model::admin_network_policy::Tier;
use crate::lint::model::kubernetes::Workload;
use crate::lint::model::network_policy::Direction;

pub(super) static RULE: Rule = Rule {
    id: "baseline-policy-dead",
    title: "a baseline is dead for pods that a NetworkPolicy isolates",
    severity: Severity::Info,
    confidence: Confidence::High,
    page: page!("baseline_policy_dead.md"),
};

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    for policy in model.cluster_policies.iter().filter(|policy| policy.tier == Tier::Baseline) {
        let selected: Vec<&Workload<'_>> = model
            .workloads
            .iter()
            .filter(|workload| {
                let labels = model.namespaces.get(workload.resource.namespace).map(|space| &space.labels);
                labels.is_some_and(|labels| policy.subject.namespaces.matches(labels))
                    && policy.subject.pods.matches(&workload.labels)
            })
            .collect();
        for direction in Direction::ALL {
            if policy.rules(direction).is_empty() || selected.is_empty() {
                continue;
            }
            let is_isolated = |workload: &&Workload<'_>| {
                model.network_policies_in(workload.resource.namespace).any(|other| {
                    other.isolates(direction) && other.pod_selector.matches(&workload.labels)
                })
            };
            if !selected.iter().all(is_isolated) {
                continue;
            }
            let subject = policy.resource.subject();
            let message = format!(
                "the {} rules of {subject} decide nothing for {}: NetworkPolicies isolate all of them, and are final",
                direction.section(),
                affected::workloads(&selected)
            );
            let span = policy.resource.key_span(&["spec", direction.section()]);
            found.push(
                Finding::new(&RULE, subject, message)
                    .at(policy.resource.source(), span, "asked for no pod of the input")
                    .affecting(affected::members(&selected))
                    .help("what must hold beside NetworkPolicies belongs in the Admin tier"),
            );
        }
    }
}
