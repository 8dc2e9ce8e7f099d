//! `portLevelSettings` replace the settings above, TLS included.

use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::lint::model::Model;

pub(super) static RULE: Rule = Rule {
    id: "destination-rule-port-drops-tls",
    title: "the settings of a port lose the TLS above them",
    severity: Severity::Medium,
    confidence: Confidence::High,
    page: page!("destination_rule_port_drops_tls.md"),
};

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    for rule in &model.destination_rules {
        for policy in rule.policies() {
            // What is lost is protection only where there was some.
            let Some(tls) = policy.tls.filter(|tls| tls.mode != "DISABLE") else {
                continue;
            };
            let lost = policy.ports.iter().find(|(_, own, _)| own.is_none());
            let Some((port, _, span)) = lost else {
                continue;
            };
            let what = format!("sets TLS of mode {} for `{}`, but its settings of port {port} replace it and have none", tls.mode, rule.host);
            found.push(
                rule.resource
                    .finding(&RULE, (*span, "no TLS here"), what)
                    .and(rule.resource.source(), tls.span, "not inherited")
                    .help(format!("repeat the `tls` in the settings of port {port}")),
            );
        }
    }
}
