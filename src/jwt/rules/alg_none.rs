//! A token that nobody signed.

use super::super::subject::Token;
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};

pub(super) static RULE: Rule = Rule {
    id: "jwt-alg-none",
    title: "the token is not signed",
    severity: Severity::Critical,
    confidence: Confidence::High,
    page: page!("alg_none.md"),
};

pub(super) fn check(token: &Token<'_>) -> Option<Finding> {
    let named = token
        .algorithm()
        .is_some_and(|algorithm| algorithm.eq_ignore_ascii_case("none"));
    (named || token.unsigned).then(|| {
        let message = if named {
            "the token says `alg: none`: anyone can write one"
        } else {
            "the token's signature is empty: anyone can write one"
        };
        Finding::new(&RULE, "alg", message)
            .help("never accept it; find out who issues unsigned tokens")
    })
}
