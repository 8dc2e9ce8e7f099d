//! Access that was not reviewed as often as the policy demands.

use crate::kernel::finding::{Confidence, Rule, Severity, page};
use crate::kernel::time::humanize;
use crate::review::campaign::check::{Inputs, Out, identity, severity};

pub(super) static RULE: Rule = Rule {
    id: "review-overdue",
    title: "access was not reviewed as often as the policy demands",
    severity: Severity::Medium,
    confidence: Confidence::High,
    page: page!("review_overdue.md"),
};

pub(super) fn judge(inputs: &Inputs, out: &mut Out) {
    let (population, cadence) = (inputs.population, &inputs.policy.cadence);
    if cadence.is_empty() {
        return;
    }
    let Some(previous) = inputs.previous else {
        out.gaps(
            "there is no campaign before this one",
            population.grants.len(),
        );
        return;
    };
    for (index, grant) in population.grants.iter().enumerate() {
        let known = previous.reviewed.get(&identity(population, grant));
        // What is new is reviewed now, for the first time.
        let Some((answered, risk)) = known else {
            out.passes();
            continue;
        };
        let Some(often) = cadence.get(risk) else {
            out.passes();
            continue;
        };
        let tier = severity(i64::from(*risk)).map_or("without a finding", |tier| tier.name());
        let demand = format!("the policy demands every {} ({tier})", humanize(*often));
        match answered {
            Some(answered) if inputs.now <= answered.plus(*often) => out.passes(),
            Some(answered) => out.grant(
                index,
                Severity::Medium,
                format!("nobody reviewed it since {}; {demand}", answered.day()),
            ),
            None => out.grant(
                index,
                Severity::Medium,
                format!("nobody answered on it in the campaign before; {demand}"),
            ),
        }
    }
}
