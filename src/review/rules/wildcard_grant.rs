//! An entitlement with a wildcard.

use crate::kernel::finding::{Confidence, Rule, Severity, page};
use crate::review::campaign::check::{Inputs, Out};
use crate::review::campaign::signals::by_signal;
use crate::review::model::facts::SignalKind;

pub(super) static RULE: Rule = Rule {
    id: "wildcard-grant",
    title: "an entitlement allows everything, or everything of a kind",
    severity: Severity::Medium,
    confidence: Confidence::High,
    page: page!("wildcard_grant.md"),
};

pub(super) fn judge(inputs: &Inputs, out: &mut Out) {
    by_signal(inputs, out, SignalKind::Wildcard, Severity::Medium);
}
