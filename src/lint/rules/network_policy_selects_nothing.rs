//! A NetworkPolicy that selects no workload.

use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::lint::model::Model;
use crate::lint::wording;

pub(super) static RULE: Rule = Rule {
    id: "network-policy-selects-nothing",
    title: "a NetworkPolicy selects no workload",
    severity: Severity::Medium,
    confidence: Confidence::Medium,
    page: page!("network_policy_selects_nothing.md"),
};

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    for policy in &model.network_policies {
        let namespace = policy.resource.namespace;
        let seen = model.workloads_in(namespace).count();
        let selects = model.selected(namespace, &policy.pod_selector).next().is_some();
        if seen == 0 || selects {
            continue;
        }
        let subject = policy.resource.subject();
        let message = format!(
            "{subject} {} of namespace `{namespace}`: it protects nothing",
            wording::selects_none_of(seen)
        );
        found.push(
            Finding::new(&RULE, subject, message)
                .at(policy.resource.source(), policy.selector_span, "matches no pod")
                .help("use the labels of the pod template, and check the policy's namespace"),
        );
    }
}
