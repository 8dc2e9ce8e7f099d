//! An API key where a signing secret belongs.

use super::secrets;
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::kernel::key::Key;

pub(super) static RULE: Rule = Rule {
    id: "request-foreign-secret",
    title: "the secret is a credential of another kind",
    severity: Severity::High,
    confidence: Confidence::Medium,
    page: page!("foreign_secret.md"),
};

pub(super) fn check(keys: &[Key]) -> Vec<Finding> {
    secrets(keys)
        .filter_map(|(name, secret)| {
            let (prefix, kind) = KINDS
                .iter()
                .find(|(prefix, _)| secret.starts_with(prefix.as_bytes()))?;
            let message = format!("the secret `{name}` begins with `{prefix}`: {kind}");
            let help = "take the signing secret of the endpoint, not the credential of the API";
            Some(Finding::new(&RULE, name, message).help(help))
        })
        .collect()
}

const KINDS: [(&str, &str); 9] = [
    ("sk_", "a secret API key"),
    ("rk_", "a restricted API key"),
    ("pk_", "a publishable API key"),
    ("whpk_", "the public half of a webhook key pair"),
    ("ghp_", "a personal access token of GitHub"),
    ("github_pat_", "a personal access token of GitHub"),
    ("xoxb-", "a bot token of Slack"),
    ("glpat-", "a personal access token of GitLab"),
    ("AKIA", "an access key id of AWS, which is public"),
];
