//! Contradictory uses.

use super::super::subject::KeySet;
use crate::kernel::document::Node;
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};

pub(super) static RULE: Rule = Rule {
    id: "jwks-use-contradiction",
    title: "what a key is for is contradictory",
    severity: Severity::Medium,
    confidence: Confidence::High,
    page: page!("jwks_use_contradiction.md"),
};

pub(super) fn check(set: &KeySet<'_>) -> Vec<Finding> {
    let findings = set.members.iter().filter_map(|member| {
        let operations = member.node.get("key_ops")?;
        let operations: Vec<&str> = operations
            .as_sequence()?
            .iter()
            .filter_map(Node::as_str)
            .collect();
        let usage = member.text("use");
        let signs = |name: &str| ["sign", "verify"].contains(&name);
        let against = operations.iter().copied().find(|name| match usage {
            Some("sig") => !signs(name),
            Some("enc") => signs(name),
            _ => false,
        });
        let twice = operations
            .iter()
            .enumerate()
            .find(|(at, name)| operations.iter().take(*at).any(|other| other == *name));
        let mixed =
            operations.iter().any(|name| signs(name)) && !operations.iter().all(|name| signs(name));
        let wrong = match (against, twice) {
            (Some(name), _) => format!(
                "`use` is `{}` and `key_ops` holds `{name}`",
                usage.unwrap_or_default()
            ),
            (None, Some((_, name))) => format!("`key_ops` holds `{name}` twice"),
            (None, None) if mixed => "`key_ops` mixes signatures with encryption".to_owned(),
            (None, None) => return None,
        };
        let finding = set.finding(
            &RULE,
            member,
            ("key_ops", format!("{}: {wrong}", member.name())),
        );
        Some(finding.help("say one thing: `use` alone is enough"))
    });
    findings.collect()
}
