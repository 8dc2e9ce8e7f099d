//! A PeerAuthentication that says DISABLE.

use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::lint::affected;
use crate::lint::effective_mtls::Mode;
use crate::lint::injection::{Membership, membership};
use crate::lint::model::Model;
use crate::lint::model::kubernetes::Workload;

pub(super) static RULE: Rule = Rule {
    id: "peer-authentication-disable",
    title: "a PeerAuthentication turns mTLS off",
    severity: Severity::High,
    confidence: Confidence::High,
    page: page!("peer_authentication_disable.md"),
};

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    for policy in &model.peer_authentications {
        let Some((Mode::Disable, span)) = policy.mode else {
            continue;
        };
        if policy.is_ignored(model) {
            continue;
        }
        let subject = policy.resource.subject();
        let reached = affected::by_peer_authentication(model, policy);
        let is_ambient = |workload: &&Workload<'_>| {
            membership(model, workload) == Membership::Ambient
        };
        // ztunnel takes DISABLE for PERMISSIVE.
        let effect = if !reached.is_empty() && reached.iter().all(is_ambient) {
            "plaintext, too, reaches"
        } else {
            "only plaintext reaches"
        };
        let message = format!(
            "{subject} sets mode DISABLE: {effect} {}",
            affected::reach(model, policy)
        );
        found.push(
            Finding::new(&RULE, subject, message)
                .at(policy.resource.source(), span, "mTLS is off")
                .affecting(affected::members(&reached))
                .help(
                    "write the mode below; if some client is not in the mesh yet, PERMISSIVE first:\n  \
                     mtls:\n    mode: STRICT",
                ),
        );
    }
}
