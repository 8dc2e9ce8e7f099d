//! AuthorizationPolicies of Linkerd whose Server or authentication is not in the input.

use crate::kernel::finding::{Confidence, Finding, Rule, Severity};
use crate::lint::model::Model;

pub(super) static RULE: Rule = Rule {
    id: "linkerd-policy-dangling",
    title: "a Linkerd policy refers to what is not there",
    severity: Severity::Medium,
    confidence: Confidence::Medium,
    page: include_str!("linkerd_policy_dangling.md"),
};

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    let linkerd = &model.mesh.linkerd;
    for policy in &linkerd.policies {
        let resource = &policy.resource;
        let (kind, name) = policy.target;
        let namespace = resource.namespace;
        let servers = || linkerd.servers.iter().map(|one| (one.resource.namespace, one.resource.name));
        if kind == "Server" && !linkerd.servers.is_empty() && !servers().any(|one| one == (namespace, name)) {
            let what = format!("is for Server `{name}`, which is not in namespace `{namespace}`: it protects nothing");
            let span = resource.key_span(&["spec", "targetRef"]);
            found.push(resource.finding(&RULE, (span, "no such Server"), what).help("correct the name"));
        }
        for (kind, namespace, name) in &policy.required {
            let known: Vec<_> = match *kind {
                "MeshTLSAuthentication" => linkerd.mesh_tls.iter().map(|one| (one.resource.namespace, one.resource.name)).collect(),
                "NetworkAuthentication" => linkerd.networks.iter().map(|one| (one.resource.namespace, one.resource.name)).collect(),
                _ => continue,
            };
            if known.is_empty() || known.contains(&(*namespace, *name)) {
                continue;
            }
            let what = format!("requires {kind} `{name}`, which is not in namespace `{namespace}`: it lets nobody in");
            let span = resource.key_span(&["spec", "requiredAuthenticationRefs"]);
            found.push(resource.finding(&RULE, (span, "not there"), what).help("correct the name"));
        }
    }
}
