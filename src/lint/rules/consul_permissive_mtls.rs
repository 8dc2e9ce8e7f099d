//! `mutualTLSMode: permissive` of ServiceDefaults and ProxyDefaults.

use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::lint::model::Model;

pub(super) static RULE: Rule = Rule {
    id: "consul-permissive-mtls",
    title: "Consul's proxies let plaintext past intentions",
    severity: Severity::High,
    confidence: Confidence::High,
    page: page!("consul_permissive_mtls.md"),
};

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    for defaults in &model.mesh.consul.defaults {
        let Some((true, span)) = defaults.permissive else {
            continue;
        };
        let what = match defaults.service {
            Some(service) => format!("lets plaintext in to service `{service}`, and no intention is asked about it"),
            None => "lets plaintext in to every service, and no intention is asked about it".to_owned(),
        };
        found.push(
            defaults
                .resource
                .finding(&RULE, (span, "plaintext is let in"), what)
                .help("write `strict` once every client is in the mesh"),
        );
    }
}
