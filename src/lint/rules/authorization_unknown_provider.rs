//! A provider that is not among the mesh configuration's.

use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::lint::model::Model;

pub(super) static RULE: Rule = Rule {
    id: "authorization-unknown-provider",
    title: "a CUSTOM policy names an authorizer that the mesh does not have",
    severity: Severity::High,
    confidence: Confidence::High,
    page: page!("authorization_unknown_provider.md"),
};

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    let Some(config) = model.mesh.config() else {
        return;
    };
    for policy in &model.authorization_policies {
        let Some(provider) = policy.provider else {
            continue;
        };
        if config.providers.iter().any(|known| known == provider.text) {
            continue;
        }
        let what = format!("asks the authorizer `{}`, which the mesh does not have: every request it matches is refused", provider.text);
        found.push(
            policy
                .resource
                .finding(&RULE, (provider.span, "no such provider"), what)
                .and(config.resource.source(), config.span, "the mesh's configuration")
                .help("add it to `extensionProviders` of the mesh's configuration, or correct its name"),
        );
    }
}
