//! An AuthorizationPolicy that selects no workload.

use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::lint::affected;
use crate::lint::model::Model;
use crate::lint::wording;

pub(super) static RULE: Rule = Rule {
    id: "authorization-policy-selects-nothing",
    title: "an AuthorizationPolicy selects no workload",
    severity: Severity::Medium,
    confidence: Confidence::Medium,
    page: page!("authorization_policy_selects_nothing.md"),
};

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    for policy in &model.authorization_policies {
        let namespace = policy.resource.namespace;
        let everywhere = namespace == model.options.root_namespace;
        let seen = if everywhere {
            model.workloads.len()
        } else {
            model.workloads_in(namespace).count()
        };
        let is_for_pods = policy.targets.is_empty() && !policy.selector.is_empty();
        if seen == 0 || !is_for_pods || !affected::by_authorization_policy(model, policy).is_empty() {
            continue;
        }
        let subject = policy.resource.subject();
        let place = if everywhere {
            "in the input".to_owned()
        } else {
            format!("of namespace `{namespace}`")
        };
        let message = format!(
            "{subject} {} {place}: it protects nothing",
            wording::selects_none_of(seen)
        );
        let span = policy.resource.key_span(&["spec", "selector"]);
        found.push(
            Finding::new(&RULE, subject, message)
                .at(policy.resource.source(), span, "matches no pod")
                .help("use the labels of the pod template, and check the policy's namespace"),
        );
    }
}
