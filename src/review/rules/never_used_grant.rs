//! A grant that nobody ever needed.

use crate::kernel::finding::{Confidence, Rule, Severity, page};
use crate::review::campaign::check::{Inputs, Out};
use crate::review::model::When;
use crate::review::model::facts::Knows;

pub(super) static RULE: Rule = Rule {
    id: "never-used-grant",
    title: "a grant has not been used since it was given",
    severity: Severity::Low,
    confidence: Confidence::Medium,
    page: page!("never_used_grant.md"),
};

pub(super) fn judge(inputs: &Inputs, out: &mut Out) {
    let population = inputs.population;
    let limit = inputs.now.minus(inputs.policy.thresholds.never_used);
    for (index, grant) in population.grants.iter().enumerate() {
        let source = population.source(grant.place.source);
        let Some(source) = source.filter(|source| source.knows.has(Knows::GRANT_USED)) else {
            out.gap("no export tells the use of single grants");
            continue;
        };
        let used = When::from_code(grant.last_used);
        if used.time().is_some() {
            out.passes();
            continue;
        }
        let covered = source.covers_from.time().is_some_and(|from| from <= limit);
        if used == When::Unreadable || (used == When::Empty && !covered) {
            out.gap("it is not known how far the log behind the last use reaches");
            continue;
        }
        match When::from_code(grant.granted).time() {
            None => out.gap("the export does not say when it was granted"),
            Some(granted) if granted > limit => out.passes(),
            Some(granted) => out.grant(
                index,
                Severity::Low,
                format!("granted on {} and never used", granted.day()),
            ),
        }
    }
}
