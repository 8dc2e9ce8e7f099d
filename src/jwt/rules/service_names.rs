//! A service token with another party in it.

use super::super::subject::Token;
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};

pub(super) static RULE: Rule = Rule {
    id: "jwt-service-names",
    title: "one end of a service call is no service",
    severity: Severity::Medium,
    confidence: Confidence::Medium,
    page: page!("service_names.md"),
};

pub(super) fn check(token: &Token<'_>) -> Option<Finding> {
    if !token.is_service() {
        return None;
    }
    let is_service = |name: &str| {
        name.strip_prefix("service:")
            .is_some_and(|rest| !rest.is_empty())
    };
    let subject = token.text("sub").unwrap_or_default();
    let audiences = token.audiences();
    let audience = audiences.iter().copied().find(|name| !is_service(name));
    let (claim, found) = match audience {
        _ if !is_service(subject) => ("sub", subject),
        Some(name) => ("aud", name),
        // That one is missing is told by the rule about missing claims.
        None => return None,
    };
    let message = format!("a service sent the token, but `{claim}` is `{found}`");
    Some(
        Finding::new(&RULE, claim, message)
            .help(format!("name both ends as `service:NAME`; `{claim}` too")),
    )
}
