//! An access token that lives longer than 15 minutes.

use super::super::claims::lifetime;
use super::super::inspect::Dissection;
use super::super::profile::ACCESS_TTL_MAX;
use crate::kernel::finding::{Confidence, Finding, Rule, Severity};
use crate::kernel::time::{Timestamp, humanize};

pub(super) static RULE: Rule = Rule {
    id: "jwt-long-lifetime",
    title: "the token lives longer than 15 minutes",
    severity: Severity::Medium,
    confidence: Confidence::Medium,
    page: include_str!("long_lifetime.md"),
};

pub(super) fn check(token: &Dissection, _now: Timestamp) -> Option<Finding> {
    let life = lifetime(token.claims.as_ref()?)?;
    (life > ACCESS_TTL_MAX).then(|| {
        let limit = humanize(ACCESS_TTL_MAX);
        Finding::new(
            &RULE,
            "exp",
            format!(
                "the token lives {} (`exp` − `iat`); an access token lives at most {limit}",
                humanize(life)
            ),
        )
        .help(format!(
            "mint it with `--ttl {limit}` or less, and renew it"
        ))
    })
}
