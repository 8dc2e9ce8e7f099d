//! Several PeerAuthentications at one scope: the oldest wins, which manifests do not tell.

use crate::kernel::finding::{Confidence, Finding, Rule, Severity};
use crate::lint::model::Model;
use crate::lint::model::istio::PeerAuthentication;

pub(super) static RULE: Rule = Rule {
    id: "peer-authentication-ambiguous",
    title: "two PeerAuthentications of one scope disagree",
    severity: Severity::Medium,
    confidence: Confidence::High,
    page: include_str!("peer_authentication_ambiguous.md"),
};

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    for (index, policy) in model.peer_authentications.iter().enumerate() {
        let Some((_, rival)) = model
            .peer_authentications_in(policy.resource.namespace)
            .take_while(|(earlier, _)| *earlier < index)
            .find(|(_, earlier)| disagree(earlier, policy) && share_scope(model, earlier, policy))
        else {
            continue;
        };
        let subject = policy.resource.subject();
        let message = format!(
            "{subject} and {} are for the same workloads and disagree: the older one wins whole",
            rival.resource.subject()
        );
        found.push(
            Finding::new(&RULE, subject, message)
                .at(policy.resource.source(), policy.resource.name_span, "one of the two")
                .and(rival.resource.source(), rival.resource.name_span, "the other")
                .because("the creation time decides; it is not in the manifests")
                .help("keep one policy for each scope"),
        );
    }
}

fn disagree(a: &PeerAuthentication<'_>, b: &PeerAuthentication<'_>) -> bool {
    let ports = |policy: &PeerAuthentication<'_>| -> Vec<_> {
        policy.ports.iter().map(|entry| (entry.port, entry.mode)).collect()
    };
    a.mode.map(|(mode, _)| mode) != b.mode.map(|(mode, _)| mode) || ports(a) != ports(b)
}

fn share_scope(model: &Model<'_>, a: &PeerAuthentication<'_>, b: &PeerAuthentication<'_>) -> bool {
    if a.resource.name == b.resource.name {
        return false;
    }
    if a.is_wide() || b.is_wide() {
        return a.is_wide() && b.is_wide();
    }
    if a.is_ignored(model) {
        return false;
    }
    a.selector == b.selector
        || model
            .workloads_in(a.resource.namespace)
            .any(|workload| a.selects(workload) && b.selects(workload))
}
