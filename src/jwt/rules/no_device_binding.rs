//! An access token that anyone who holds it can use.

use super::super::subject::{Role, Token};
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};

pub(super) static RULE: Rule = Rule {
    id: "jwt-no-device-binding",
    title: "an access token is bound to no key and no device",
    severity: Severity::Low,
    confidence: Confidence::Medium,
    page: page!("no_device_binding.md"),
};

pub(super) fn check(token: &Token<'_>) -> Option<Finding> {
    let claims = token.claims?;
    let names = [
        "cnf",
        "device_id",
        "deviceid",
        "device",
        "dvc",
        "device_posture",
    ];
    let bound = names.iter().any(|name| claims.get(name).is_some());
    (token.role == Role::Access && !bound).then(|| {
        Finding::new(
            &RULE,
            "cnf",
            "the access token is bound to no key and no device: whoever holds it can use it",
        )
        .help("bind it with `cnf.jkt` (DPoP) or `cnf.x5t#S256` (mTLS), or name the device in a claim that is checked")
    })
}
