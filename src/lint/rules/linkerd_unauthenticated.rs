//! Default policies and Servers of Linkerd that ask for no identity.

use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::lint::model::Model;

pub(super) static RULE: Rule = Rule {
    id: "linkerd-unauthenticated",
    title: "Linkerd lets unauthenticated clients in",
    severity: Severity::Medium,
    confidence: Confidence::High,
    page: page!("linkerd_unauthenticated.md"),
};

const ANNOTATION: &str = "config.linkerd.io/default-inbound-policy";

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    for server in &model.mesh.linkerd.servers {
        let Some((policy, span)) = server.access else {
            continue;
        };
        let policy = policy.name();
        if let Some(effect) = effect(policy) {
            let what = format!("has the access policy `{policy}`: {effect}");
            found.push(server.resource.finding(&RULE, (span, "asks for no identity"), what).help(HELP));
        }
    }
    for resource in &model.resources {
        let paths: [&[&str]; 2] = [&["metadata", "annotations"], &["spec", "template", "metadata", "annotations"]];
        for entry in paths.iter().filter_map(|path| resource.at(path)?.entry(ANNOTATION)) {
            let policy = entry.value.as_str().unwrap_or_default();
            if let Some(effect) = effect(policy) {
                let what = format!("has the default inbound policy `{policy}`: {effect}");
                let span = entry.key_span.to(entry.value.span);
                found.push(resource.finding(&RULE, (span, "asks for no identity"), what).help(HELP));
            }
        }
    }
}

const HELP: &str = "write `deny` or `all-authenticated`, and allow with an AuthorizationPolicy";

fn effect(policy: &str) -> Option<&'static str> {
    Some(match policy {
        "all-unauthenticated" => "every client is let in, without an identity",
        "cluster-unauthenticated" => "every client of the cluster is let in, without an identity",
        "audit" => "what it would refuse is logged and let in",
        _ => return None,
    })
}
