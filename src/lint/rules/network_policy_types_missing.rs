//! A NetworkPolicy without `policyTypes`.

use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::lint::model::Model;
use crate::lint::model::network_policy::Direction;

pub(super) static RULE: Rule = Rule {
    id: "network-policy-types-missing",
    title: "a NetworkPolicy does not say what it isolates",
    severity: Severity::Info,
    confidence: Confidence::High,
    page: page!("network_policy_types_missing.md"),
};

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    for policy in model.network_policies.iter().filter(|policy| policy.types.is_none()) {
        // Written out or not, a policy with ingress rules alone isolates what it seems to.
        if policy.ingress.is_some() && policy.egress.is_none() {
            continue;
        }
        let subject = policy.resource.subject();
        let isolates = match policy.isolates(Direction::Egress) {
            true => "Ingress and Egress",
            false => "Ingress alone",
        };
        let message = format!("{subject} has no `policyTypes`: it isolates {isolates}");
        found.push(
            Finding::new(&RULE, subject, message)
                .at(policy.resource.source(), policy.resource.name_span, "the types are inferred")
                .help("write `policyTypes` with the directions that are meant"),
        );
    }
}
