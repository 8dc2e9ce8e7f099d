//! An AuthorizationPolicy that is only tried out.

use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::lint::model::Model;

pub(super) static RULE: Rule = Rule {
    id: "authorization-policy-dry-run",
    title: "an AuthorizationPolicy is not enforced: it is a dry run",
    severity: Severity::High,
    confidence: Confidence::High,
    page: page!("authorization_policy_dry_run.md"),
};

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    for policy in &model.authorization_policies {
        let Some(span) = policy.dry_run else {
            continue;
        };
        let subject = policy.resource.subject();
        let message = format!("{subject} is a dry run: nothing is refused because of it");
        found.push(
            Finding::new(&RULE, subject, message)
                .at(policy.resource.source(), span, "only logged, not enforced")
                .help("remove the annotation `istio.io/dry-run` once the logs look right"),
        );
    }
}
