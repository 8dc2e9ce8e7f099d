//! A revoked grant that is back.

use crate::kernel::finding::{Confidence, Rule, Severity, page};
use crate::review::campaign::check::{Inputs, Out, access, identity};

pub(super) static RULE: Rule = Rule {
    id: "access-granted-again",
    title: "what was revoked in the campaign before is there again",
    severity: Severity::High,
    confidence: Confidence::High,
    page: page!("access_granted_again.md"),
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
        let own = identity(population, grant);
        // By a way that was there before and stayed it is what was left.
        let is_other_way = !previous.grants.contains_key(&own)
            && previous.withdrawn.contains(&access(population, grant));
        let text = match (previous.revoked.contains(&own), is_other_way) {
            (true, _) => "it was revoked in the campaign before",
            (_, true) => "it was revoked in the campaign before, and comes another way now",
            _ => {
                out.passes();
                continue;
            }
        };
        out.grant(index, Severity::High, text.to_owned());
    }
}
