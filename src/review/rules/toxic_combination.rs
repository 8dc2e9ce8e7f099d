//! A combination that is dangerous by itself.

use crate::kernel::finding::{Confidence, Rule, Severity, page};
use crate::review::campaign::check::{Inputs, Out};
use crate::review::campaign::conflicts::conflicts;

pub(super) static RULE: Rule = Rule {
    id: "toxic-combination",
    title: "one person holds what is dangerous together",
    severity: Severity::High,
    confidence: Confidence::High,
    page: page!("toxic_combination.md"),
};

pub(super) fn judge(inputs: &Inputs, out: &mut Out) {
    if inputs.policy.toxic.is_empty() {
        out.gap("the policy names no combination that is dangerous by itself");
    }
    conflicts(inputs, out, &inputs.policy.toxic, Severity::High);
}
