//! A binding to a role, an account or nobody.

use crate::kernel::finding::{Confidence, Rule, Severity, page};
use crate::review::campaign::check::{Inputs, Out};
use crate::review::model::facts::SignalKind;

pub(super) static RULE: Rule = Rule {
    id: "dangling-binding",
    title: "a binding names something that does not exist",
    severity: Severity::Medium,
    confidence: Confidence::High,
    page: page!("dangling_binding.md"),
};

pub(super) fn judge(inputs: &Inputs, out: &mut Out) {
    let seen = inputs.population.signals.iter();
    let seen = seen.filter(|(signal, _)| signal.kind == SignalKind::Dangling);
    for (signal, _) in seen {
        out.general(Severity::Medium, signal.text.clone());
    }
}
