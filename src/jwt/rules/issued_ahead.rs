//! A token from the future.

use super::super::subject::Token;
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::kernel::time::humanize;

pub(super) static RULE: Rule = Rule {
    id: "jwt-issued-ahead",
    title: "the token was issued in the future",
    severity: Severity::Medium,
    confidence: Confidence::High,
    page: page!("issued_ahead.md"),
};

pub(super) fn check(token: &Token<'_>) -> Option<Finding> {
    let issued = token.time("iat")?;
    (issued > token.now).then(|| {
        let message = format!(
            "`iat` is {issued}, {} ahead of {}",
            humanize(issued.since(token.now)),
            token.now
        );
        Finding::new(&RULE, "iat", message).help(
            "set the issuer's clock; a token that says a wrong time lives longer than it seems",
        )
    })
}
