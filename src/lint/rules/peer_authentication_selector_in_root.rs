//! A PeerAuthentication with a selector in the root namespace, which Istio ignores.

use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::lint::model::Model;

pub(super) static RULE: Rule = Rule {
    id: "peer-authentication-selector-in-root",
    title: "a PeerAuthentication with a selector in the root namespace is ignored",
    severity: Severity::High,
    confidence: Confidence::High,
    page: page!("peer_authentication_selector_in_root.md"),
};

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    for policy in &model.peer_authentications {
        if !policy.is_ignored(model) {
            continue;
        }
        let subject = policy.resource.subject();
        let message = format!(
            "{subject} is ignored: it has a selector and stands in the root namespace `{}`",
            model.options.root_namespace
        );
        let span = policy.resource.key_span(&["spec", "selector"]);
        found.push(
            Finding::new(&RULE, subject, message)
                .at(policy.resource.source(), span, "no workload is selected from here")
                .help(
                    "remove the selector to set the mode of the whole mesh, or move the policy to the \
                     namespace of the workloads",
                ),
        );
    }
}
