//! Wildcard hosts of ServiceEntries.

use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::lint::model::Model;

pub(super) static RULE: Rule = Rule {
    id: "service-entry-wildcard-host",
    title: "a ServiceEntry opens a whole domain",
    severity: Severity::Low,
    confidence: Confidence::High,
    page: page!("service_entry_wildcard_host.md"),
};

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    for entry in &model.mesh.service_entries {
        let Some(host) = entry.hosts.iter().find(|host| host.text.starts_with('*')) else {
            continue;
        };
        if entry.is_internal {
            continue;
        }
        let what = format!("opens every host of `{}`", host.text);
        let mut finding = entry
            .resource
            .finding(&RULE, (host.span, "a whole domain"), what)
            .help("name the hosts that are called, and limit who sees the entry with `exportTo`");
        if matches!(host.text, "*" | "*.com" | "*.net" | "*.org" | "*.io") {
            finding.severity = Severity::High;
        }
        found.push(finding);
    }
}
