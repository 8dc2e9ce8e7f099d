//! A grant that is younger than its export.

use crate::kernel::finding::{Confidence, Rule, Severity, page};
use crate::review::campaign::check::{Inputs, Out};
use crate::review::model::When;

pub(super) static RULE: Rule = Rule {
    id: "post-snapshot-grant",
    title: "a grant is younger than the export it stands in",
    severity: Severity::Medium,
    confidence: Confidence::High,
    page: page!("post_snapshot_grant.md"),
};

pub(super) fn judge(inputs: &Inputs, out: &mut Out) {
    let population = inputs.population;
    for (index, grant) in population.grants.iter().enumerate() {
        let source = population.source(grant.place.source);
        let exported = source.and_then(|source| source.exported.end());
        let granted = When::from_code(grant.granted).time();
        if let (Some(exported), Some(granted)) = (exported, granted) {
            // The end of a day is the first moment that is no longer in it.
            let is_day = source.is_some_and(|source| matches!(source.exported, When::Day(_)));
            match granted > exported || (is_day && granted == exported) {
                true => out.grant(
                    index,
                    Severity::Medium,
                    format!("granted on {granted}, after its export"),
                ),
                false => out.passes(),
            }
        } else {
            out.gap("it is not known when it was granted, or when it was exported");
        }
    }
}
