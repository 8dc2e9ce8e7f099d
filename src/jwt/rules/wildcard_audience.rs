//! An audience that names everyone or no one.

use super::super::claims;
use super::super::subject::{Role, Token};
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};

pub(super) static RULE: Rule = Rule {
    id: "jwt-wildcard-audience",
    title: "the token is meant for everyone",
    severity: Severity::High,
    confidence: Confidence::High,
    page: page!("wildcard_audience.md"),
};

pub(super) fn check(token: &Token<'_>) -> Option<Finding> {
    let node = token.claim("aud")?;
    let audiences = claims::audiences(node)?;
    let (why, severity) = if audiences.is_empty() {
        ("an empty list".to_owned(), Severity::Medium)
    } else {
        let wide = audiences
            .into_iter()
            .find_map(|name| width(name, token.role))?;
        (wide, RULE.severity)
    };
    let message = format!("`aud` is {why}: it does not say who may accept the token");
    let finding =
        Finding::new(&RULE, "aud", message).help("name the one service that is to accept it");
    Some(Finding {
        severity,
        ..finding
    })
}

fn width(name: &str, role: Role) -> Option<String> {
    if name.is_empty() || name.contains('*') || ["any", "all"].contains(&name) {
        return Some(format!("`{name}`"));
    }
    let domain = name
        .strip_prefix("spiffe://")
        .filter(|_| role == Role::JwtSvid)?;
    let wide = !domain.trim_end_matches('/').contains('/');
    wide.then(|| format!("the whole trust domain `{name}`"))
}
