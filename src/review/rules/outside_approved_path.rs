//! Access that did not come the approved way.

use crate::kernel::finding::{Confidence, Rule, Severity, page};
use crate::review::campaign::check::{Inputs, Out, resource};
use crate::review::iam::policy::glob;

pub(super) static RULE: Rule = Rule {
    id: "outside-approved-path",
    title: "access did not come the approved way",
    severity: Severity::Medium,
    confidence: Confidence::High,
    page: page!("outside_approved_path.md"),
};

pub(super) fn judge(inputs: &Inputs, out: &mut Out) {
    let population = inputs.population;
    if inputs.policy.approved.is_empty() {
        out.gaps("the policy names no approved path", population.grants.len());
        return;
    }
    for (index, grant) in population.grants.iter().enumerate() {
        let resource = resource(population, grant);
        let approved = inputs
            .policy
            .approved
            .iter()
            .find(|approved| glob(&approved.of, &resource));
        let Some(approved) = approved else { continue };
        let path = population.text(grant.path);
        let first = path.split(" > ").next().unwrap_or_default();
        if approved.through.iter().any(|through| glob(through, first)) {
            out.passes();
        } else {
            let came = if path.is_empty() {
                "directly".to_owned()
            } else {
                format!("through {path}")
            };
            let text = format!(
                "it came {came}, not through {}",
                approved.through.join(" or ")
            );
            out.grant(index, Severity::Medium, text);
        }
    }
}
