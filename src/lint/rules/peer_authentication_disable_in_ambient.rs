//! A PeerAuthentication of DISABLE for pods of ambient mode.

use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::lint::effective_mtls::Mode;
use crate::lint::injection::{Membership, membership};
use crate::lint::mesh_facts::selected;
use crate::lint::affected;
use crate::lint::model::Model;

pub(super) static RULE: Rule = Rule {
    id: "peer-authentication-disable-in-ambient",
    title: "DISABLE is not known in ambient mode",
    severity: Severity::Medium,
    confidence: Confidence::High,
    page: page!("peer_authentication_disable_in_ambient.md"),
};

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    for policy in &model.peer_authentications {
        let whole = policy.mode.filter(|(mode, _)| *mode == Mode::Disable).map(|(_, span)| span);
        let port = policy.ports.iter().find(|port| port.mode == Some(Mode::Disable));
        let Some(span) = whole.or(port.map(|port| port.span)).filter(|_| !policy.is_ignored(model)) else {
            continue;
        };
        let mut pods = selected(model, policy.resource.namespace, &policy.selector);
        pods.retain(|pod| membership(model, pod) == Membership::Ambient);
        if pods.is_empty() {
            continue;
        }
        let what = format!("sets DISABLE, which ambient mode does not know, for {}", affected::workloads(&pods));
        found.push(
            policy
                .resource
                .finding(&RULE, (span, "not known to ztunnel"), what)
                .affecting(affected::members(&pods))
                .help("write PERMISSIVE where plaintext is meant to be accepted"),
        );
    }
}
