//! A token that lives longer than its kind should.

use super::super::claims::lifetime;
use super::super::profile::{ACCESS_TTL_MAX, REFRESH_TTL_MAX};
use super::super::subject::{Role, Token};
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::kernel::time::humanize;

pub(super) static RULE: Rule = Rule {
    id: "jwt-long-lifetime",
    title: "the token lives longer than its kind should",
    severity: Severity::Medium,
    confidence: Confidence::Medium,
    page: page!("long_lifetime.md"),
};

pub(super) fn check(token: &Token<'_>) -> Option<Finding> {
    let life = lifetime(token.claims?)?;
    let (limit, kind) = match token.role {
        Role::Refresh => (REFRESH_TTL_MAX, "a refresh token"),
        role if role.is_bearer() => (ACCESS_TTL_MAX, "an access token"),
        Role::ClientAssertion => (ACCESS_TTL_MAX, "a client's assertion"),
        _ => return None,
    };
    (life > limit).then(|| {
        let limit = humanize(limit);
        Finding::new(
            &RULE,
            "exp",
            format!(
                "the token lives {} (`exp` − `iat`); {kind} lives at most {limit}",
                humanize(life)
            ),
        )
        .help(format!(
            "mint it with `--ttl {limit}` or less, and renew it"
        ))
    })
}
