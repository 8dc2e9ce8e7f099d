//! An export that is too old.

use crate::kernel::finding::{Confidence, Rule, Severity, page};
use crate::review::campaign::check::{Inputs, Out};

pub(super) static RULE: Rule = Rule {
    id: "stale-source",
    title: "an export is too old to say who has access now",
    severity: Severity::Medium,
    confidence: Confidence::High,
    page: page!("stale_source.md"),
};

pub(super) fn judge(inputs: &Inputs, out: &mut Out) {
    let limit = inputs.now.minus(inputs.policy.thresholds.stale);
    for source in &inputs.population.sources {
        match source.exported.time() {
            None => out.gap("it is not said when the export was made"),
            Some(time) if time < limit => {
                out.general(
                    Severity::Medium,
                    format!("`{}` was exported on {}", source.name, time.day()),
                );
            }
            Some(_) => out.passes(),
        }
    }
}
