//! A way to gain more than was given.

use crate::kernel::finding::{Confidence, Rule, Severity, page};
use crate::review::campaign::check::{Inputs, Out};
use crate::review::campaign::signals::by_signal;
use crate::review::model::facts::SignalKind;

pub(super) static RULE: Rule = Rule {
    id: "privilege-escalation",
    title: "whoever holds it can gain more than was given",
    severity: Severity::High,
    confidence: Confidence::Medium,
    page: page!("privilege_escalation.md"),
};

pub(super) fn judge(inputs: &Inputs, out: &mut Out) {
    by_signal(inputs, out, SignalKind::Escalation, Severity::High);
}
