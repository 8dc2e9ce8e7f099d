//! Points off their curve.

use super::super::subject::KeySet;
use crate::kernel::finding::{Confidence, Finding, Rule, Severity};
use crate::kernel::key::is_on_curve;

pub(super) static RULE: Rule = Rule {
    id: "jwks-point-off-curve",
    title: "a point is not on its curve",
    severity: Severity::High,
    confidence: Confidence::High,
    page: include_str!("jwks_point_off_curve.md"),
};

pub(super) fn check(set: &KeySet<'_>) -> Vec<Finding> {
    let off = set.members.iter().filter_map(|member| {
        (member.text("kty")? == "EC").then_some(())?;
        let (x, y) = (member.octets("x")?, member.octets("y")?);
        let on = is_on_curve(member.text("crv")?, &x, &y)?;
        (!on).then(|| {
            let message = format!("{} is no point of its curve", member.name());
            set.finding(&RULE, member, ("x", message))
                .help("export the key anew; a verifier must refuse this one")
        })
    });
    off.collect()
}
