//! A PeerAuthentication whose selector matches no workload.

use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::lint::model::Model;
use crate::lint::wording;

pub(super) static RULE: Rule = Rule {
    id: "peer-authentication-selects-nothing",
    title: "a PeerAuthentication selects no workload",
    severity: Severity::Medium,
    confidence: Confidence::Medium,
    page: page!("peer_authentication_selects_nothing.md"),
};

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    for policy in &model.peer_authentications {
        let namespace = policy.resource.namespace;
        let seen = model.workloads_in(namespace).count();
        let selects = model
            .workloads_in(namespace)
            .any(|workload| policy.selects(workload));
        if policy.is_wide() || policy.is_ignored(model) || seen == 0 || selects {
            continue;
        }
        let subject = policy.resource.subject();
        let message = format!(
            "{subject} {} of namespace `{namespace}`: it changes nothing",
            wording::selects_none_of(seen)
        );
        let span = policy.resource.key_span(&["spec", "selector"]);
        found.push(
            Finding::new(&RULE, subject, message)
                .at(policy.resource.source(), span, "matches no pod")
                .help("use the labels of the pod template, such as `app`, not the name of the Deployment"),
        );
    }
}
