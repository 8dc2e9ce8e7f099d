//! Duties of one person that must be apart.

use crate::kernel::finding::{Confidence, Rule, Severity, page};
use crate::review::campaign::check::{Inputs, Out};
use crate::review::campaign::conflicts::conflicts;

pub(super) static RULE: Rule = Rule {
    id: "separation-of-duties",
    title: "one person holds duties that must be apart",
    severity: Severity::High,
    confidence: Confidence::High,
    page: page!("separation_of_duties.md"),
};

pub(super) fn judge(inputs: &Inputs, out: &mut Out) {
    if inputs.policy.sod.is_empty() {
        out.gap("the policy names no duties that must be apart");
    }
    conflicts(inputs, out, &inputs.policy.sod, Severity::High);
}
