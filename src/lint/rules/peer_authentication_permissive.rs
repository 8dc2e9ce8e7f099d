//! A PeerAuthentication that says PERMISSIVE.

use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::lint::affected;
use crate::lint::effective_mtls::Mode;
use crate::lint::model::Model;

pub(super) static RULE: Rule = Rule {
    id: "peer-authentication-permissive",
    title: "a PeerAuthentication lets plaintext in beside mTLS",
    severity: Severity::Medium,
    confidence: Confidence::High,
    page: page!("peer_authentication_permissive.md"),
};

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    for policy in &model.peer_authentications {
        let Some((Mode::Permissive, span)) = policy.mode else {
            continue;
        };
        if policy.is_ignored(model) {
            continue;
        }
        let subject = policy.resource.subject();
        let message = format!(
            "{subject} sets mode PERMISSIVE: plaintext is accepted by {}",
            affected::reach(model, policy)
        );
        found.push(
            Finding::new(&RULE, subject, message)
                .at(policy.resource.source(), span, "plaintext is accepted")
                .affecting(affected::members(&affected::by_peer_authentication(model, policy)))
                .help("once every client is in the mesh, write:\n  mtls:\n    mode: STRICT"),
        );
    }
}
