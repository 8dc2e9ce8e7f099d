//! A RequestAuthentication that no AuthorizationPolicy backs: requests without a token pass.

use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::lint::model::istio::{Attribute, AuthorizationPolicy, RequestAuthentication};
use crate::lint::model::Model;

pub(super) static RULE: Rule = Rule {
    id: "request-authentication-without-authorization",
    title: "tokens are verified but not required",
    severity: Severity::Medium,
    confidence: Confidence::Medium,
    page: page!("request_authentication_without_authorization.md"),
};

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    for authentication in &model.mesh.request_authentications {
        if authentication.rules.is_empty() {
            continue;
        }
        let mut policies = model.authorization_policies.iter();
        if policies.any(|policy| asks_for_token(policy) && concerns(model, policy, authentication)) {
            continue;
        }
        let resource = &authentication.resource;
        let span = resource.key_span(&["spec", "jwtRules"]);
        found.push(
            resource
                .finding(&RULE, (span, "verified, not required"), "verifies tokens, but no AuthorizationPolicy requires one: requests without a token pass")
                .help("add an ALLOW with `requestPrincipals`, or a DENY with `notRequestPrincipals: [\"*\"]`, for the same workloads"),
        );
    }
}

fn asks_for_token(policy: &AuthorizationPolicy<'_>) -> bool {
    let token = |attribute: &Attribute<'_>| {
        matches!(
            attribute,
            Attribute::RequestPrincipal | Attribute::Audience | Attribute::Presenter | Attribute::Claim(_)
        )
    };
    let mut matchers = policy.rules.iter().flat_map(|rule| rule.matchers());
    policy.dry_run.is_none() && matchers.any(|matcher| token(&matcher.attribute))
}

/// Whether they may be for the same workloads.
fn concerns(
    model: &Model<'_>,
    policy: &AuthorizationPolicy<'_>,
    authentication: &RequestAuthentication<'_>,
) -> bool {
    let root = model.options.root_namespace.as_str();
    let (one, other) = (policy.resource.namespace, authentication.resource.namespace);
    let apart = policy.selector.iter().any(|(key, value)| {
        authentication.selector.get(key).is_some_and(|other| other != value)
    });
    (one == other || one == root || other == root)
        && !apart
        && policy.targets.is_empty() == authentication.targets.is_empty()
}
