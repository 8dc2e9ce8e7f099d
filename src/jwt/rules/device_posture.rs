//! The state of a service's device.

use super::super::subject::Token;
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};

pub(super) static RULE: Rule = Rule {
    id: "jwt-device-posture",
    title: "a service token comes from a device that is not compliant",
    severity: Severity::Medium,
    confidence: Confidence::Medium,
    page: page!("device_posture.md"),
};

pub(super) fn check(token: &Token<'_>) -> Option<Finding> {
    token.claims.filter(|_| token.is_service())?;
    let (message, severity) = match token.claim("device_posture") {
        None => (
            "the service token has no `device_posture`: nothing says in which state its sender was"
                .to_owned(),
            Severity::Low,
        ),
        Some(node) => match node.as_str() {
            Some("compliant") => return None,
            Some(found) => (
                format!("`device_posture` is `{found}`, not `compliant`"),
                Severity::High,
            ),
            None => (
                format!("`device_posture` is {}, not `compliant`", node.kind()),
                Severity::High,
            ),
        },
    };
    let finding = Finding::new(&RULE, "device_posture", message)
        .help("issue service tokens to machines that pass their checks, and say so: `device_posture: compliant`");
    Some(Finding {
        severity,
        ..finding
    })
}
