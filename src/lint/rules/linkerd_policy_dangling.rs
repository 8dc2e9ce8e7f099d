//! AuthorizationPolicies of Linkerd whose Server or authentication is not in the input.

use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::lint::model::Model;
use crate::lint::model::linkerd::{Required, Target};

pub(super) static RULE: Rule = Rule {
    id: "linkerd-policy-dangling",
    title: "a Linkerd policy refers to what is not there",
    severity: Severity::Medium,
    confidence: Confidence::Medium,
    page: page!("linkerd_policy_dangling.md"),
};

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    let linkerd = &model.mesh.linkerd;
    for policy in &linkerd.policies {
        let resource = &policy.resource;
        let namespace = resource.namespace;
        let servers = || linkerd.servers.iter().map(|one| (one.resource.namespace, one.resource.name));
        if let Target::Server(name) = policy.target
            && !linkerd.servers.is_empty()
            && !servers().any(|one| one == (namespace, name))
        {
            let what = format!("is for Server `{name}`, which is not in namespace `{namespace}`: it protects nothing");
            let span = resource.key_span(&["spec", "targetRef"]);
            found.push(resource.finding(&RULE, (span, "no such Server"), what).help("correct the name"));
        }
        for required in &policy.required {
            let (kind, reference, known): (_, _, Vec<_>) = match required {
                Required::MeshTls(reference) => {
                    let known = linkerd.mesh_tls.iter().map(|one| (one.resource.namespace, one.resource.name));
                    ("MeshTLSAuthentication", reference, known.collect())
                }
                Required::Network(reference) => {
                    let known = linkerd.networks.iter().map(|one| (one.resource.namespace, one.resource.name));
                    ("NetworkAuthentication", reference, known.collect())
                }
                Required::Account(_) => continue,
            };
            let (namespace, name) = (reference.namespace, reference.name);
            if known.is_empty() || known.contains(&(namespace, name)) {
                continue;
            }
            let what = format!("requires {kind} `{name}`, which is not in namespace `{namespace}`: it lets nobody in");
            found.push(resource.finding(&RULE, (reference.span, "not there"), what).help("correct the name"));
        }
    }
}
