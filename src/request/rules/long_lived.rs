//! A signature with a late end.

use std::time::Duration;

use super::Subject;
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::kernel::time::humanize;

pub(super) static RULE: Rule = Rule {
    id: "request-long-lived",
    title: "the signature is good for more than an hour",
    severity: Severity::Medium,
    confidence: Confidence::High,
    page: page!("long_lived.md"),
};

pub(super) fn check(subject: &Subject<'_>) -> Vec<Finding> {
    subject
        .signatures
        .iter()
        .filter_map(|signature| {
            let time = |name| signature.parameter(name)?.as_integer();
            let lifetime = time("expires")?.checked_sub(time("created")?)?;
            if lifetime <= MAX_LIFETIME {
                return None;
            }
            let label = &signature.fields.label;
            let message = format!(
                "the signature `{label}` expires {} after its creation",
                humanize(Duration::from_secs(lifetime.unsigned_abs()))
            );
            let finding = subject.at_signature(Finding::new(&RULE, label, message));
            Some(finding.help("let signatures expire after minutes: `--expires-in 5m`"))
        })
        .collect()
}

const MAX_LIFETIME: i64 = 3600;
