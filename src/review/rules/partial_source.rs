//! An export that could not be used whole.

use crate::kernel::finding::{Confidence, Rule, Severity, page};
use crate::review::campaign::check::{Inputs, Out};

pub(super) static RULE: Rule = Rule {
    id: "partial-source",
    title: "an export could not be used whole",
    severity: Severity::High,
    confidence: Confidence::High,
    page: page!("partial_source.md"),
};

pub(super) fn judge(inputs: &Inputs, out: &mut Out) {
    for source in &inputs.population.sources {
        match source.losses {
            0 => out.passes(),
            losses => out.general(
                Severity::High,
                format!(
                    "`{}`: {losses} rows or cells could not be used",
                    source.name
                ),
            ),
        }
    }
}
