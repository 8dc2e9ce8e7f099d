//! `credentialName` without its Secret in the namespace of the gateway's pods (IST0101).

use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::lint::mesh_facts::gateway_pods;
use crate::lint::model::Model;

pub(super) static RULE: Rule = Rule {
    id: "gateway-credential-missing",
    title: "a gateway names a certificate that is not there",
    severity: Severity::Medium,
    confidence: Confidence::Medium,
    page: page!("gateway_credential_missing.md"),
};

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    let secrets: Vec<_> = model.resources.iter().filter(|one| one.is("", "Secret")).collect();
    for gateway in &model.mesh.gateways {
        let pods = gateway_pods(model, gateway);
        let Some(pod) = pods.first() else {
            continue;
        };
        let namespace = pod.resource.namespace;
        if !secrets.iter().any(|secret| secret.namespace == namespace) {
            continue;
        }
        for credential in gateway.servers.iter().filter_map(|server| server.credential) {
            let is_there = |one: &&&crate::lint::model::Resource<'_>| {
                one.namespace == namespace && one.name == credential.text
            };
            if secrets.iter().any(|one| is_there(&one)) {
                continue;
            }
            let what = format!("names the Secret `{}`, which is not in namespace `{namespace}` of its pods", credential.text);
            found.push(
                gateway
                    .resource
                    .finding(&RULE, (credential.span, "no such Secret"), what)
                    .help("correct the name, or put the Secret into the namespace of the gateway's pods"),
            );
        }
    }
}
