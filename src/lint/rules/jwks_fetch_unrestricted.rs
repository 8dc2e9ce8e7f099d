//! A control plane that fetches keys from wherever a RequestAuthentication says (IST0175).

use crate::kernel::document::Node;
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::lint::model::Model;
use crate::lint::model::kubernetes::Workload;

pub(super) static RULE: Rule = Rule {
    id: "jwks-fetch-unrestricted",
    title: "istiod fetches keys from any address",
    severity: Severity::Low,
    confidence: Confidence::Medium,
    page: page!("jwks_fetch_unrestricted.md"),
};

const BLOCKED: &str = "BLOCKED_CIDRS_IN_JWKS_URIS";

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    let authentications = model.mesh.request_authentications.iter();
    let mut asking = authentications.filter_map(|one| {
        let uri = one.rules.iter().find_map(|rule| rule.jwks_uri)?;
        Some((one, uri))
    });
    let Some((authentication, uri)) = asking.next() else {
        return;
    };
    let istiods = model.workloads.iter();
    for istiod in istiods.filter(|one| one.labels.get("app") == Some(&"istiod")) {
        if is_restricted(istiod) {
            continue;
        }
        let resource = &istiod.resource;
        let what = format!(
            "fetches what `jwksUri` names from inside the cluster, and `{BLOCKED}` keeps it from no address: whoever may \
             write a RequestAuthentication makes it ask"
        );
        found.push(
            resource
                .finding(&RULE, (resource.name_span, "fetches keys"), what)
                .and(authentication.resource.source(), uri.span, "from here")
                .help(format!("set the environment variable `{BLOCKED}` to the networks of the cluster and of the cloud's metadata")),
        );
    }
}

/// Whether its environment says what is not asked; one that is taken from elsewhere may say it.
fn is_restricted(istiod: &Workload<'_>) -> bool {
    let containers = istiod.spec.get("containers").and_then(Node::as_sequence);
    containers.unwrap_or_default().iter().any(|container| {
        let list = |key: &str| container.get(key).and_then(Node::as_sequence).unwrap_or_default();
        let says = |entry: &Node| {
            let value = entry.get("value");
            entry.get("name").and_then(Node::as_str) == Some(BLOCKED)
                && value.is_none_or(|value| value.as_str() != Some(""))
        };
        list("env").iter().any(says) || !list("envFrom").is_empty()
    })
}
