//! A revoked grant that is back.

use crate::kernel::finding::{Confidence, Rule, Severity};
use crate::review::campaign::check::{Inputs, Out, identity};

pub(super) static RULE: Rule = Rule {
    id: "access-granted-again",
    title: "what was revoked in the campaign before is there again",
    severity: Severity::High,
    confidence: Confidence::High,
    page: include_str!("access_granted_again.md"),
};

pub(super) fn judge(inputs: &Inputs, out: &mut Out) {
    let population = inputs.population;
    let Some(previous) = inputs.previous else {
        out.gaps(
            "there is no campaign before this one",
            population.grants.len(),
        );
        return;
    };
    for (index, grant) in population.grants.iter().enumerate() {
        match previous.revoked.contains(&identity(population, grant)) {
            true => out.grant(
                index,
                Severity::High,
                "it was revoked in the campaign before".to_owned(),
            ),
            false => out.passes(),
        }
    }
}
