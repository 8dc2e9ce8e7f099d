//! A VirtualService for hosts that nobody named.

use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::lint::model::Model;

pub(super) static RULE: Rule = Rule {
    id: "virtual-service-wildcard-host",
    title: "a VirtualService routes every host below a wildcard",
    severity: Severity::Low,
    confidence: Confidence::High,
    page: page!("virtual_service_wildcard_host.md"),
};

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    for service in &model.mesh.virtual_services {
        let Some(host) = service.hosts.iter().find(|host| host.text.starts_with('*')) else {
            continue;
        };
        let what = format!("routes `{}`: hosts of others are among them", host.text);
        found.push(
            service
                .resource
                .finding(&RULE, (host.span, "every host below"), what)
                .help("name the hosts"),
        );
    }
}
