//! A peer or port of a cluster policy that this API version does not know.

use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::lint::model::Model;
use crate::lint::model::admin_network_policy::{Action, ClusterPeer};
use crate::lint::model::network_policy::{Direction, PortMatch};

pub(super) static RULE: Rule = Rule {
    id: "admin-policy-fails-closed",
    title: "a rule of a cluster policy is from a newer API",
    severity: Severity::Medium,
    confidence: Confidence::High,
    page: page!("admin_policy_fails_closed.md"),
};

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    for policy in &model.cluster_policies {
        for rule in Direction::ALL.into_iter().flat_map(|direction| policy.rules(direction)) {
            let is_unknown = rule.peers.contains(&ClusterPeer::Unknown)
                || rule.ports.iter().flatten().any(|port| port.ports == PortMatch::Unknown);
            if !is_unknown {
                continue;
            }
            let effect = match rule.action {
                Action::Allow => "allows nobody",
                Action::Deny | Action::Pass => "denies everyone",
            };
            let subject = policy.resource.subject();
            let message = format!("a rule of {subject} has a peer or port that {} does not know: it {effect}", policy.resource.version);
            found.push(
                Finding::new(&RULE, subject, message)
                    .at(policy.resource.source(), rule.span, "fails closed")
                    .help("use the fields of this API version: `namespaces`, `pods`, and for egress `networks`, `nodes`, `domainNames`"),
            );
        }
    }
}
