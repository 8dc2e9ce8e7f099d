//! An AuthorizationPolicy of Linkerd that requires no authentication.

use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::lint::model::Model;
use crate::lint::model::linkerd::Target;

pub(super) static RULE: Rule = Rule {
    id: "linkerd-policy-requires-nothing",
    title: "a Linkerd policy lets everybody in",
    severity: Severity::High,
    confidence: Confidence::High,
    page: page!("linkerd_policy_requires_nothing.md"),
};

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    for policy in model.mesh.linkerd.policies.iter().filter(|one| one.required.is_empty()) {
        let what = match policy.target {
            Target::Server(name) => format!("Server `{name}`"),
            Target::Namespace => "every Server of the namespace".to_owned(),
            Target::Route { kind, name, .. } => format!("{kind} `{name}`"),
        };
        let what = format!("requires nothing: everybody is let in to {what}, without an identity and from everywhere");
        let span = policy.resource.key_span(&["spec", "requiredAuthenticationRefs"]);
        found.push(
            policy
                .resource
                .finding(&RULE, (span, "an empty list"), what)
                .help("require a MeshTLSAuthentication or a ServiceAccount"),
        );
    }
}
