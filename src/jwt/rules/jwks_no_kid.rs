//! Keys without an id.

use super::super::subject::KeySet;
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};

pub(super) static RULE: Rule = Rule {
    id: "jwks-no-kid",
    title: "a key has no id",
    severity: Severity::Low,
    confidence: Confidence::High,
    page: page!("jwks_no_kid.md"),
};

pub(super) fn check(set: &KeySet<'_>) -> Vec<Finding> {
    let several = set.members.len() > 1;
    let nameless = set
        .members
        .iter()
        .filter(|member| member.text("kid").is_none_or(str::is_empty));
    let findings = nameless.map(|member| {
        let svid = ["jwt-svid", "wit-svid"].contains(&member.text("use").unwrap_or_default());
        let message = format!("{} has no `kid`", member.name());
        let help = "name it by its thumbprint: `countersign jwt jwks thumbprint`";
        let finding = set.finding(&RULE, member, ("kid", message)).help(help);
        // A trust bundle of SPIFFE requires ids.
        let severity = match (svid, several) {
            (true, _) => Severity::High,
            (false, true) => Severity::Medium,
            (false, false) => RULE.severity,
        };
        Finding {
            severity,
            ..finding
        }
    });
    findings.collect()
}
