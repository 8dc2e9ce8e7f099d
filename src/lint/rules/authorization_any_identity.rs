//! `principals: ["*"]`: whoever has a certificate.

use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::lint::model::istio::{Action, Attribute};
use crate::lint::model::Model;

pub(super) static RULE: Rule = Rule {
    id: "authorization-any-identity",
    title: "a policy admits every identity, of other trust domains too",
    severity: Severity::Low,
    confidence: Confidence::High,
    page: page!("authorization_any_identity.md"),
};

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    for policy in &model.authorization_policies {
        if policy.action != Action::Allow || policy.dry_run.is_some() {
            continue;
        }
        let sources = policy.rules.iter().filter_map(|rule| rule.sources.as_ref()).flatten();
        // Beside another field the star only asks for mTLS.
        let mut alone = sources.filter_map(|source| match source.matchers.as_slice() {
            [only] if only.attribute.is_identity() && only.attribute != Attribute::ServiceAccount => Some(only),
            _ => None,
        });
        let star = alone.find_map(|matcher| matcher.values.iter().find(|value| value.text == "*"));
        let Some(star) = star else {
            continue;
        };
        found.push(
            policy
                .resource
                .finding(&RULE, (star.span, "any certificate will do"), "admits every identity of the mesh and of every trust domain it trusts")
                .help("name the principals or namespaces that may call"),
        );
    }
}
