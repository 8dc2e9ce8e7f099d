//! ALLOW rules that ztunnel drops, and actions it does not know.

use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::lint::authorization::drops_in_ztunnel;
use crate::lint::model::istio::Action;
use crate::lint::{affected, mesh_facts};
use crate::lint::model::Model;

pub(super) static RULE: Rule = Rule {
    id: "authorization-ambient-unsupported",
    title: "a policy is not enforced as written in ambient mode",
    severity: Severity::Medium,
    confidence: Confidence::High,
    page: page!("authorization_ambient_unsupported.md"),
};

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    for policy in &model.authorization_policies {
        let dropped = policy.rules.iter().find_map(drops_in_ztunnel);
        let (span, what) = match (policy.action, dropped) {
            (Action::Custom, _) => (
                policy.resource.key_span(&["spec", "action"]),
                "asks no external authorizer: ztunnel enforces no CUSTOM policy".to_owned(),
            ),
            (Action::Audit, _) => (
                policy.resource.key_span(&["spec", "action"]),
                "logs nothing: ztunnel knows no AUDIT policy".to_owned(),
            ),
            (Action::Allow, Some(matcher)) => (
                matcher.span,
                format!(
                    "has a rule about {} that ztunnel drops: nobody is allowed by it, and all others are refused",
                    matcher.attribute.words()
                ),
            ),
            _ => continue,
        };
        let ambient = mesh_facts::in_ambient(model, policy);
        if ambient.is_empty() {
            continue;
        }
        let what = format!("{what}, for {}", affected::workloads(&ambient));
        let mut finding = policy
            .resource
            .finding(&RULE, (span, "not enforced as written"), what)
            .affecting(affected::members(&ambient))
            .help("attach the policy to a waypoint with `targetRefs`, or use identities and ports alone");
        if policy.action == Action::Custom {
            finding.severity = Severity::High;
        }
        found.push(finding);
    }
}
