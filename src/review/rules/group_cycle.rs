//! Groups that hold one another in a circle.

use crate::kernel::finding::{Confidence, Rule, Severity, page};
use crate::review::campaign::check::{Inputs, Out};

pub(super) static RULE: Rule = Rule {
    id: "group-cycle",
    title: "groups or roles hold one another in a circle",
    severity: Severity::Low,
    confidence: Confidence::High,
    page: page!("group_cycle.md"),
};

pub(super) fn judge(inputs: &Inputs, out: &mut Out) {
    for members in &inputs.population.cycles {
        let named = members
            .iter()
            .filter_map(|index| inputs.population.entitlements.get(*index as usize));
        let names: Vec<String> = named
            .map(|each| format!("{}/{}", each.system, each.name))
            .collect();
        out.general(Severity::Low, format!("a circle: {}", names.join(", ")));
    }
}
