//! Private keys in a public set.

use super::super::subject::{KeySet, PRIVATE};
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};

pub(super) static RULE: Rule = Rule {
    id: "jwks-private-key",
    title: "a key set publishes a private or shared key",
    severity: Severity::Critical,
    confidence: Confidence::High,
    page: page!("jwks_private_key.md"),
};

pub(super) fn check(set: &KeySet<'_>) -> Vec<Finding> {
    if set.private {
        return Vec::new();
    }
    let leaked = set.members.iter().filter_map(|member| {
        let name = PRIVATE.into_iter().find(|name| member.node.get(name).is_some());
        let shared = member.text("kty") == Some("oct");
        let (name, what) = match name {
            _ if shared => ("kty", "a shared secret".to_owned()),
            Some(name) => (name, format!("a private key (`{name}`)")),
            None => return None,
        };
        let message = format!("{} holds {what}: whoever reads the set can sign as the issuer", member.name());
        let help = "replace the key, and publish `countersign jwt jwks public` of the set; `--private-set` if this one is not published";
        Some(set.finding(&RULE, member, (name, message)).help(help))
    });
    leaked.collect()
}
