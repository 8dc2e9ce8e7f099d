//! A DENY rule that ztunnel strips of a whole clause: it never matches.

use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::lint::authorization::never_matches_in_ztunnel;
use crate::lint::model::istio::Action;
use crate::lint::{affected, mesh_facts};
use crate::lint::model::Model;

pub(super) static RULE: Rule = Rule {
    id: "authorization-ambient-deny-ignored",
    title: "a DENY policy denies nothing in ambient mode",
    severity: Severity::High,
    confidence: Confidence::High,
    page: page!("authorization_ambient_deny_ignored.md"),
};

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    for policy in &model.authorization_policies {
        if policy.action != Action::Deny {
            continue;
        }
        let Some(matcher) = policy.rules.iter().find_map(never_matches_in_ztunnel) else {
            continue;
        };
        let ambient = mesh_facts::in_ambient(model, policy);
        if ambient.is_empty() {
            continue;
        }
        let what = format!(
            "refuses nothing in ambient mode by a rule about {}: ztunnel strips it, and an empty clause never matches, for {}",
            matcher.attribute.words(),
            affected::workloads(&ambient)
        );
        found.push(
            policy
                .resource
                .finding(&RULE, (matcher.span, "unknown to ztunnel"), what)
                .affecting(affected::members(&ambient))
                .help("attach the policy to a waypoint with `targetRefs`, or deny by identities and ports alone"),
        );
    }
}
