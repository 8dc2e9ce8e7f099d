//! Keys for anything.

use super::super::subject::{KeySet, quoted};
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};

pub(super) static RULE: Rule = Rule {
    id: "jwks-unbound-key",
    title: "a key does not say what it is for",
    severity: Severity::Low,
    confidence: Confidence::High,
    page: page!("jwks_unbound_key.md"),
};

pub(super) fn check(set: &KeySet<'_>) -> Vec<Finding> {
    let findings = set.members.iter().filter_map(|member| {
        let used = member.node.get("use").is_some() || member.node.get("key_ops").is_some();
        let absent: Vec<&str> = [("alg", member.node.get("alg").is_some()), ("use", used)]
            .into_iter()
            .filter(|(_, there)| !there)
            .map(|(name, _)| name)
            .collect();
        (!absent.is_empty()).then(|| {
            let message = format!(
                "{} has no {}: it may be used with anything that its type allows",
                member.name(),
                quoted(&absent)
            );
            let finding = set.finding(&RULE, member, ("kty", message));
            finding.help("bind it: one `alg`, and `use: sig` or `enc`")
        })
    });
    findings.collect()
}
